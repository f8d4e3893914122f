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
use std::collections::BTreeMap;
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

/// Compares every action and every view on one viewer's facts, for one pack compiled in several
/// ways (with the strict step and without); returns how many answers of Cedar were compared.
pub fn compare(policies: &[&Policy], oracle: &Oracle, viewer: &Value, views: &[String]) -> usize {
    let entities = oracle
        .entities(&viewer["entities"])
        .unwrap_or_else(|e| panic!("{e}\n{viewer}"));
    let mut compared = 0;
    for view in views {
        let mut context = viewer["context"].clone();
        context["view"] = json!({ "type": "View", "id": view });
        context["now"] = viewer["now"].clone();
        let manifest = policies[0].manifest();
        let principal = viewer["principal"]["type"].as_str().expect("a type");
        let principal = manifest.entity_type(principal).expect("a declared type");
        let mut expected = BTreeMap::new();
        for (index, action) in (0..).zip(&manifest.schema.actions) {
            if !action.principals.contains(&principal) {
                continue;
            }
            let uid = json!({ "type": "Action", "id": action.uid.id });
            let answer = oracle
                .authorize(
                    &entities,
                    &viewer["principal"],
                    &uid,
                    &viewer["resource"],
                    &context,
                )
                .unwrap_or_else(|e| panic!("{e}\n{context}"));
            expected.insert(index, answer);
        }
        for policy in policies {
            guest_answers(policy, viewer, view, &expected);
        }
        compared += expected.len();
    }
    compared
}

/// What a guest answers to each action, alone and in the plan, against what Cedar answered.
fn guest_answers(policy: &Policy, viewer: &Value, view: &str, cedar: &BTreeMap<u32, Answer>) {
    let manifest = policy.manifest();
    let mut instance = policy.instance().expect("an instance");
    let facts = Facts::from_json(policy, &viewer.to_string(), Some(view))
        .unwrap_or_else(|e| panic!("{e}\n{viewer}"));
    facts
        .request
        .verify(&facts.entities)
        .expect("a valid frame");
    let plan = instance
        .plan(&facts.entities, &facts.request, view)
        .unwrap_or_else(|e| panic!("{e}"));
    let mut allowed = Vec::new();
    for (&index, answer) in cedar {
        let name = &manifest.schema.actions[index as usize].uid.id;
        let denies = |id: &String| {
            let policy = manifest.policies.iter().find(|p| p.id == *id);
            manifest.strict && policy.is_some_and(|p| p.effect == Effect::Forbid)
        };
        let expected = Answer {
            allowed: answer.allowed && !answer.errors.iter().any(denies),
            ..answer.clone()
        };
        let decision = instance
            .authorize(&facts.entities, &facts.request, index)
            .unwrap_or_else(|e| panic!("{e}"));
        let given = Answer::new(decision.is_allowed(), decision.reasons(), decision.errors());
        assert_eq!(given, expected, "{name} in {view}: {viewer}");
        // The same, out of the plan.
        assert_eq!(plan.allows(index), expected.allowed, "{name} in {view}");
        assert_eq!(plan.reasons(index), expected.reasons, "{name} in {view}");
        assert_eq!(plan.errors_on(index), expected.errors, "{name} in {view}");
        if expected.allowed {
            allowed.push(index);
        }
    }
    let gate = manifest.gates.iter().find(|g| g.view == *view);
    let open = allowed.contains(&gate.expect("a gate").action);
    assert_eq!(plan.gate() == GateAnswer::Open, open, "the gate of {view}");
    for (class, rung) in plan.rungs() {
        let best = class.rungs.iter().find(|r| allowed.contains(&r.action));
        assert_eq!(rung, best.filter(|_| open), "{} in {view}", class.id);
    }
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
