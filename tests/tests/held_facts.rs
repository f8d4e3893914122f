//! Facts that were read once and kept decide as facts that are read for each question.
//!
//! Over generated schemas, good and damaged: what is accepted and refused is the same, and so are the
//! bytes that a guest sees. `PRIVET_DAMAGED` sets how many documents.

use privet_gateway::combine::{Answer, Packs};
use privet_gateway::decide::Question;
use privet_gateway::facts::FactStore;
use privet_gateway::strict;
use privet_gateway::uid::Uid;
use privet_host::{Entities, Entity, Facts, Policy, Request};
use privet_tests::compare::World;
use privet_tests::damage::{self, Tree};
use privet_tests::generate::schema;
use privet_tests::lean::lean;
use privet_tests::packs;
use privet_tests::random::Random;
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../generator/schema.cedarschema");

fn kept(policy: &Policy, list: &[Value]) -> Result<Entities, String> {
    let read = list.iter().map(|e| Entity::from_value(policy, e));
    let read: Vec<Entity> = read.collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    Entities::of(policy, &read).map_err(|e| e.to_string())
}

#[test]
fn entities_that_are_kept_are_laid_out_as_those_of_a_document() {
    privet_tests::with_stack(|| {
        let documents =
            std::env::var("PRIVET_DAMAGED").map_or(1500, |v| v.parse().expect("a number"));
        let mut random = Random::new(2021);
        let engine = privet_tests::quick_engine();
        let mut worlds = vec![World::new(SCHEMA).expect("the schema")];
        while worlds.len() < 8 {
            worlds.extend(World::new(&schema::schema(&mut random)));
        }
        let [mut accepted, mut refused] = [0, 0];
        for world in &worlds {
            let source = privet_tests::policy_set(&world.text, "");
            let compiled = privet_compiler::compile(&source).expect("compiles");
            let policy = engine.load(&lean(&compiled.wasm)).expect("loads");
            let mut facts = privet_tests::facts::Facts {
                manifest: &world.manifest,
                random: Random::new(random.number()),
            };
            for _ in 0..documents / worlds.len() {
                let mut store = Tree::from(&facts.entities());
                if let Tree::Array(all) = &mut store {
                    let keep = 1 + facts.random.below(6);
                    all.truncate(keep);
                }
                let _ = match facts.random.below(4) {
                    0 | 1 => "no damage",
                    2 => damage::anywhere(&mut facts, &mut store),
                    _ => damage::entities(&mut facts, &mut store),
                };
                // What repeats a key is refused before it is kept.
                let text = store.text();
                let Ok(Value::Array(list)) = strict::parse(text.as_bytes()) else {
                    continue;
                };
                let fresh = Entities::from_json(&policy, &text);
                let kept = kept(&policy, &list);
                assert_eq!(kept.is_ok(), fresh.is_ok(), "{text}\n{kept:?}\n{fresh:?}");
                let (Ok(kept), Ok(fresh)) = (kept, fresh) else {
                    refused += 1;
                    continue;
                };
                accepted += 1;
                let environment = facts.random.pick(&world.manifest.environments);
                let signature = world.manifest.signatures[environment.signature as usize];
                let action = &world.manifest.schema.actions[environment.action as usize].uid;
                let [principal, resource] =
                    [signature.principal, signature.resource].map(|ty| facts.uid(ty).to_string());
                let context = facts.context(signature.context).to_string();
                let frame = |entities: &Entities| {
                    Request::from_json(entities, &principal, action, &resource, &context)
                        .map(|request| request.frame(entities))
                        .map_err(|e| e.to_string())
                };
                assert_eq!(frame(&kept), frame(&fresh), "{text}\n{context}");
            }
        }
        println!("{accepted} documents accepted, {refused} refused");
        assert!(accepted > documents / 4 && refused > documents / 16);
    });
}

#[test]
fn an_entity_of_another_policy_is_refused() {
    let source = privet_tests::policy_set("entity U;", "");
    let wasm = privet_compiler::compile(&source).expect("compiles").wasm;
    let engine = privet_tests::quick_engine();
    let [one, other] = [&wasm, &wasm].map(|wasm| engine.load(wasm).expect("loads"));
    let entity = json!({"uid": {"type": "U", "id": "a"}, "attrs": {}, "parents": []});
    let entity = Entity::from_value(&one, &entity).expect("an entity");
    assert!(Entities::of(&one, [&entity]).is_ok());
    assert!(Entities::of(&other, [&entity]).is_err());
}

/// A viewer's facts as a gateway holds them, and the question in them.
fn held(facts: &Value, view: &str) -> (FactStore, Question) {
    let uid = |key: &str| Uid::from_json(&facts[key]).expect("a uid");
    let part = |key: &str| facts.get(key).cloned().unwrap_or_else(|| json!({}));
    let store = json!({
        "entities": facts["entities"],
        "resources": [{"resource": facts["resource"], "issued": part("issued"), "known": part("known")}],
    });
    let now: &str = facts["now"].as_str().expect("a time");
    let question = Question {
        principal: uid("principal"),
        resource: uid("resource"),
        view: view.to_owned(),
        context: part("context").as_object().expect("a context").clone(),
        now: privet_frame::extension::datetime(now).expect("a datetime"),
    };
    (FactStore::from_value(&store).expect("facts"), question)
}

#[test]
fn packs_decide_alike_by_kept_facts_and_by_a_document() {
    let mut compared = 0;
    for pack in packs::packs() {
        let policy = packs::load(&pack.source);
        let one = Packs::new(vec![policy.clone()]).expect("a pack");
        for viewer in pack.viewers().expect("viewers") {
            let text = pack.viewer(&viewer).expect("facts");
            let facts: Value = serde_json::from_str(&text).expect("JSON");
            for view in packs::views(&policy) {
                let name = format!("{} {viewer} {view}", pack.source.name);
                let (store, question) = held(&facts, &view);
                let Question {
                    principal,
                    resource,
                    context,
                    ..
                } = &question;
                let slice = store.slice(one.literals(), principal, resource, context);
                // The second time by what the first one kept.
                let decisions = [(); 2].map(|()| one.decide(question.clone(), &slice));
                let fresh = Facts::from_json(&policy, &text, Some(&view)).expect(&name);
                let mut instance = policy.instance().expect("an instance");
                let plan = instance
                    .plan(&fresh.entities, &fresh.request, &view)
                    .expect(&name);
                for decision in decisions {
                    let combined = decision.expect(&name).plan;
                    assert_eq!(combined.gate(), plan.gate(), "{name}");
                    assert_eq!(combined.gate_reasons(), plan.gate_reasons(), "{name}");
                    let sorted = |mut names: Vec<&str>| {
                        names.sort_unstable();
                        names.join(" ")
                    };
                    let obligations = sorted(plan.obligations());
                    assert_eq!(sorted(combined.obligations()), obligations, "{name}");
                    assert!(combined.rungs().eq(plan.rungs()), "{name}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 50, "{compared}");
}
