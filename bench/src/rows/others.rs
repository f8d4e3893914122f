//! Engines that are not in this run, each with the reason: a row that says so is better than none.
//!
//! SAPL's published figures are on the page as what they are, published; they are not compared.

use super::Run;
use crate::row::Row;

const MISSING: [(&str, &str); 5] = [
    (
        "authorize_vs_cedar_wasm",
        "Cedar's interpreter in WebAssembly has no side here yet; npm has `@cedar-policy/cedar-wasm`",
    ),
    (
        "authorize_vs_regorus",
        "the rules are not written in Rego yet; crate `regorus`",
    ),
    (
        "authorize_vs_casbin",
        "the rules are not written for casbin yet; crate `casbin`",
    ),
    ("authorize_vs_opa", "OPA as a C library is not installed"),
    ("authorize_vs_cerbos", "the Cerbos server is not installed"),
];

pub fn measure(run: &mut Run) {
    for (name, why) in MISSING {
        if run.wants(name) {
            run.state(Row::missing(name, "", why));
        }
    }
}
