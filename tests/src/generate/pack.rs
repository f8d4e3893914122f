//! Random packs: gates for some views, classes with ladders, and policies with obligations.
//!
//! Everything that a plan answers shares one context, which has the `view` and the `now` that the
//! host sets; the gates and rungs are for principals of one to three types. Policies that Cedar's
//! validator refuses are left out.

use super::policy;
use super::schema::Schema;
use crate::random::Random;
use cedar_policy::{Policy, PolicyId, PolicySet, ValidationMode, Validator};
use privet_compiler::{Kind, Source, SourceFile};
use privet_frame::manifest::Manifest;
use std::collections::BTreeSet;

const VIEWS: [&str; 4] = ["card", "contact", "detail", "download"];
const PRINCIPALS: [&str; 3] = ["User", "Reader", "Group"];
const RENDERINGS: [&str; 4] = ["reveal", "scrub", "mask:name", "generalise:year"];
const ANNOTATIONS: [&str; 6] = [
    "",
    "@obligation(\"record\") ",
    "@obligation(\"notify-candidate watermark\") ",
    "@obligation(\"relay-lease\") @basis(\"a law\") ",
    "@answer(\"forbidden\") ",
    "@answer(\"forbidden\") @obligation(\"alert\") ",
];

/// The schema of a pack.
pub fn schema(random: &mut Random) -> String {
    let mut schema = Schema::new(random, &["User", "Doc", "Group", "Reader"], &["View"]);
    let quoted: Vec<String> = VIEWS.iter().map(|v| format!("\"{v}\"")).collect();
    let mut text = format!("entity View enum [{}];\n", quoted.join(", "));
    for (place, name) in schema.entities.clone().iter().enumerate() {
        text.push_str(&schema.entity(name, place == 0));
    }
    let (asked, more) = (schema.record(2), schema.record(1));
    text.push_str(&format!(
        "type RequestContext = {{ view: View, now: datetime, level: Long, asked?: {asked}, more: {more} }};\n\
         action viewing; action revealing;\n"
    ));
    let random = schema.random;
    let principals = &PRINCIPALS[..1 + random.below(PRINCIPALS.len())];
    let applies = format!(
        "appliesTo {{ principal: [{}], resource: [Doc], context: RequestContext }};\n",
        principals.join(", ")
    );
    for view in &VIEWS[..1 + random.below(VIEWS.len())] {
        text.push_str(&format!(
            "@gate(\"{view}\") action \"gate {view}\" in [viewing] {applies}"
        ));
    }
    for class in 0..1 + random.below(6) {
        text.push_str(&format!(
            "@fields(\"$.class{class}.a; $.class{class}.b\") action class{class};\n"
        ));
        for rank in 1..2 + random.below(RENDERINGS.len()) {
            let rendering = RENDERINGS[rank - 1];
            let group = if random.chance(40) { ", revealing" } else { "" };
            text.push_str(&format!(
                "@rendering(\"{rendering}\") @rank(\"{rank}\") \
                 action class{class}rung{rank} in [class{class}{group}] {applies}"
            ));
        }
    }
    text
}

/// A pack over a schema that a plan can be made for.
pub fn source(schema: &str, policies: &str) -> Source {
    Source {
        kind: Kind::Pack,
        ..crate::policy_set(schema, policies)
    }
}

/// Policies of a pack, each with an `@id`.
pub fn policies(manifest: &Manifest, validator: &Validator, random: &mut Random) -> SourceFile {
    let count = match random.below(12) {
        0 => 0,
        1 => 70,
        _ => 4 + random.below(24),
    };
    let mut text = String::new();
    for number in 0..count {
        let mut environments = BTreeSet::new();
        // Templates have no place in a pack.
        let (one, _) = policy::policy(manifest, random, false, &mut environments);
        let parsed = Policy::parse(Some(PolicyId::new("one")), &one)
            .unwrap_or_else(|e| panic!("a generated policy does not parse: {e:?}\n{one}"));
        let alone = PolicySet::from_policies([parsed]).expect("one policy");
        if validator
            .validate(&alone, ValidationMode::Strict)
            .validation_passed()
        {
            let annotations = *random.pick(&ANNOTATIONS);
            text.push_str(&format!("@id(\"policy {number}\") {annotations}{one}\n"));
        }
    }
    SourceFile {
        name: "policies.cedar".to_owned(),
        text,
    }
}
