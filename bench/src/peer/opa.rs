//! OPA's own engine as a C library: the package `opa-golib-python-bindings` carries it, a process of
//! Python calls it.
//!
//! The engine is Go, `github.com/open-policy-agent/opa/v1/rego` with a prepared query and its store in
//! memory. The library takes an input as JSON and gives its answer as JSON, so both are in a call.

use super::entities::Flat;
use super::piped::Piped;
use super::rego;
use crate::workload::Workload;
use anyhow::Result;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How to get it.
pub const MISSING: &str = "no OPA (`pip install --target target/opa --no-deps --ignore-requires-python opa-golib-python-bindings==0.4.4`, or its `libopabridge.so` in PRIVET_OPA)";

/// A rule that decides nothing: what a call costs without a decision.
const CONSTANT: &str = "package drive\n\nallow := true\n";

/// The library, where it is installed.
pub fn installed() -> Option<PathBuf> {
    super::installed("PRIVET_OPA", "target/opa/opa_bindings/libopabridge.so")
}

/// Loads the library and lets it read the workload.
///
/// # Errors
///
/// As [`Piped::new`].
pub fn new(library: &Path, workload: &Workload) -> Result<Piped> {
    with(library, workload, rego::RULES)
}

/// The same with a rule that is always true.
///
/// # Errors
///
/// As [`Piped::new`].
pub fn constant(library: &Path, workload: &Workload) -> Result<Piped> {
    with(library, workload, CONSTANT)
}

fn with(library: &Path, workload: &Workload, rules: &str) -> Result<Piped> {
    let inputs = workload.requests.iter().map(rego::input);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/opa.py");
    Piped::new(
        Command::new("python3").arg(script).arg(library),
        &json!({
            "rules": rules,
            "query": "drive.allow",
            "data": Flat::new(workload)?.document(),
            "inputs": inputs.collect::<Result<Vec<_>>>()?,
        }),
    )
}
