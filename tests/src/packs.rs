//! Packs of this repository, loaded, and compared with Cedar.
//!
//! A pack is strict: an erring forbid denies, which Cedar does not do. So a pack is compared twice:
//! without that step it must be Cedar's answer to the last policy, with it Cedar's answer and the
//! step, which is written here once more.

use crate::oracle::{Answer, Oracle};
use crate::root;
use cedar_policy::{PolicyId, PolicySet, SchemaFragment};
use privet_compiler::Source;
use privet_host::manifest::Effect;
use privet_host::{Facts, GateAnswer, Policy};
use serde_json::{Value, json};
use std::str::FromStr;

/// The packs under `policies/`, in the order of their names.
pub fn packs() -> Vec<privet_pack::Pack> {
    let mut packs = Vec::new();
    for entry in std::fs::read_dir(root().join("policies")).expect("policies") {
        let path = entry.expect("an entry").path();
        if path.join("pack.toml").exists() {
            packs.push(privet_pack::read(&path).expect("a pack"));
        }
    }
    packs.sort_by(|a, b| a.folder.cmp(&b.folder));
    assert!(!packs.is_empty());
    packs
}

/// A source, compiled and loaded.
pub fn load(source: &Source) -> Policy {
    let compiled = privet_compiler::compile(source).unwrap_or_else(|e| panic!("{e}"));
    let engine = crate::engine();
    engine.load(&compiled.wasm).expect("loads")
}

/// Cedar with the policies of a pack, named by `@id`.
pub fn oracle(source: &Source) -> Oracle {
    let schema: String = source
        .schema
        .iter()
        .map(|f| f.text.clone() + "\n")
        .collect();
    let (fragment, _) = SchemaFragment::from_cedarschema_str(&schema).expect("a schema");
    let mut policies = PolicySet::new();
    for file in &source.policies {
        for policy in PolicySet::from_str(&file.text)
            .expect("policies")
            .policies()
        {
            let id = PolicyId::new(policy.annotation("id").expect("an id"));
            policies.add(policy.new_id(id)).expect("a new id");
        }
    }
    Oracle {
        schema: fragment.try_into().expect("a valid schema"),
        policies,
    }
}

/// Compares every action and every view on one viewer's facts; returns how many answers.
pub fn compare(policy: &Policy, oracle: &Oracle, viewer: &Value, views: &[String]) -> usize {
    let entities = oracle
        .entities(&viewer["entities"])
        .unwrap_or_else(|e| panic!("{e}\n{viewer}"));
    let mut instance = policy.instance().expect("an instance");
    let manifest = policy.manifest();
    let mut compared = 0;
    for view in views {
        let facts = Facts::from_json(policy, &viewer.to_string(), Some(view))
            .unwrap_or_else(|e| panic!("{e}\n{viewer}"));
        facts
            .request
            .verify(&facts.entities)
            .expect("a valid frame");
        let mut context = viewer["context"].clone();
        context["view"] = json!({ "type": "View", "id": view });
        context["now"] = viewer["now"].clone();
        let plan = instance
            .plan(&facts.entities, &facts.request, view)
            .unwrap_or_else(|e| panic!("{e}"));
        let mut allowed = Vec::new();
        for (index, action) in (0..).zip(&manifest.schema.actions) {
            let principal = viewer["principal"]["type"].as_str().expect("a type");
            let principal = manifest.entity_type(principal).expect("a declared type");
            if !action.principals.contains(&principal) {
                continue;
            }
            let uid = json!({ "type": "Action", "id": action.uid.id });
            let expected = oracle
                .authorize(
                    &entities,
                    &viewer["principal"],
                    &uid,
                    &viewer["resource"],
                    &context,
                )
                .unwrap_or_else(|e| panic!("{e}\n{context}"));
            let decision = instance
                .authorize(&facts.entities, &facts.request, index)
                .unwrap_or_else(|e| panic!("{e}"));
            let strict = |id: &String| {
                let policy = manifest.policies.iter().find(|p| p.id == *id);
                manifest.strict && policy.is_some_and(|p| p.effect == Effect::Forbid)
            };
            let expected = Answer {
                allowed: expected.allowed && !expected.errors.iter().any(strict),
                ..expected
            };
            let given = Answer::new(decision.is_allowed(), decision.reasons(), decision.errors());
            assert_eq!(given, expected, "{} in {view}: {viewer}", action.uid.id);
            assert_eq!(
                plan.allows(index),
                expected.allowed,
                "{} in {view}",
                action.uid.id
            );
            // The same, out of the plan.
            assert_eq!(
                plan.reasons(index),
                expected.reasons,
                "{} in {view}",
                action.uid.id
            );
            assert_eq!(
                plan.errors_on(index),
                expected.errors,
                "{} in {view}",
                action.uid.id
            );
            if expected.allowed {
                allowed.push(index);
            }
            compared += 1;
        }
        let gate = manifest
            .gates
            .iter()
            .find(|g| g.view == *view)
            .expect("a gate");
        let open = allowed.contains(&gate.action);
        assert_eq!(plan.gate() == GateAnswer::Open, open, "the gate of {view}");
        for (class, rung) in plan.rungs() {
            let best = class.rungs.iter().find(|r| allowed.contains(&r.action));
            assert_eq!(rung, best.filter(|_| open), "{} in {view}", class.id);
        }
    }
    compared
}

/// The views of a pack.
pub fn views(policy: &Policy) -> Vec<String> {
    policy
        .manifest()
        .gates
        .iter()
        .map(|g| g.view.clone())
        .collect()
}
