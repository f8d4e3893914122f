//! AuthZEN 1.0: access evaluation of one question, or of several in one request.
//!
//! The subject is the principal, the action's name is the view. Properties of subject and resource
//! are not facts: they are not looked at. Of a request's context only the parts that the
//! configuration names are taken. Obligations have the shape of AuthZEN's obligations profile (a
//! draft), as type `custom`: whoever enforces must meet each, or deny.

use crate::answer::{Answer, failed, json as answer_json, not_allowed};
use crate::ask::now;
use crate::config::ms;
use crate::enforce::Case;
use crate::live::Live;
use crate::metrics::Door;
use crate::server::Server;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderName};
use hyper::{Method, Request, StatusCode};
use privet_gateway::combine::Answer as _;
use privet_gateway::decide::{Decision, Question};
use privet_gateway::failure::Failure;
use privet_gateway::strict;
use privet_gateway::uid::Uid;
use serde_json::{Map, Value, json};

/// Where the metadata document is.
pub const METADATA: &str = "/.well-known/authzen-configuration";

const EVALUATION: &str = "/access/v1/evaluation";
const EVALUATIONS: &str = "/access/v1/evaluations";

/// The most questions of one request.
const MOST: usize = 1000;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers a request of the API.
pub async fn respond(server: &Server, live: &Live, request: Request<Incoming>) -> Answer {
    let Some(enforced) = &live.authzen else {
        return failed(Failure::NotFound);
    };
    let id = request.headers().get(REQUEST_ID).cloned();
    let span = server.span(Door::Authzen, request.headers());
    let mut routes = [METADATA, EVALUATION, EVALUATIONS].into_iter();
    if let Some(route) = routes.find(|r| *r == request.uri().path()) {
        span.route(request.method(), route);
    }
    let case = Case {
        live,
        enforced,
        door: Door::Authzen,
        metrics: &server.metrics,
        span: &span,
    };
    let mut answer = match (request.method(), request.uri().path()) {
        (&Method::GET, METADATA) => answer_json(StatusCode::OK, &metadata(live)),
        (&Method::POST, EVALUATION) => {
            let evaluated = read(live, request).await;
            evaluated.map_or_else(bad, |body| one(&case, &body))
        }
        (&Method::POST, EVALUATIONS) => {
            let evaluated = read(live, request).await;
            evaluated.map_or_else(bad, |body| several(&case, &body))
        }
        (_, METADATA) => not_allowed(&[Method::GET]),
        (_, EVALUATION | EVALUATIONS) => not_allowed(&[Method::POST]),
        _ => failed(Failure::NotFound),
    };
    span.text("privet.revision", &live.revision);
    span.status(answer.status().as_u16());
    // RFC-like correlation: the caller gets its id back.
    if let Some(id) = id {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    answer
}

fn metadata(live: &Live) -> Value {
    let url = live
        .config
        .authzen
        .as_ref()
        .map_or("", |a| a.url.trim_end_matches('/'));
    json!({
        "policy_decision_point": url,
        "access_evaluation_endpoint": format!("{url}/access/v1/evaluation"),
        "access_evaluations_endpoint": format!("{url}/access/v1/evaluations"),
        "supported_obligations": ["custom"],
    })
}

async fn read(live: &Live, request: Request<Incoming>) -> Result<Map<String, Value>, &'static str> {
    let limits = &live.config.limits;
    let is_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    let essence = is_json.and_then(|v| v.split(';').next()).map(str::trim);
    if !essence.is_some_and(|e| e.eq_ignore_ascii_case("application/json")) {
        return Err("expected application/json");
    }
    let body = Limited::new(request.into_body(), limits.request_body_bytes).collect();
    let body = tokio::time::timeout(ms(limits.request_body_ms), body).await;
    let body = body
        .map_err(|_| "the body took too long")?
        .map_err(|_| "the body is too large")?;
    match strict::parse(&body.to_bytes()) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err("expected a JSON object without repeated keys"),
    }
}

fn bad(message: &str) -> Answer {
    answer_json(StatusCode::BAD_REQUEST, &json!({ "error": message }))
}

fn one(case: &Case<'_>, body: &Map<String, Value>) -> Answer {
    match question(case.live, body, &Map::new()) {
        Err(message) => bad(message),
        Ok(asked) => {
            let (status, value) = evaluate(case, asked);
            answer_json(status, &value)
        }
    }
}

fn several(case: &Case<'_>, body: &Map<String, Value>) -> Answer {
    let items = match body.get("evaluations") {
        None => return one(case, body),
        Some(Value::Array(items)) if items.is_empty() => {
            return one(case, body);
        }
        Some(Value::Array(items)) if items.len() <= MOST => items,
        Some(Value::Array(_)) => return bad("too many evaluations"),
        Some(_) => return bad("`evaluations` must be a list"),
    };
    let semantic = body
        .get("options")
        .and_then(|o| o.get("evaluations_semantic"));
    let stop = match semantic.map(Value::as_str) {
        None | Some(Some("execute_all")) => None,
        Some(Some("deny_on_first_deny")) => Some(false),
        Some(Some("permit_on_first_permit")) => Some(true),
        Some(_) => return bad("`evaluations_semantic` is none of the specification"),
    };
    let mut evaluations = Vec::with_capacity(items.len());
    for item in items {
        let asked = match item.as_object() {
            Some(item) => question(case.live, item, body),
            None => Err("an evaluation must be an object"),
        };
        let value = match asked {
            Ok(asked) => evaluate(case, asked).1,
            Err(message) => json!({
                "decision": false,
                "context": { "error": { "status": 400, "message": message } },
            }),
        };
        let decision = value.get("decision").and_then(Value::as_bool);
        evaluations.push(value);
        if stop.is_some() && decision == stop {
            break;
        }
    }
    answer_json(StatusCode::OK, &json!({ "evaluations": evaluations }))
}

/// A question with what the enforcement point can meet.
struct Asked {
    question: Question,
    /// Whether obligations of type `custom` can be met; unknown is yes, as the profile has it.
    meets_obligations: bool,
}

/// Reads a question; what an item lacks is that of the request around it.
fn question(
    live: &Live,
    item: &Map<String, Value>,
    defaults: &Map<String, Value>,
) -> Result<Asked, &'static str> {
    let member = |key: &str| item.get(key).or_else(|| defaults.get(key));
    let most = live.config.limits.id_bytes;
    let uid = |key: &str| {
        let entity = member(key)?;
        let text = |name: &str| entity.get(name).and_then(Value::as_str);
        let (entity_type, id) = (text("type")?, text("id")?);
        let fits = |text: &str| !text.is_empty() && text.len() <= most;
        (fits(entity_type) && fits(id)).then(|| Uid::new(entity_type, id))
    };
    let principal = uid("subject").ok_or("`subject` must have `type` and `id`, not too long")?;
    let resource = uid("resource").ok_or("`resource` must have `type` and `id`, not too long")?;
    let view = member("action")
        .and_then(|a| a.get("name"))
        .and_then(Value::as_str);
    let view = view.filter(|view| view.len() <= most);
    let view = view.ok_or("`action` must have a `name`, not too long: the view")?;
    let given = match member("context") {
        None => Map::new(),
        Some(Value::Object(members)) => members.clone(),
        Some(_) => return Err("`context` must be an object"),
    };
    let meets_obligations = match given.get("supported_obligations") {
        None => true,
        Some(Value::Array(types)) => types.iter().any(|t| t == "custom"),
        Some(_) => return Err("`supported_obligations` must be a list"),
    };
    let mut context = Map::new();
    for (name, config) in &live.config.context {
        if let Some(set) = &config.set {
            let ids = set.iter().map(|id| Uid::new(&config.entity, id).to_json());
            context.insert(name.clone(), ids.collect());
            continue;
        }
        let Some(value) = given.get(name) else {
            continue;
        };
        let id = match (value, Uid::from_json(value)) {
            (Value::String(id), _) => id.clone(),
            (_, Some(uid)) if uid.entity_type == config.entity => uid.id,
            _ => return Err("a part of `context` must be an id, or `{type, id}` of its type"),
        };
        let listed = config.values.as_ref().is_none_or(|v| v.contains(&id));
        if listed && !id.is_empty() && id.len() <= most {
            context.insert(name.clone(), Uid::new(&config.entity, id).to_json());
        }
    }
    Ok(Asked {
        question: Question {
            principal,
            resource,
            view: view.to_owned(),
            context,
            now: now(),
        },
        meets_obligations,
    })
}

fn evaluate(case: &Case<'_>, asked: Asked) -> (StatusCode, Value) {
    let decided = decide(case, asked);
    let failure = match &decided {
        Ok((_, failure)) => *failure,
        Err(failure) => Some(*failure),
    };
    case.metrics.answer(Door::Authzen, failure);
    match decided {
        Ok((decision, failure)) => (StatusCode::OK, describe(case.live, &decision, failure)),
        Err(failure) => {
            let row = failure.row();
            let status = StatusCode::from_u16(row.authzen).unwrap_or(StatusCode::FORBIDDEN);
            let error = json!({ "status": row.status, "message": row.detail });
            (
                status,
                json!({ "decision": false, "context": { "error": error } }),
            )
        }
    }
}

/// A decision, and why it is no.
fn decide(case: &Case<'_>, asked: Asked) -> Result<(Decision, Option<Failure>), Failure> {
    if !case.enforced.has_view(&asked.question.view) {
        // No policy permits what no policy knows.
        case.refuse(None, &asked.question, Failure::Forbidden);
        return Err(Failure::Forbidden);
    }
    let decision = case.decide(asked.question, None)?;
    let unmet = !asked.meets_obligations && !decision.plan.obligations().is_empty();
    let failure = match decision.refusal() {
        None if unmet => Some(Failure::Forbidden),
        refusal => refusal,
    };
    match failure {
        Some(failure) => case.refuse(Some(&decision), &decision.question, failure),
        None => case.admit(&decision)?,
    }
    Ok((decision, failure))
}

fn describe(live: &Live, decision: &Decision, failure: Option<Failure>) -> Value {
    let obligations = decision.plan.obligations();
    let obligations = obligations.iter().enumerate().map(|(index, name)| {
        json!({
            "id": format!("{}-{index}", decision.id),
            "type": "custom",
            "properties": { "vendor": "privet", "action": name },
        })
    });
    let mut context = json!({
        "id": decision.id,
        "revision": live.revision,
        "packs": decision.packs(),
        "answer": failure.map_or("open", |f| f.row().name),
        "policies": decision.plan.gate_reasons(),
        "obligations": obligations.collect::<Vec<_>>(),
    });
    if let (None, Value::Object(members)) = (failure, &mut context) {
        let classes = decision.classes();
        let plan = classes.map(|(class, shown)| (class.to_owned(), Value::from(shown)));
        members.insert("plan".to_owned(), plan.collect());
    }
    json!({ "decision": failure.is_none(), "context": context })
}
