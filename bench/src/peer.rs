//! What is compared with: one file a peer.
//!
//! | file | peer |
//! |---|---|
//! | `cedar` | `cedar-policy`, native |
//! | `wasm` | Cedar's interpreter compiled to WebAssembly, in Node |
//! | `rego` | `regorus`, Rego in Rust |
//! | `opa` | OPA's own engine as a C library |
//! | `casbin` | `casbin` |
//! | `cerbos` | the Cerbos server |
//! | `rust` | the résumé plan written by hand |
//! | `piped` | an engine in a child process |
//! | `entities` | a workload's entities for those that know no entities |
//!
//! A peer decides by the same rules, and its answers are compared before anything is timed. Nothing
//! here measures.

pub mod casbin;
pub mod cedar;
pub mod cerbos;
pub mod entities;
pub mod opa;
pub mod piped;
pub mod rego;
pub mod rust;
pub mod wasm;

use anyhow::Result;
use std::path::PathBuf;

/// An engine that has read rules, facts and requests.
pub trait Peer {
    /// Whether each request is allowed, in order.
    ///
    /// # Errors
    ///
    /// An engine that gives no decision.
    fn answers(&mut self) -> Result<Vec<bool>>;

    /// One pass over the requests; how many were allowed.
    ///
    /// # Errors
    ///
    /// As [`Peer::answers`].
    fn pass(&mut self) -> Result<usize> {
        Ok(self.answers()?.into_iter().filter(|a| *a).count())
    }
}

/// A file that is not built here: where a variable says, or else at its place in the repository.
fn installed(variable: &str, place: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let path = named.unwrap_or_else(|| root.join(place));
    path.canonicalize().ok().filter(|path| path.is_file())
}
