//! Privet beside any gateway: an enforcing reverse proxy, and a sidecar that gateways ask.
//!
//! | module | what it holds |
//! |---|---|
//! | [`config`] | the one file, checked |
//! | [`live`], [`packs`], [`server`], `watch`, `wait` | what is loaded, how and when it is swapped, and by which threads |
//! | [`route`], [`identity`], [`ask`] | from a request to a question |
//! | [`enforce`], `record`, [`release`], `room`, [`sinks`], [`metrics`], [`trace`] | decisions, obligations, records, counts, spans |
//! | [`proxy`], `page`, [`upstream`] | the reverse proxy; a page of résumés |
//! | [`decisions`] | AuthZEN, `forward_auth`, `auth_request`, `ext_authz` over HTTP |
//! | [`envoy`], [`spoe`] | Envoy's filters over gRPC; HAProxy's agent protocol |
//! | [`admin`], [`listen`], [`tls`], [`answer`], `log` | operation; sockets; certificates; what answers look like; the standard error |
//! | [`exchange`], [`inside`] | a request and its answer in a gateway of its own; in its process |
//!
//! Everything that decides is in `privet-gateway`; here is translation. What must never be here: a
//! second table of failures, a fact from a client, a value in a log.

#![forbid(unsafe_code)]

pub mod admin;
pub mod answer;
pub mod ask;
pub mod config;
pub mod decisions;
pub mod enforce;
pub mod envoy;
pub mod exchange;
pub mod identity;
pub mod inside;
pub mod listen;
pub mod live;
mod log;
pub mod metrics;
pub mod packs;
mod page;
pub mod proxy;
mod record;
pub mod release;
mod room;
pub mod route;
pub mod run;
pub mod server;
pub mod sinks;
pub mod spoe;
pub mod tls;
pub mod trace;
pub mod upstream;
mod wait;
mod watch;

pub use run::{check, serve};
