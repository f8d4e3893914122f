//! Cedar's own interpreter compiled to WebAssembly, in Node: the package `@cedar-policy/cedar-wasm`.

use super::piped::Piped;
use crate::workload::Workload;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How to get it.
pub const MISSING: &str = "no Cedar in WebAssembly (`npm install --prefix target/cedar-wasm @cedar-policy/cedar-wasm`, or its `cedar_wasm.js` for Node in PRIVET_CEDAR_WASM)";

const PLACE: &str = "target/cedar-wasm/node_modules/@cedar-policy/cedar-wasm/nodejs/cedar_wasm.js";

/// The package, where it is installed.
pub fn installed() -> Option<PathBuf> {
    super::installed("PRIVET_CEDAR_WASM", PLACE)
}

/// A policy that decides nothing: what a call costs without a decision.
const CONSTANT: &str = "permit (principal, action, resource);";

/// Starts Node and lets it read the workload.
///
/// # Errors
///
/// As [`Piped::new`].
pub fn new(package: &Path, workload: &Workload) -> Result<Piped> {
    with(package, workload, &workload.policies)
}

/// The same with a policy that permits everything.
///
/// # Errors
///
/// As [`Piped::new`].
pub fn constant(package: &Path, workload: &Workload) -> Result<Piped> {
    with(package, workload, CONSTANT)
}

fn with(package: &Path, workload: &Workload, policies: &str) -> Result<Piped> {
    let requests = workload.requests.iter().map(|asked| {
        json!({
            "principal": asked.principal,
            "action": asked.action,
            "resource": asked.resource,
            "context": asked.context,
        })
    });
    let entities: Value = serde_json::from_str(&workload.entities)?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/cedar-wasm.js");
    Piped::new(
        Command::new("node").arg(script).arg(package),
        &json!({
            "schema": workload.schema,
            "policies": policies,
            "entities": entities,
            "requests": requests.collect::<Vec<_>>(),
        }),
    )
}
