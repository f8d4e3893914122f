//! Generated policy sets: the compiled guest against Cedar, same schema, same facts.
//!
//! `PRIVET_GENERATED_SETS` sets how many policy sets (300 by default), `PRIVET_SEED` the seed. A
//! mismatch prints everything that is needed to make a case of it.

use cedar_policy::{PolicySet, Schema, ValidationMode, Validator};
use privet_host::{Engine, Entities, Request};
use privet_tests::facts::Facts;
use privet_tests::oracle::{Answer, Oracle};
use privet_tests::policies::Policies;
use privet_tests::random::Random;
use serde_json::json;
use std::str::FromStr;

const SCHEMA: &str = include_str!("../generator/schema.cedarschema");

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(default)
}

#[test]
fn generated_policies_decide_as_cedar() {
    privet_tests::with_stack(|| {
        let (sets, seed) = (
            number("PRIVET_GENERATED_SETS", 300),
            number("PRIVET_SEED", 20_210_315),
        );
        let engine = privet_tests::engine();
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).expect("the schema");
        let validator = Validator::new(schema.clone());
        let mut generated = Policies::new(Random::new(seed));
        let (mut tried, mut requests, mut allowed, mut erred) = (0, 0, 0, 0);
        for set in 0..sets {
            let mut text = String::new();
            for _ in 0..1 + generated.random.below(6) {
                let policy = valid(&mut generated, &validator, &mut tried);
                text.push_str(&policy);
                text.push('\n');
            }
            let outcome = one_set(&engine, &schema, &text, generated.random.number());
            requests += outcome.0;
            allowed += outcome.1;
            erred += outcome.2;
            assert!(
                set == 0 || tried < (set + 1) * 20,
                "too few generated policies validate"
            );
        }
        println!("{sets} policy sets, {requests} requests, {allowed} allowed, {erred} with errors");
        // A comparison that never sees both answers and errors shows nothing.
        assert!(
            allowed > requests / 50 && erred > requests / 50,
            "the generator is too tame"
        );
    });
}

/// A generated policy that validates.
fn valid(generated: &mut Policies, validator: &Validator, tried: &mut u64) -> String {
    loop {
        *tried += 1;
        let text = generated.policy();
        let set = PolicySet::from_str(&text).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
        if validator
            .validate(&set, ValidationMode::Strict)
            .validation_passed()
        {
            return text;
        }
    }
}

/// Compares all actions on a few stores; returns requests, allowed ones, ones with errors.
fn one_set(engine: &Engine, schema: &Schema, text: &str, seed: u64) -> (usize, usize, usize) {
    let source = privet_tests::policy_set(SCHEMA, text);
    let compiled = privet_compiler::compile(&source).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let policy = engine.load(&compiled.wasm).expect("loads");
    let oracle = Oracle {
        schema: schema.clone(),
        policies: PolicySet::from_str(text).expect("parses"),
    };
    let manifest = policy.manifest();
    let mut facts = Facts {
        manifest,
        random: Random::new(seed),
    };
    let mut instance = policy.instance().expect("an instance");
    let (mut requests, mut allowed, mut erred) = (0, 0, 0);
    for _ in 0..2 {
        let store = facts.entities();
        let theirs = oracle
            .entities(&store)
            .unwrap_or_else(|e| panic!("{e}\n{store}"));
        let ours = Entities::from_json(&policy, &store.to_string())
            .unwrap_or_else(|e| panic!("{e}\n{store}"));
        for environment in &manifest.environments {
            let signature = manifest.signatures[environment.signature as usize];
            let action = &manifest.schema.actions[environment.action as usize].uid;
            for _ in 0..3 {
                let principal = facts.uid(signature.principal);
                let resource = facts.uid(signature.resource);
                let context = facts.context(signature.context);
                let name = &manifest.schema.entity_types[action.ty as usize].name;
                let action_json = json!({ "type": name, "id": action.id });
                let expected = oracle
                    .authorize(&theirs, &principal, &action_json, &resource, &context)
                    .unwrap_or_else(|e| panic!("{e}\n{context}"));
                let request = Request::from_json(
                    &ours,
                    &principal.to_string(),
                    action,
                    &resource.to_string(),
                    &context.to_string(),
                )
                .unwrap_or_else(|e| panic!("{e}\n{context}"));
                request
                    .verify(&ours)
                    .unwrap_or_else(|e| panic!("{e}\n{store}\n{context}"));
                let decision = instance
                    .authorize(&ours, &request, environment.action)
                    .unwrap_or_else(|e| panic!("{e}\n{text}"));
                let given =
                    Answer::new(decision.is_allowed(), decision.reasons(), decision.errors());
                assert_eq!(
                    given, expected,
                    "\n{text}\nprincipal {principal}\naction {action_json}\nresource {resource}\ncontext {context}\nentities {store}"
                );
                requests += 1;
                allowed += usize::from(expected.allowed);
                erred += usize::from(!expected.errors.is_empty());
            }
        }
    }
    (requests, allowed, erred)
}
