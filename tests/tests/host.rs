//! The host's promises: limits hold, bad guests and bad frames are errors, an error is no answer.

use privet_compiler::Source;
use privet_host::{Engine, Entities, EntitiesBuilder, Policy, Request, Settings, Value};
use std::time::Duration;

const SCHEMA: &str = "
entity Group in [Group];
entity User in [Group] = { name: String, boss?: User };
entity Thing;
action look appliesTo { principal: [User], resource: [Thing], context: { level: Long } };
";

fn source(policies: &str) -> Source {
    privet_tests::policy_set(SCHEMA, policies)
}

fn load(policies: &str, settings: Settings) -> Policy {
    let compiled = privet_compiler::compile(&source(policies)).expect("compiles");
    let engine = Engine::new(settings).expect("an engine");
    engine.load(&compiled.wasm).expect("loads")
}

fn request(policy: &Policy, entities: &Entities) -> Request {
    let action = &policy.manifest().schema.actions[0].uid;
    Request::from_json(
        entities,
        r#"{"type":"User","id":"u"}"#,
        action,
        r#"{"type":"Thing","id":"t"}"#,
        r#"{"level":1}"#,
    )
    .expect("a request")
}

#[test]
fn the_builder_gives_what_json_gives() {
    let policy = load(
        "permit (principal in Group::\"g\", action, resource)
         when { principal has boss && principal.boss.name == \"b\" || true };",
        Settings::default(),
    );
    let mut builder = EntitiesBuilder::new(&policy);
    let name = policy.attribute("User", "name").expect("declared");
    let boss = policy.attribute("User", "boss").expect("declared");
    assert!(policy.attribute("User", "age").is_none());
    let reference = builder.reference("User", "b").expect("declared");
    let text = |t: &str| Value::String(t.to_owned());
    builder
        .add(
            "User",
            "u",
            [(name, text("u")), (boss, reference)],
            &[("Group", "g")],
        )
        .expect("fits");
    builder
        .add("User", "b", [(name, text("b"))], &[])
        .expect("fits");
    assert!(
        builder.add("User", "c", [], &[]).is_err(),
        "a required attribute is missing"
    );
    assert!(
        builder
            .add("User", "c", [(name, Value::Bool(true))], &[])
            .is_err()
    );
    let group = builder.reference("Group", "g").expect("declared");
    assert!(
        builder
            .add("User", "c", [(name, text("c")), (boss, group)], &[])
            .is_err(),
        "a reference of another type"
    );
    let built = builder.finish().expect("a store");
    let read = Entities::from_json(
        &policy,
        r#"[{"uid":{"type":"User","id":"u"},"attrs":{"name":"u","boss":{"type":"User","id":"b"}},"parents":[{"type":"Group","id":"g"}]},
            {"uid":{"type":"User","id":"b"},"attrs":{"name":"b"},"parents":[]}]"#,
    )
    .expect("entities");
    let mut instance = policy.instance().expect("an instance");
    for entities in [&built, &read, &built] {
        let request = request(&policy, entities);
        request.verify(entities).expect("a valid frame");
        assert!(
            instance.verify(&request.frame(entities)).expect("runs"),
            "the guest agrees"
        );
        assert!(
            instance
                .authorize(entities, &request, 0)
                .expect("an answer")
                .is_allowed()
        );
    }
}

#[test]
fn facts_of_another_store_are_refused() {
    let policy = load("permit (principal, action, resource);", Settings::default());
    let [one, two] = [(); 2].map(|()| Entities::from_json(&policy, "[]").expect("a store"));
    let mut instance = policy.instance().expect("an instance");
    assert!(
        instance
            .authorize(&one, &request(&policy, &two), 0)
            .is_err()
    );
    assert!(instance.authorize(&one, &request(&policy, &one), 0).is_ok());
}

#[test]
fn memory_is_limited() {
    let settings = Settings {
        memory_bytes: 1 << 20,
        ..Settings::default()
    };
    let policy = load(
        "permit (principal, action, resource) when { principal.name == \"x\" };",
        settings,
    );
    let name = "n".repeat(2 << 20);
    let json = format!(
        r#"[{{"uid":{{"type":"User","id":"u"}},"attrs":{{"name":"{name}"}},"parents":[]}}]"#
    );
    let entities = Entities::from_json(&policy, &json).expect("entities");
    let mut instance = policy.instance().expect("an instance");
    let error = instance
        .authorize(&entities, &request(&policy, &entities), 0)
        .expect_err("too large");
    assert!(error.is_memory(), "{error}");
}

#[test]
fn the_deadline_ends_a_call_and_the_instance() {
    // A set of many users, each compared with each: far more work than a millisecond.
    let settings = Settings {
        deadline: Duration::from_millis(1),
        ..Settings::default()
    };
    let schema = "entity U = { s: Set<Long>, t: Set<Long> }; action a appliesTo { principal: U, resource: U };";
    let source = privet_tests::policy_set(
        schema,
        "permit (principal, action, resource) when { principal.s.containsAny(principal.t) };",
    );
    let compiled = privet_compiler::compile(&source).expect("compiles");
    let policy = Engine::new(settings)
        .expect("an engine")
        .load(&compiled.wasm)
        .expect("loads");
    let numbers = |from: u32| {
        (from..from + 60_000)
            .map(|n| n.to_string())
            .collect::<Vec<_>>()
            .join(",")
    };
    let json = format!(
        r#"[{{"uid":{{"type":"U","id":"u"}},"attrs":{{"s":[{}],"t":[{}]}},"parents":[]}}]"#,
        numbers(0),
        numbers(100_000)
    );
    let entities = Entities::from_json(&policy, &json).expect("entities");
    let uid = r#"{"type":"U","id":"u"}"#;
    let action = &policy.manifest().schema.actions[0].uid;
    let request = Request::from_json(&entities, uid, action, uid, "{}").expect("a request");
    let mut instance = policy.instance().expect("an instance");
    let error = instance
        .authorize(&entities, &request, 0)
        .expect_err("too slow");
    assert!(error.is_timeout(), "{error}");
    assert!(
        instance.authorize(&entities, &request, 0).is_err(),
        "a broken instance stays broken"
    );
    // The policy lends it to nobody: whoever asks next is answered.
    let ask = |entities: &Entities, request: &Request| {
        policy.ask(|instance| instance.authorize(entities, request, 0))
    };
    assert!(ask(&entities, &request).expect_err("too slow").is_timeout());
    let few = r#"[{"uid":{"type":"U","id":"u"},"attrs":{"s":[1],"t":[1]},"parents":[]}]"#;
    let few = Entities::from_json(&policy, few).expect("entities");
    let request = Request::from_json(&few, uid, action, uid, "{}").expect("a request");
    assert!(ask(&few, &request).expect("an answer").is_allowed());
}

/// Instances that wait between questions keep nothing that the next one reads.
#[test]
fn an_instance_that_has_answered_answers_as_a_fresh_one() {
    let settings = Settings {
        // So few that none may wait, and enough for some.
        instances: 3,
        ..Settings::default()
    };
    for settings in [settings, Settings::default()] {
        let policy = load(
            "permit (principal, action, resource) when { principal.name == \"x\" };",
            settings,
        );
        let stores = ["x", "y", "", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"].map(|name| {
            let json = format!(
                r#"[{{"uid":{{"type":"User","id":"u"}},"attrs":{{"name":"{name}"}},"parents":[]}}]"#
            );
            Entities::from_json(&policy, &json).expect("entities")
        });
        for (round, store) in stores.iter().cycle().take(40).enumerate() {
            let request = request(&policy, store);
            let kept = policy.ask(|instance| instance.authorize(store, &request, 0));
            let mut fresh = policy.instance().expect("an instance");
            let fresh = fresh.authorize(store, &request, 0).expect("an answer");
            assert_eq!(kept.expect("an answer").is_allowed(), fresh.is_allowed());
            assert_eq!(fresh.is_allowed(), round % 4 == 0);
            // A question that fails is no harm to the next.
            let refused = policy.ask(|instance| instance.authorize(store, &request, 1));
            assert!(refused.is_err());
        }
    }
}

#[test]
fn broken_guests_do_not_load() {
    let compiled = privet_compiler::compile(&source("permit (principal, action, resource);"))
        .expect("compiles");
    let engine = Engine::new(Settings::default()).expect("an engine");
    assert!(engine.load(b"").is_err());
    assert!(engine.load(b"\0asm\x01\0\0\0").is_err());
    for cut in (0..compiled.wasm.len()).step_by(997) {
        assert!(engine.load(&compiled.wasm[..cut]).is_err(), "cut at {cut}");
    }
    let runtime =
        std::fs::read(privet_tests::root().join("guest/runtime.wasm")).expect("the runtime");
    assert!(
        engine.load(&runtime).is_err(),
        "a module with imports and without a manifest"
    );
}

#[test]
fn a_frame_with_one_byte_changed_never_breaks_the_check() {
    let policy = load(
        "permit (principal in Group::\"g\", action, resource) when { principal.name like \"a*\" };",
        Settings::default(),
    );
    let entities = Entities::from_json(
        &policy,
        r#"[{"uid":{"type":"User","id":"u"},"attrs":{"name":"abc"},"parents":[{"type":"Group","id":"g"}]},
            {"uid":{"type":"Group","id":"g"},"attrs":{},"parents":[{"type":"Group","id":"h"}]}]"#,
    )
    .expect("entities");
    let frame = request(&policy, &entities).frame(&entities);
    let mut instance = policy.instance().expect("an instance");
    assert!(instance.verify(&frame).expect("runs"));
    let mut refused = 0;
    for at in 0..frame.len() {
        let mut changed = frame.clone();
        changed[at] ^= 0x41;
        // It may still be valid (a letter of a name), but it must not trap.
        refused += usize::from(!instance.verify(&changed).expect("no trap"));
    }
    assert!(refused > frame.len() / 4, "{refused} of {}", frame.len());
}
