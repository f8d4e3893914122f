//! What a gateway says of a request, and what it is told to do.

use crate::answer::failed;
use crate::listen::Peer;
use crate::trace::TRACEPARENT;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use privet_gateway::failure::Failure;

/// A request's head, as the client sent it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'r> {
    /// The method.
    pub method: &'r str,
    /// Path and query, still encoded.
    pub target: &'r str,
    /// The headers; those of the client's own that name who asks are believed from `peer` alone.
    pub headers: &'r HeaderMap,
    /// Who sent it.
    pub peer: Peer,
    /// Whether a body follows.
    pub has_body: bool,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes up, and its answer comes down, as they are, without these headers of the request.
    Pass(Vec<HeaderName>),
    /// It goes up like this.
    Forward(Upward),
}

/// What goes up for an enforced path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upward {
    /// The service's path and query.
    pub target: String,
    /// What the service is told of the trace, if it is sampled.
    pub(super) traceparent: Option<HeaderValue>,
    /// Headers that are taken out: conditions, ranges, and those that say who asks.
    pub remove: Vec<HeaderName>,
}

impl Upward {
    /// Headers that are set, in the place of the client's: a plain body in JSON is asked for.
    pub fn set(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let value = HeaderValue::from_static;
        let plain = [
            (header::ACCEPT, value("application/json")),
            (header::ACCEPT_ENCODING, value("identity")),
        ];
        let traceparent = self.traceparent.clone();
        plain
            .into_iter()
            .chain(traceparent.map(|own| (TRACEPARENT, own)))
    }
}

/// A whole answer of ours: it goes to the client in the place of whatever there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub failure: Failure,
}

impl Refusal {
    /// The status.
    pub fn status(self) -> u16 {
        self.failure.row().status
    }

    /// All of its headers, the length among them.
    pub fn headers(self) -> HeaderMap {
        failed(self.failure).headers().clone()
    }

    /// The body, a problem document (RFC 9457).
    pub fn body(self) -> Vec<u8> {
        self.failure.body()
    }
}

/// The row of a status, for an answer that a gateway made of itself: nothing of it was decided here,
/// so nothing of it goes on.
pub fn local(status: u16) -> Failure {
    let mut all = Failure::ALL.into_iter();
    all.find(|f| f.row().status == status)
        .unwrap_or(Failure::Internal)
}
