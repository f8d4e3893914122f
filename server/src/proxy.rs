//! The enforcing reverse proxy.
//!
//! Who asks and how is settled before anything about a résumé is known; the gate answers before the
//! upstream is asked (unless the upstream brings the facts); the body is enforced whole before its
//! first byte is sent. A résumé behind a closed gate and one that does not exist are the same bytes.

use crate::answer::{Answer, Body, answer, failed, not_allowed, revised};
use crate::ask::{Incoming, Matched};
use crate::enforce::Case;
use crate::listen::Peer;
use crate::live::{Live, RouteKind};
use crate::metrics::Door;
use crate::page::page;
use crate::release::{Debts, Draft, Released};
use crate::route::{self, encode};
use crate::server::Server;
use crate::trace::Span;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Bytes};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use privet_gateway::decide::{Decision, Question};
use privet_gateway::failure::Failure;
use std::sync::Arc;
use std::time::Instant;

/// Answers a request.
pub async fn respond(
    server: Arc<Server>,
    peer: Peer,
    request: Request<hyper::body::Incoming>,
) -> Answer {
    let start = Instant::now();
    let live = server.live();
    let span = server.span(Door::Proxy, request.headers());
    let in_flight = server.metrics.in_flight();
    let path = request.uri().path().to_owned();
    let result = dispatch(&server, &live, &span, peer, &path, request).await;
    drop(in_flight);
    let failure = result.as_ref().err().copied();
    server.metrics.answer(Door::Proxy, failure);
    server.metrics.served(start.elapsed());
    span.answered(&live.revision, failure);
    let answer = match result {
        Ok(answer) => revised(answer, &live.revision),
        Err(Failure::Method) => not_allowed(&live.methods(&path)),
        Err(failure) => failed(failure),
    };
    span.status(answer.status().as_u16());
    answer
}

async fn dispatch(
    server: &Server,
    live: &Live,
    span: &Span,
    peer: Peer,
    path: &str,
    request: Request<hyper::body::Incoming>,
) -> Result<Answer, Failure> {
    unambiguous(request.headers())?;
    let matched = live.route(path)?;
    span.route(request.method(), &matched.route.name);
    match &matched.route.kind {
        RouteKind::Pass(methods) => pass(live, span, &matched, methods, request).await,
        RouteKind::Enforced(enforced) => {
            // A body is no part of a question, and might hide another request.
            if !request.body().is_end_stream() {
                return Err(Failure::Request);
            }
            let (parts, _) = request.into_parts();
            let _place = server.place(live)?;
            let case = Case {
                live,
                enforced,
                door: Door::Proxy,
                metrics: &server.metrics,
                span,
            };
            show(&case, &matched, peer, &parts).await
        }
    }
}

/// Two lengths are two readings of one message (RFC 9112, 6.3).
fn unambiguous(headers: &HeaderMap) -> Result<(), Failure> {
    let lengths = headers.get_all(header::CONTENT_LENGTH).iter().count();
    let coded = headers.contains_key(header::TRANSFER_ENCODING);
    let hosts = headers.get_all(header::HOST).iter().count();
    match lengths > 1 || (lengths > 0 && coded) || hosts > 1 {
        true => Err(Failure::Request),
        false => Ok(()),
    }
}

/// Forwards a request of a path without personal data.
async fn pass(
    live: &Live,
    span: &Span,
    matched: &Matched<'_>,
    methods: &[Method],
    request: Request<hyper::body::Incoming>,
) -> Result<Answer, Failure> {
    if !methods.contains(request.method()) {
        return Err(Failure::Method);
    }
    let limit = live.config.limits.request_body_bytes;
    if request.body().size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(Failure::TooLarge);
    }
    let upstream = live.upstream.as_ref().ok_or(Failure::Upstream)?;
    let mut target = matched.route.upstream.fill(&matched.places);
    if let Some(query) = request.uri().query() {
        target = format!("{target}?{query}");
    }
    let (mut parts, body) = request.into_parts();
    for name in live.secret_headers() {
        parts.headers.remove(name);
    }
    parts.headers.remove(header::EXPECT);
    let span = span.client("upstream");
    span.hand_on_own(&mut parts.headers);
    let body: Body = Limited::new(body, limit).boxed_unsync();
    let response = upstream
        .pass(&target, Request::from_parts(parts, body))
        .await;
    let response = response.inspect_err(|failure| span.outcome(Some(*failure)))?;
    span.outcome(None);
    span.status(response.status().as_u16());
    Ok(response.map(|body| body.map_err(Into::into).boxed_unsync()))
}

async fn show(
    case: &Case<'_>,
    matched: &Matched<'_>,
    peer: Peer,
    request: &Parts,
) -> Result<Answer, Failure> {
    let incoming = Incoming {
        method: &request.method,
        path: request.uri.path(),
        query: request.uri.query(),
        headers: &request.headers,
        peer,
    };
    let question = case
        .live
        .question(case.enforced, &matched.places, incoming)?;
    let question = Arc::new(question);
    let is_head = request.method == Method::HEAD;
    let target = target(matched, request.uri.query())?;
    let early = case.live.config.facts.envelope.is_none() && case.enforced.list.is_none();
    let decision = match early {
        true => Some(case.decide_open(Arc::clone(&question))?),
        false => None,
    };
    let span = case.span.client("upstream");
    let fetched = match &case.live.upstream {
        Some(upstream) => upstream.document(&target, &request.headers, &span).await,
        None => Err((Failure::Upstream, "there is none".to_owned())),
    };
    span.outcome(fetched.as_ref().err().map(|(failure, _)| *failure));
    drop(span);
    let document = fetched.map_err(|(failure, why)| {
        case.upstream_failed(decision.as_ref(), &question, failure, &why);
        failure
    })?;
    let view = question.view.clone();
    let released = enforced(case, &question, decision.as_ref(), &document, is_head)?;
    let body = case.settled(released, decision.as_ref(), &question).await?;
    Ok(shown(body, &view, is_head))
}

/// The body that leaves for an upstream's; where there is no decision yet, it is made of what the
/// body brings.
///
/// # Errors
///
/// What the client is told.
pub(crate) fn enforced(
    case: &Case<'_>,
    question: &Arc<Question>,
    decision: Option<&Decision>,
    document: &Bytes,
    is_head: bool,
) -> Result<Released, Failure> {
    match (&case.enforced.list, decision) {
        (Some(shape), _) => page(case, shape, question, document, is_head),
        (None, Some(decision)) => single(case, decision, document, is_head),
        (None, None) => {
            let envelope = case.envelope(question, document)?;
            let decision = case.decide(Arc::clone(question), envelope.as_ref())?;
            single(case, &decision, document, is_head)
        }
    }
}

/// The upstream's path and query.
pub(crate) fn target(matched: &Matched<'_>, query: Option<&str>) -> Result<String, Failure> {
    let mut target = matched.route.upstream.fill(&matched.places);
    let mut separator = '?';
    for name in &matched.route.forward_query {
        let query = query.unwrap_or_default();
        if let Some(value) = route::written(query, name)? {
            target.push(separator);
            encode(name, &mut target);
            target.push('=');
            route::keep(value, &mut target);
            separator = '&';
        }
    }
    Ok(target)
}

/// The body that leaves; nothing of it for a HEAD, which discloses nothing and owes no more than its
/// record.
fn single(
    case: &Case<'_>,
    decision: &Decision,
    document: &Bytes,
    is_head: bool,
) -> Result<Released, Failure> {
    if !is_head {
        return case.release(decision, document);
    }
    if decision.refusal().is_none() {
        let previewed = case.preview(decision, document);
        previewed
            .inspect_err(|failure| case.refuse(Some(decision), &decision.question, *failure))?;
    }
    case.admit(decision)?;
    Ok(Released::new(Draft::empty(), Debts::default()))
}

pub(crate) fn shown(body: Vec<u8>, view: &str, is_head: bool) -> Answer {
    let mut answer = answer(StatusCode::OK, "application/json", body);
    let headers = answer.headers_mut();
    if is_head {
        // The length would tell something of the body.
        headers.remove(header::CONTENT_LENGTH);
    }
    if view == "download" {
        // The upstream's name for the file may be the candidate's.
        let name = HeaderValue::from_static("attachment; filename=\"resume.json\"");
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    answer
}
