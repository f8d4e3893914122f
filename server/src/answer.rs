//! Answers over HTTP, with the headers that all have: nothing is kept by a cache, taken in parts, or
//! asked for under a condition. No header of an upstream is known here, so none can pass.

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use privet_gateway::failure::{Failure, MEDIA_TYPE};

/// What goes wrong with a body.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// A body on its way out.
pub type Body = UnsyncBoxBody<Bytes, BodyError>;

/// An answer.
pub type Answer = Response<Body>;

/// The header with the revision that answered.
pub const REVISION: HeaderName = HeaderName::from_static("privet-revision");

/// The header with a failure's name, for gateways that know fewer statuses.
pub const FAILURE: HeaderName = HeaderName::from_static("privet-failure");

/// The header with the status that a client should get.
pub const STATUS: HeaderName = HeaderName::from_static("privet-status");

/// A whole body.
pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// An answer that is sent as it is.
pub fn answer(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Answer {
    let length = body.len();
    let mut answer = Response::new(whole(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, media_type);
    set(header::CACHE_CONTROL, "no-store");
    set(header::ACCEPT_RANGES, "none");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    answer
}

/// What a failure looks like. The revision is not told: a failure is always the same bytes.
pub fn failed(failure: Failure) -> Answer {
    let status = failure.row().status;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = answer(status, MEDIA_TYPE, failure.body());
    let headers = answer.headers_mut();
    match failure {
        Failure::Unauthenticated => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Failure::Method => {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        Failure::Busy => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    answer
}

/// A method that a path does not have, with those that it has.
pub fn not_allowed(methods: &[Method]) -> Answer {
    let mut answer = failed(Failure::Method);
    let methods: Vec<&str> = methods.iter().map(Method::as_str).collect();
    if let Ok(value) = HeaderValue::from_str(&methods.join(", ")) {
        answer.headers_mut().insert(header::ALLOW, value);
    }
    answer
}

/// Says which revision answered.
pub fn revised(mut answer: Answer, revision: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(revision) {
        answer.headers_mut().insert(REVISION, value);
    }
    answer
}

/// JSON that is told to whoever runs the server, or to a gateway.
pub fn json(status: StatusCode, value: &serde_json::Value) -> Answer {
    answer(status, "application/json", value.to_string().into_bytes())
}
