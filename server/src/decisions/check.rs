//! `forward_auth` (Caddy, Traefik), `auth_request` (nginx) and `ext_authz` over HTTP (Envoy).
//!
//! All send the head of the client's request; they differ in where its method and path stand, and
//! in the statuses they know. An allowed request is a 200: Envoy takes nothing else for one.

use crate::answer::{Answer, FAILURE, STATUS, answer, failed, revised};
use crate::ask::Incoming;
use crate::enforce::Case;
use crate::identity::single;
use crate::listen::Peer;
use crate::live::{Live, RouteKind};
use crate::metrics::Door;
use crate::server::Server;
use crate::trace::Span;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use privet_gateway::decide::Decision;
use privet_gateway::failure::Failure;

/// Whose way of asking it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `X-Forwarded-Method` and `X-Forwarded-Uri`.
    Forward,
    /// `X-Original-Method` and `X-Original-URI`; refusals are 401 and 403.
    Nginx,
    /// The request's own method, and its path behind `/ext_authz`.
    Envoy,
}

/// The header with the id of the decision.
const DECISION: HeaderName = HeaderName::from_static("privet-decision");

/// Answers one question of a gateway.
pub fn respond<B>(
    server: &Server,
    live: &Live,
    peer: Peer,
    request: &Request<B>,
    style: Style,
) -> Answer {
    let result = ask(server, live, peer, request, style);
    server
        .metrics
        .answer(Door::Check, result.as_ref().err().copied());
    match result {
        Ok(decision) => allowed(decision.as_ref(), &live.revision),
        Err(failure) => refused(failure, style),
    }
}

fn ask<B>(
    server: &Server,
    live: &Live,
    peer: Peer,
    request: &Request<B>,
    style: Style,
) -> Result<Option<Decision>, Failure> {
    let (method, uri) = original(request, style)?;
    let incoming = Incoming {
        method: &method,
        path: uri.path(),
        query: uri.query(),
        headers: request.headers(),
        peer,
    };
    decide(server, live, incoming, Door::Check)
}

/// Decides a request that a gateway lets through or not; none where nothing is enforced.
///
/// # Errors
///
/// What the client is told.
pub fn decide(
    server: &Server,
    live: &Live,
    incoming: Incoming<'_>,
    door: Door,
) -> Result<Option<Decision>, Failure> {
    let span = server.span(door, incoming.headers);
    let decided = decide_in(&span, server, live, incoming, door);
    span.answered(&live.revision, decided.as_ref().err().copied());
    decided
}

fn decide_in(
    span: &Span,
    server: &Server,
    live: &Live,
    incoming: Incoming<'_>,
    door: Door,
) -> Result<Option<Decision>, Failure> {
    let matched = live.route(incoming.path)?;
    span.route(incoming.method, &matched.route.name);
    let enforced = match &matched.route.kind {
        RouteKind::Pass(methods) => {
            return match methods.contains(incoming.method) {
                true => Ok(None),
                false => Err(Failure::Method),
            };
        }
        RouteKind::Enforced(enforced) => enforced,
    };
    let question = live.question(enforced, &matched.places, incoming)?;
    // A page has a decision for each of its items, and they stand in its body.
    if enforced.list.is_some() {
        return Err(Failure::Decision);
    }
    let case = Case {
        live,
        enforced,
        door,
        metrics: &server.metrics,
        span,
    };
    let decision = case.decide_open(question)?;
    case.admit(&decision)?;
    Ok(Some(decision))
}

/// The client's method and path.
fn original<B>(request: &Request<B>, style: Style) -> Result<(Method, Uri), Failure> {
    let header = |name: &str| {
        let value = single(request.headers(), name).map_err(|_| Failure::Request)?;
        value.ok_or(Failure::Request)
    };
    let (method, uri) = match style {
        Style::Forward => (header("x-forwarded-method")?, header("x-forwarded-uri")?),
        Style::Nginx => (header("x-original-method")?, header("x-original-uri")?),
        Style::Envoy => {
            let uri = request.uri().path_and_query().map_or("", |p| p.as_str());
            (
                request.method().as_str(),
                uri.strip_prefix("/ext_authz").unwrap_or_default(),
            )
        }
    };
    let method = method.parse().map_err(|_| Failure::Request)?;
    Ok((method, whole(uri)?))
}

/// A path and a query, and nothing behind them: what is parsed loses a fragment without a word, and
/// the gateway may send it on as it came.
pub fn whole(target: &str) -> Result<Uri, Failure> {
    match target.starts_with('/') && !target.contains('#') {
        true => target.parse().map_err(|_| Failure::Request),
        false => Err(Failure::Request),
    }
}

fn allowed(decision: Option<&Decision>, revision: &str) -> Answer {
    let mut answer = answer(StatusCode::OK, "text/plain", Vec::new());
    if let Some(value) = decision.and_then(|d| HeaderValue::from_str(&d.id).ok()) {
        answer.headers_mut().insert(DECISION, value);
    }
    revised(answer, revision)
}

fn refused(failure: Failure, style: Style) -> Answer {
    let mut answer = failed(failure);
    let row = failure.row();
    if style == Style::Nginx {
        let status = StatusCode::from_u16(row.auth_request);
        *answer.status_mut() = status.unwrap_or(StatusCode::FORBIDDEN);
        let headers = answer.headers_mut();
        headers.insert(FAILURE, HeaderValue::from_static(row.name));
        headers.insert(STATUS, HeaderValue::from(row.status));
    }
    answer
}
