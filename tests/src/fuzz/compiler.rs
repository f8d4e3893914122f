//! The compiler's input: any text is refused or compiles, and what compiles Cedar accepts.
//!
//! An input is a schema and policies with a NUL byte between them; policies that begin with `{` are
//! a policy set in JSON.

use cedar_policy::{PolicySet, Schema, ValidationMode, Validator};
use std::str::FromStr;

/// Compiles the text.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (schema, policies) = text.split_once('\0').unwrap_or((text, ""));
    let mut source = crate::policy_set(schema, policies);
    let is_json = policies.starts_with('{');
    if is_json {
        source.policies[0].name = "policies.json".to_owned();
    }
    if privet_compiler::compile(&source).is_err() {
        return;
    }
    let (schema, _) = Schema::from_cedarschema_str(schema).expect("Cedar reads the schema");
    let set = match is_json {
        true => PolicySet::from_json_str(policies).expect("Cedar reads the policies"),
        false => PolicySet::from_str(policies).expect("Cedar reads the policies"),
    };
    let result = Validator::new(schema).validate(&set, ValidationMode::Strict);
    assert!(result.validation_passed(), "compiled, but Cedar refuses");
}
