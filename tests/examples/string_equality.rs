//! Measures what one string comparison costs inside a guest, for `docs/linking.md`.
//!
//! A condition with 64 comparisons against one with none, over the same entity; the difference by
//! 64 is one comparison. Not a test: it times, so nothing else may run.

use privet_host::{Entities, Request};
use std::time::Instant;

const SCHEMA: &str =
    "entity U = { a: String, b: String }; action look appliesTo { principal: U, resource: U };";

fn nanoseconds(condition: &str, text: &str) -> (f64, usize) {
    let source = privet_tests::policy_set(
        SCHEMA,
        &format!("permit (principal, action, resource) when {{ {condition} }};"),
    );
    let compiled = privet_compiler::compile(&source).expect("compiles");
    let policy = privet_tests::engine().load(&compiled.wasm).expect("loads");
    let json = format!(
        r#"[{{"uid":{{"type":"U","id":"u"}},"attrs":{{"a":"{text}","b":"{text}"}},"parents":[]}}]"#
    );
    let entities = Entities::from_json(&policy, &json).expect("entities");
    let uid = r#"{"type":"U","id":"u"}"#;
    let action = &policy.manifest().schema.actions[0].uid;
    let request = Request::from_json(&entities, uid, action, uid, "{}").expect("a request");
    let mut instance = policy.instance().expect("an instance");
    let mut runs: Vec<f64> = (0..101)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..5_000 {
                let decision = instance
                    .authorize(&entities, &request, 0)
                    .expect("an answer");
                assert!(decision.is_allowed());
            }
            start.elapsed().as_nanos() as f64 / 5_000.0
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    // The fastest run: on a shared machine everything else only adds.
    (runs[0], compiled.wasm.len())
}

fn main() {
    for length in [0, 8, 32, 128] {
        let text = "x".repeat(length);
        let many = vec!["principal.a == principal.b"; 64].join(" && ");
        let (with, bytes) = nanoseconds(&many, &text);
        let (without, _) = nanoseconds("principal has a", &text);
        println!(
            "{length:>4} bytes: {:6.2} ns a comparison; guest {bytes} bytes",
            (with - without) / 64.0
        );
    }
}
