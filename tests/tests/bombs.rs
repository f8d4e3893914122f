//! Texts that nest or chain without end: refused or compiled, never a stack that overflows.

use privet_tests::policy_set;

const SCHEMA: &str =
    "entity U = { n: Long, m: U }; action look appliesTo { principal: U, resource: U };";

fn policy(condition: &str) -> String {
    format!("permit (principal, action, resource) when {{ {condition} }};")
}

#[test]
fn nesting_is_bounded() {
    let many = 100_000;
    for (name, schema, policies) in [
        ("parentheses", SCHEMA.to_owned(), policy(&"(".repeat(many))),
        ("sets", SCHEMA.to_owned(), policy(&"[".repeat(many))),
        (
            "conjunctions",
            SCHEMA.to_owned(),
            policy(&"true && ".repeat(many)),
        ),
        ("sums", SCHEMA.to_owned(), policy(&"1 + ".repeat(many))),
        (
            "attributes",
            SCHEMA.to_owned(),
            policy(&format!("principal{}", ".m".repeat(many))),
        ),
        (
            "ifs",
            SCHEMA.to_owned(),
            policy(&"if true then true else ".repeat(many)),
        ),
        ("negations", SCHEMA.to_owned(), policy(&"!".repeat(many))),
        (
            "types",
            format!(
                "entity U = {{ a: {}Long{} }};",
                "Set<".repeat(many),
                ">".repeat(many)
            ),
            String::new(),
        ),
    ] {
        let result = privet_compiler::compile(&policy_set(&schema, &policies));
        assert!(result.is_err(), "{name}");
    }
}

/// What is within the bounds compiles, and is loaded.
#[test]
fn what_is_within_the_bounds_compiles() {
    let chain = |operator: &str, count: usize| vec!["1"; count].join(operator);
    for (name, condition) in [
        ("conjunctions", vec!["principal.n > 1"; 1500].join(" && ")),
        ("sums", format!("{} > 0", chain(" + ", 2000))),
        (
            "attributes",
            format!("principal{}.n > 0", ".m".repeat(1500)),
        ),
        (
            "parentheses",
            format!("{}true{}", "(".repeat(400), ")".repeat(400)),
        ),
    ] {
        let compiled = privet_compiler::compile(&policy_set(SCHEMA, &policy(&condition)))
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        privet_tests::quick_engine()
            .load(&compiled.wasm)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}
