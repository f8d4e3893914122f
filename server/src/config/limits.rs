//! `[limits]`: how much of everything, and how long.

use privet_gateway::coding::Coding;
use serde::Deserialize;

/// How much of everything.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Connections at a time, on each listener.
    pub connections: usize,
    /// Requests that are enforced at a time, by the proxy, `ext_proc` and inside a gateway; each may
    /// hold a body of `response_body_bytes`. One more is a 503.
    pub requests: usize,
    /// Bytes of a request's head.
    pub request_head_bytes: usize,
    /// Bytes of a request's body.
    pub request_body_bytes: usize,
    /// Bytes of an upstream's body that is enforced.
    pub response_body_bytes: usize,
    /// Codings of an upstream's body that are undone, up to `response_body_bytes`: `gzip`, `br`,
    /// `zstd`. A body in any other is refused.
    pub codings: Vec<Coding>,
    /// HTTP/2 streams at a time, on each connection.
    pub streams: u32,
    /// How long a client may take to send its first bytes and a request's head, or to stay silent
    /// between two; an agent, to begin its first frame and to end each.
    pub request_head_ms: u64,
    /// How long a client may take to send a request's body.
    pub request_body_ms: u64,
    /// How long a client may take to read a piece of an answer, or to end a connection.
    pub write_ms: u64,
    /// How long connecting to the upstream may take.
    pub connect_ms: u64,
    /// How long the upstream may take for its whole answer.
    pub upstream_ms: u64,
    /// How long one call of a guest may take, by the clock: a busy machine reaches it sooner.
    pub decision_ms: u64,
    /// Memory of a guest's instance.
    pub guest_memory_bytes: usize,
    /// Guest instances at a time.
    pub guest_instances: u32,
    /// How long requests may take to finish when the server stops.
    pub drain_ms: u64,
    /// The longest id of a résumé or viewer that is taken from a request.
    pub id_bytes: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            connections: 4096,
            requests: 1024,
            request_head_bytes: 32 << 10,
            request_body_bytes: 1 << 20,
            response_body_bytes: 8 << 20,
            codings: Vec::new(),
            streams: 128,
            request_head_ms: 10_000,
            request_body_ms: 10_000,
            write_ms: 30_000,
            connect_ms: 2_000,
            upstream_ms: 10_000,
            decision_ms: 100,
            guest_memory_bytes: 16 << 20,
            guest_instances: 1000,
            drain_ms: 10_000,
            id_bytes: 128,
        }
    }
}
