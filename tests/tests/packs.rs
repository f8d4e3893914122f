//! Every pack against Cedar: its viewers, and random facts, for every action and view.
//!
//! A pack is strict: an erring forbid denies, which Cedar does not do. So the comparison with Cedar
//! runs on the pack compiled without that step, and the step has its own check.

use privet_compiler::Source;
use privet_gateway::enforce;
use privet_host::{Facts, GateAnswer, RequestBuilder};
use privet_tests::facts;
use privet_tests::packs::{compare, load, oracle, packs, views};
use privet_tests::random::Random;
use serde_json::Value;

#[test]
fn viewers_decide_as_cedar() {
    for pack in packs() {
        let lenient = Source {
            strict: false,
            ..pack.source.clone()
        };
        let (policy, oracle) = (load(&lenient), oracle(&pack.source));
        let mut compared = 0;
        for viewer in pack.viewers().expect("viewers") {
            let text = pack.viewer(&viewer).expect("facts");
            let json: Value = serde_json::from_str(&text).expect("JSON");
            compared += compare(&[&policy], &oracle, &json, &views(&policy));
        }
        println!("{}: {compared} answers", pack.file.name);
        assert!(compared > 0);
    }
}

#[test]
fn random_facts_decide_as_cedar() {
    privet_tests::with_stack(|| {
        for pack in packs() {
            let lenient = Source {
                strict: false,
                ..pack.source.clone()
            };
            let (policy, oracle) = (load(&lenient), oracle(&pack.source));
            let manifest = policy.manifest();
            let mut facts = facts::Facts {
                manifest,
                random: Random::new(42),
            };
            let mut compared = 0;
            for _ in 0..6 {
                let store = facts.entities();
                for plan in 0..manifest.plans.len() {
                    let viewer = facts.viewer(plan, &store);
                    compared += compare(&[&policy], &oracle, &viewer, &views(&policy));
                }
            }
            println!("{}: {compared} answers on random facts", pack.file.name);
        }
    });
}

/// A request from typed values is the one from JSON.
#[test]
fn the_typed_builder_gives_what_json_gives() {
    let pack = packs().remove(0);
    let policy = load(&pack.source);
    let text = pack.viewer("applied-recruiter").expect("facts");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let facts = Facts::from_json(&policy, &text, Some("detail")).expect("facts");
    let part = |key: &str, part: &str| json[key][part].as_str().expect("a text").to_owned();
    let now = privet_frame::extension::datetime(json["now"].as_str().expect("a time"));
    let mut builder = RequestBuilder::new(&facts.entities)
        .principal(&part("principal", "type"), &part("principal", "id"))
        .resource(&part("resource", "type"), &part("resource", "id"))
        .view("detail")
        .now(now.expect("a datetime"));
    for (field, value) in json["context"].as_object().expect("an object") {
        builder = match value {
            Value::Array(ids) => {
                let ids: Vec<&str> = ids.iter().filter_map(|i| i["id"].as_str()).collect();
                builder.entities(field, "View", &ids)
            }
            value => {
                let uid = value.get("__entity").unwrap_or(value);
                let text = |key: &str| uid[key].as_str().expect("a text");
                builder.entity(field, text("type"), text("id"))
            }
        };
    }
    let request = builder.clone().build().expect("a request");
    assert_eq!(
        request.frame(&facts.entities),
        facts.request.frame(&facts.entities)
    );
    assert!(builder.boolean("no-such-field", true).build().is_err());
    // The gate of one view does not open on the facts of another.
    let mut instance = policy.instance().expect("an instance");
    assert!(instance.plan(&facts.entities, &request, "detail").is_ok());
    assert!(instance.plan(&facts.entities, &request, "card").is_err());
    let page = [&request, &facts.request, &request];
    let plans = instance
        .plan_many(&facts.entities, page, "detail")
        .expect("plans");
    assert_eq!(plans.len(), 3);
}

/// In strict mode an erring forbid denies what it could have forbidden.
#[test]
fn an_erring_forbid_denies_in_a_strict_pack() {
    let mut source = packs().remove(0).source;
    source.policies.push(privet_compiler::SourceFile {
        name: "erring.cedar".to_owned(),
        text:
            "@id(\"erring\") forbid (principal, action == Action::\"nameMask\", resource is Resume)
               when { Resume::\"nobody\".phoneProtected };"
                .to_owned(),
    });
    let viewer = packs()
        .remove(0)
        .viewer("applied-recruiter")
        .expect("facts");
    for strict in [false, true] {
        source.strict = strict;
        let policy = load(&source);
        let facts = Facts::from_json(&policy, &viewer, Some("detail")).expect("facts");
        let mut instance = policy.instance().expect("an instance");
        let plan = instance
            .plan(&facts.entities, &facts.request, "detail")
            .expect("a plan");
        assert_eq!(plan.errors(), ["erring"]);
        // The rung above it is protected, the one below still shows less.
        let shown = plan.rung("name").map(|r| r.rendering.as_str());
        assert_eq!(shown == Some("mask:name"), !strict, "{shown:?}");
    }
}

#[test]
fn the_same_pack_gives_the_same_bytes() {
    for pack in packs() {
        let [first, second] =
            [(); 2].map(|()| privet_compiler::compile(&pack.source).expect("compiles"));
        assert_eq!(first.wasm, second.wasm);
        let component = privet_compiler::component(&first.wasm).expect("a component");
        assert_eq!(
            component,
            privet_compiler::component(&second.wasm).expect("a component")
        );
    }
}

/// Every real résumé, every viewer, every view: valid JSON, and nothing of the contact details for
/// those without a right to them.
#[test]
fn real_resumes_leak_nothing() {
    let Some(folder) = privet_tests::folder("PRIVET_RESUMES") else {
        return;
    };
    let mut documents = Vec::new();
    for entry in std::fs::read_dir(folder).expect("résumés") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default()
            .to_owned();
        if name.ends_with(".json") && !name.ends_with(".schema.json") {
            documents.push((name, std::fs::read(&path).expect("a file")));
        }
    }
    assert!(documents.len() >= 7);
    for pack in packs() {
        let policy = load(&pack.source);
        let mut instance = policy.instance().expect("an instance");
        for viewer in pack.viewers().expect("viewers") {
            let text = pack.viewer(&viewer).expect("facts");
            for view in views(&policy) {
                let facts = Facts::from_json(&policy, &text, Some(&view)).expect("facts");
                let plan = instance
                    .plan(&facts.entities, &facts.request, &view)
                    .expect("a plan");
                for (name, document) in &documents {
                    let shown = enforce::redacted(&plan, &facts.issued, &facts.known, document);
                    if name.contains("broken") || plan.gate() != GateAnswer::Open {
                        assert!(shown.is_err(), "{name} for {viewer} in {view}");
                        continue;
                    }
                    let shown = shown.unwrap_or_else(|e| panic!("{name} for {viewer}: {e}"));
                    let _: Value = serde_json::from_slice(&shown).expect("valid JSON");
                    if viewer == "candidate" {
                        continue;
                    }
                    let original: Value = serde_json::from_slice(document).expect("JSON");
                    let shown = String::from_utf8(shown).expect("UTF-8");
                    for secret in ["email", "phone", "name"] {
                        let value = original["basics"][secret].as_str().unwrap_or_default();
                        assert!(
                            value.is_empty() || !shown.contains(value),
                            "{secret} of {name} shown to {viewer} in {view}"
                        );
                    }
                }
            }
        }
    }
}
