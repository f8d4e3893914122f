//! Facts are accepted or refused as Cedar does with the schema.
//!
//! Good entities and contexts over generated schemas are damaged at a random place. Being looser
//! than Cedar is a failure; being stricter is one too, except for what `docs/facts.md` lists, which
//! has a test of its own. `PRIVET_DAMAGED` sets how many documents.

use cedar_policy::{Context, Entities as CedarEntities, EntityUid, Request as CedarRequest};
use privet_host::{Entities, Request};
use privet_tests::compare::World;
use privet_tests::coverage::Coverage;
use privet_tests::damage::{self, Tree};
use privet_tests::facts::Facts;
use privet_tests::generate::schema;
use privet_tests::lean::lean;
use privet_tests::random::Random;
use serde_json::json;

const SCHEMA: &str = include_str!("../generator/schema.cedarschema");

/// Kinds of damage that must have been fatal in some place.
const KINDS: [&str; 19] = [
    "member removed",
    "member added",
    "member renamed",
    "key twice, equal values",
    "key twice, the first wrong",
    "null",
    "number or boolean",
    "text",
    "array",
    "empty object",
    "entity",
    "call of an extension function",
    "call that returns a Bool or a Long",
    "reserved key",
    "parent added",
    "action with other groups or attributes",
    "entity twice, perhaps different",
    "enumerated entity",
    "tags replaced",
];

fn worlds(random: &mut Random) -> Vec<World> {
    let mut worlds = vec![World::new(SCHEMA).expect("the schema")];
    while worlds.len() < 12 {
        worlds.extend(World::new(&schema::schema(random)));
    }
    worlds
}

/// Whether Cedar accepts a request; principal and context as text.
fn cedar_request(
    world: &World,
    principal: &str,
    action: &str,
    resource: &str,
    context: &str,
) -> Result<(), String> {
    let uid = |text: &str| {
        let json = serde_json::from_str(text).map_err(|e| e.to_string())?;
        EntityUid::from_json(json).map_err(|e| e.to_string())
    };
    let action = uid(action)?;
    let context = Context::from_json_str(context, Some((&world.schema, &action)))
        .map_err(|e| e.to_string())?;
    CedarRequest::new(
        uid(principal)?,
        action,
        uid(resource)?,
        context,
        Some(&world.schema),
    )
    .map(drop)
    .map_err(|e| e.to_string())
}

#[test]
fn damaged_facts_are_refused_as_cedar_refuses_them() {
    privet_tests::with_stack(|| {
        let documents: usize = std::env::var("PRIVET_DAMAGED")
            .ok()
            .and_then(|v| v.parse().ok())
            .unwrap_or(12_000);
        let mut random = Random::new(315);
        let engine = privet_tests::quick_engine();
        let worlds = worlds(&mut random);
        let mut coverage = Coverage::default();
        for world in &worlds {
            let compiled = privet_compiler::compile(&privet_tests::policy_set(&world.text, ""))
                .expect("compiles");
            let policy = engine.load(&lean(&compiled.wasm)).expect("loads");
            let empty = Entities::from_json(&policy, "[]").expect("a store");
            let mut facts = Facts {
                manifest: &world.manifest,
                random: Random::new(random.number()),
            };
            for _ in 0..documents / worlds.len() / 2 {
                let mut store = Tree::from(&facts.entities());
                // Few entities, so that the damage is not lost among them.
                if let Tree::Array(all) = &mut store {
                    let keep = 1 + facts.random.below(3);
                    all.truncate(keep);
                }
                let kind = match facts.random.chance(65) {
                    true => damage::anywhere(&mut facts, &mut store),
                    false => damage::entities(&mut facts, &mut store),
                };
                let text = store.text();
                let theirs = CedarEntities::from_json_str(&text, Some(&world.schema)).map(drop);
                let ours = Entities::from_json(&policy, &text).map(drop);
                assert_eq!(
                    ours.is_ok(),
                    theirs.is_ok(),
                    "{kind}\n{text}\ncedar: {theirs:?}\nprivet: {ours:?}\n{}",
                    world.text
                );
                coverage.add(format!("{kind}{}", verdict(ours.is_ok())));

                let manifest = &world.manifest;
                let environment = facts.random.pick(&manifest.environments);
                let signature = manifest.signatures[environment.signature as usize];
                let action = &manifest.schema.actions[environment.action as usize].uid;
                let mut principal = Tree::from(&facts.uid(signature.principal));
                let resource = facts.uid(signature.resource).to_string();
                let mut context = Tree::from(&facts.context(signature.context));
                let kind = match facts.random.chance(85) {
                    true => damage::anywhere(&mut facts, &mut context),
                    false => {
                        principal = Tree::from(&facts.uid(signature.resource));
                        "principal of another type"
                    }
                };
                let (principal, context) = (principal.text(), context.text());
                let name = &manifest.schema.entity_types[action.ty as usize].name;
                let uid = json!({ "type": name, "id": action.id }).to_string();
                let theirs = cedar_request(world, &principal, &uid, &resource, &context);
                let ours = Request::from_json(&empty, &principal, action, &resource, &context)
                    .map_err(|e| e.to_string())
                    .and_then(|request| {
                        let mut instance = policy.instance().map_err(|e| e.to_string())?;
                        let answer = instance.authorize(&empty, &request, environment.action);
                        answer.map(drop).map_err(|e| e.to_string())
                    });
                assert_eq!(
                    ours.is_ok(),
                    theirs.is_ok(),
                    "{kind}\n{principal} {uid} {resource}\n{context}\ncedar: {theirs:?}\nprivet: {ours:?}\n{}",
                    world.text
                );
                coverage.add(format!("context: {kind}{}", verdict(ours.is_ok())));
            }
        }
        coverage.print();
        let wanted: Vec<String> = KINDS.iter().map(|k| format!("{k}, refused")).collect();
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let missing = coverage.missing(&wanted);
        assert!(missing.is_empty(), "never refused: {missing:?}");
        for survived in [
            "element removed",
            "element twice",
            "entity twice, respelt",
            "parent added",
            "text",
            "entity",
            "call that returns a Bool or a Long",
            "all actions",
        ] {
            assert!(
                coverage.count(&format!("{survived}, accepted")) > 0,
                "{survived}"
            );
        }
    });
}

fn verdict(accepted: bool) -> &'static str {
    if accepted { ", accepted" } else { ", refused" }
}

/// What `docs/facts.md` lists: Cedar accepts it, the host does not.
#[test]
fn the_listed_deviations_are_refused() {
    let schema =
        "entity U = { n: Long, u?: U }; action look appliesTo { principal: U, resource: U };";
    let world = World::new(schema).expect("a schema");
    let compiled =
        privet_compiler::compile(&privet_tests::policy_set(schema, "")).expect("compiles");
    let policy = privet_tests::quick_engine()
        .load(&compiled.wasm)
        .expect("loads");
    let deep = format!(
        r#"[{{"uid":{{"type":"U","id":"a"}},"attrs":{{"n":1}},"parents":[],"more":{}1{}}}]"#,
        "[".repeat(130),
        "]".repeat(130)
    );
    for (text, accepted) in [
        (
            r#"[{"uid":{"type":"U","id":"a"},"attrs":{"n":1},"parents":[]}]"#,
            true,
        ),
        (
            r#"[{"uid":{"type":"U","id":"a"},"attrs":{"n":{"__extn":{"fn":"unknown","arg":"q"}}},"parents":[]}]"#,
            false,
        ),
        (r#"[{"uid":["U","a"],"attrs":{"n":1},"parents":[]}]"#, false),
        (
            r#"[{"uid":{"type":"U","id":"a"},"attrs":{"n":1,"u":["U","b"]},"parents":[]}]"#,
            false,
        ),
        (r#"[[{"type":"U","id":"a"},{"n":1},[]]]"#, false),
    ] {
        let theirs = CedarEntities::from_json_str(text, Some(&world.schema));
        assert!(theirs.is_ok(), "{text}: {theirs:?}");
        let ours = Entities::from_json(&policy, text);
        assert_eq!(ours.is_ok(), accepted, "{text}");
    }
    assert!(Entities::from_json(&policy, &deep).is_err());
}
