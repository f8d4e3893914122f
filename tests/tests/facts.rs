//! Facts are accepted or refused as Cedar does with the schema.
//!
//! Good entities and contexts are damaged at a random place. Being looser than Cedar is a failure;
//! being stricter is one too, except for what `docs/facts.md` lists, which the damage never makes.

use cedar_policy::{PolicySet, Schema};
use privet_host::{Entities, Request};
use privet_tests::facts::Facts;
use privet_tests::oracle::Oracle;
use privet_tests::random::Random;
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../generator/schema.cedarschema");

/// Puts something else at a random place, or takes something away.
fn damage(random: &mut Random, json: &mut Value) {
    let inner = random.chance(85);
    match json {
        Value::Array(items) if inner && !items.is_empty() => {
            let index = random.below(items.len());
            match random.below(10) {
                0 => drop(items.remove(index)),
                1 => items.push(items[index].clone()),
                _ => damage(random, &mut items[index]),
            }
        }
        Value::Object(members) if inner && !members.is_empty() => {
            let keys: Vec<String> = members.keys().cloned().collect();
            let key = random.pick(&keys).clone();
            match random.below(12) {
                0 => drop(members.remove(&key)),
                1 => drop(members.insert("more".to_owned(), json!(1))),
                2 => {
                    let value = members.remove(&key).unwrap_or_default();
                    members.insert(format!("{key}x"), value);
                }
                _ => damage(random, members.get_mut(&key).expect("a member")),
            }
        }
        _ => *json = other(random),
    }
}

fn other(random: &mut Random) -> Value {
    random
        .pick(&[
            Value::Null,
            json!(true),
            json!(1),
            json!(-9_223_372_036_854_775_808_i64),
            json!(9_223_372_036_854_775_808_u64),
            json!(1.5),
            json!("x"),
            json!("1970-01-01"),
            json!("1.25"),
            json!("10.0.0.1/8"),
            json!("2h3s"),
            json!([]),
            json!(["a"]),
            json!([1, 1]),
            json!({}),
            json!({"type": "User", "id": "a"}),
            json!({"type": "User", "id": "zz", "more": 1}),
            json!({"__entity": {"type": "Group", "id": "a"}}),
            json!({"__entity": {"type": "Nobody", "id": "a"}}),
            json!({"type": "Color", "id": "red"}),
            json!({"type": "Color", "id": "blue"}),
            json!({"type": "Action", "id": "view"}),
            json!({"fn": "ip", "arg": "::1"}),
            json!({"fn": "decimal", "args": ["1.0"]}),
            json!({"__extn": {"fn": "decimal", "arg": "1.0"}}),
            json!({"__extn": {"fn": "duration", "arg": "1h"}}),
            json!({"__extn": {"fn": "datetime", "arg": "soon"}}),
            json!({"__extn": {"fn": "offset", "args": ["2024-01-01", "1d"]}}),
            json!({"__extn": {"fn": "toMilliseconds", "args": [{"__extn": {"fn": "duration", "arg": "1h"}}]}}),
            json!({"__extn": {"fn": "isIpv4", "args": [{"__extn": {"fn": "ip", "arg": "::1"}}]}}),
        ])
        .clone()
}

#[test]
fn damaged_facts_are_refused_as_cedar_refuses_them() {
    privet_tests::with_stack(|| {
        let source = privet_tests::policy_set(SCHEMA, "");
        let compiled = privet_compiler::compile(&source).expect("compiles");
        let policy = privet_tests::engine().load(&compiled.wasm).expect("loads");
        let oracle = Oracle {
            schema: Schema::from_cedarschema_str(SCHEMA).expect("a schema").0,
            policies: PolicySet::new(),
        };
        let manifest = policy.manifest();
        let mut facts = Facts {
            manifest,
            random: Random::new(315),
        };
        let empty = Entities::from_json(&policy, "[]").expect("a store");
        let theirs_empty = oracle.entities(&json!([])).expect("a store");
        let (mut accepted, mut refused) = (0, 0);
        for _ in 0..1500 {
            let mut store = facts.entities();
            // Few entities, so that the damage is not lost among them.
            if let Value::Array(all) = &mut store {
                let keep = 1 + facts.random.below(3);
                all.truncate(keep);
            }
            damage(&mut facts.random, &mut store);
            let theirs = oracle.entities(&store).map(drop);
            let ours = Entities::from_json(&policy, &store.to_string()).map(drop);
            assert_eq!(
                ours.is_ok(),
                theirs.is_ok(),
                "{store:#}\ncedar: {theirs:?}\nprivet: {ours:?}"
            );

            let environment = facts.random.pick(&manifest.environments);
            let signature = manifest.signatures[environment.signature as usize];
            let action = &manifest.schema.actions[environment.action as usize].uid;
            let mut principal = facts.uid(signature.principal);
            let resource = facts.uid(signature.resource);
            let mut context = facts.context(signature.context);
            match facts.random.chance(80) {
                true => damage(&mut facts.random, &mut context),
                false => {
                    principal["type"] =
                        json!(*facts.random.pick(&["Doc", "Nobody", "Color", "Group"]))
                }
            }
            let uid = json!({ "type": "Action", "id": action.id });
            let theirs_request = oracle
                .authorize(&theirs_empty, &principal, &uid, &resource, &context)
                .map(drop);
            let ours_request = Request::from_json(
                &empty,
                &principal.to_string(),
                action,
                &resource.to_string(),
                &context.to_string(),
            )
            .map_err(|e| e.to_string())
            .and_then(|request| {
                let mut instance = policy.instance().map_err(|e| e.to_string())?;
                let answer = instance.authorize(&empty, &request, environment.action);
                answer.map(drop).map_err(|e| e.to_string())
            });
            assert_eq!(
                ours_request.is_ok(),
                theirs_request.is_ok(),
                "{principal} {uid} {resource}\n{context:#}\ncedar: {theirs_request:?}\nprivet: {ours_request:?}"
            );
            for ok in [theirs.is_ok(), theirs_request.is_ok()] {
                accepted += usize::from(ok);
                refused += usize::from(!ok);
            }
        }
        println!("{accepted} accepted, {refused} refused");
        assert!(accepted > 200 && refused > 200);
    });
}
