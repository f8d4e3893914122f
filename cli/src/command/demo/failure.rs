//! The one table of what each failure looks like to a client, and how answers are made.
//!
//! A failure's text is fixed: nothing of a body, of the facts or of an error's message is in it, and
//! one kind of failure is always the same bytes. What really happened goes to the log. No header of
//! an upstream is known here, so none can pass.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};

/// An answer to a client.
pub type Answer = Response<Full<Bytes>>;

/// Why a client gets no résumé.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No such thing, or one that the viewer may not know of.
    NotFound,
    /// The gate is closed, and the viewer is told so.
    Forbidden,
    /// Nobody says who asks.
    Viewer,
    /// No view of that name, or two.
    View,
    /// A method that reads nothing.
    Method,
    /// A request of the page's interface that makes no sense.
    Request,
    /// A request from another site's page, or under another host's name.
    Origin,
    /// An upstream that fails, or a body that cannot be enforced.
    Upstream,
    /// An upstream that says nothing in time.
    Timeout,
    /// No decision could be had.
    Decision,
}

impl Failure {
    /// Status, title and detail (RFC 9457).
    const fn row(self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "there is nothing here"),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "the rules forbid this view to this viewer",
            ),
            Self::Viewer => (
                StatusCode::UNAUTHORIZED,
                "say who asks: one header X-Demo-Viewer with the name of a viewer",
            ),
            Self::View => (
                StatusCode::BAD_REQUEST,
                "the query is one view: card, detail, download or contact",
            ),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are here"),
            Self::Request => (
                StatusCode::BAD_REQUEST,
                "the request names something that the demo does not have",
            ),
            Self::Origin => (
                StatusCode::MISDIRECTED_REQUEST,
                "only the demo's own page and local commands are answered",
            ),
            Self::Upstream => (
                StatusCode::BAD_GATEWAY,
                "the upstream's answer cannot be enforced, so nothing of it is shown",
            ),
            Self::Timeout => (
                StatusCode::GATEWAY_TIMEOUT,
                "the upstream did not answer in time",
            ),
            Self::Decision => (
                StatusCode::SERVICE_UNAVAILABLE,
                "no decision could be made, so nothing is shown",
            ),
        }
    }

    /// The answer that a client gets.
    pub fn answer(self) -> Answer {
        let (status, detail) = self.row();
        let title = status.canonical_reason().unwrap_or_default();
        let code = status.as_u16();
        let body = serde_json::json!({ "title": title, "status": code, "detail": detail });
        let mut answer = answer(
            status,
            "application/problem+json",
            body.to_string().into_bytes(),
        );
        let headers = answer.headers_mut();
        match self {
            Self::Viewer => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Demo"));
            }
            Self::Method => {
                headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            _ => {}
        }
        answer
    }
}

/// An answer with the headers that all have: nothing is kept by a cache, taken in parts, or asked
/// for under a condition.
pub fn answer(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Answer {
    let length = body.len();
    let mut answer = Response::new(Full::new(Bytes::from(body)));
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

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn statuses_are_those_of_rfc_9110() {
        let rows = [
            (Failure::NotFound, 404),
            (Failure::Forbidden, 403),
            (Failure::Viewer, 401),
            (Failure::View, 400),
            (Failure::Method, 405),
            (Failure::Request, 400),
            (Failure::Origin, 421),
            (Failure::Upstream, 502),
            (Failure::Timeout, 504),
            (Failure::Decision, 503),
        ];
        for (failure, status) in rows {
            let answer = failure.answer();
            assert_eq!(answer.status(), status);
            assert_eq!(answer.headers()["cache-control"], "no-store");
        }
    }
}
