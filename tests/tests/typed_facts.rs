//! Facts from typed values, and from the calls of the C library, beside the same facts from JSON.
//!
//! Values are laid out as JSON's are, to the byte; calls from C, under AddressSanitizer, get the same
//! plans, or are refused in the same words.

#[path = "../../cli/tests/common/native.rs"]
mod native;

use native::{Link, capi, compile, text};
use privet_compiler::Source;
use privet_host::manifest::Manifest;
use privet_host::{Entities, Facts, Policy, RequestBuilder};
use privet_tests::generate::pack;
use privet_tests::packs::{load, packs, views};
use privet_tests::random::Random;
use privet_tests::typed::{Calls, Typed};
use privet_tests::{facts, quick_engine, with_stack};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every case of a pack, and its viewers: a view and facts.
fn cases(pack: &privet_pack::Pack) -> Vec<(String, Value)> {
    let cases = pack.cases().expect("cases").into_iter();
    let viewers = pack.viewers().expect("viewers").into_iter().map(|viewer| {
        let text = pack.viewer(&viewer).expect("facts");
        let facts: Value = serde_json::from_str(&text).expect("JSON");
        (facts["view"].as_str().expect("a view").to_owned(), facts)
    });
    cases.map(|c| (c.view, c.facts)).chain(viewers).collect()
}

/// Facts at random for the first plan of a pack.
fn random_facts(manifest: &Manifest, random: &mut Random) -> Value {
    let mut facts = facts::Facts {
        manifest,
        random: Random::new(random.number()),
    };
    let store = facts.entities();
    facts.viewer(0, &store)
}

/// Generated packs, each with a few facts: schemas with all types.
fn generated(count: u64) -> Vec<(Policy, Vec<Value>)> {
    let mut random = Random::new(20_210_429);
    let engine = quick_engine();
    let mut made = Vec::new();
    for _ in 0..count {
        let source = pack::source(
            &pack::schema(&mut random),
            "permit (principal, action, resource);",
        );
        let source = Source {
            policies: source.policies.into_iter().map(named).collect(),
            ..source
        };
        let compiled = privet_compiler::compile(&source).unwrap_or_else(|e| panic!("{e}"));
        let policy = engine.load(&compiled.wasm).expect("loads");
        let facts = (0..8).map(|_| random_facts(policy.manifest(), &mut random));
        let facts = facts.collect();
        made.push((policy, facts));
    }
    made
}

fn named(mut file: privet_compiler::SourceFile) -> privet_compiler::SourceFile {
    file.text = format!("@id(\"all\") {}", file.text);
    file
}

/// One store and request from JSON and from values.
fn same_frame(policy: &Policy, view: &str, json: &Value) {
    let typed = Typed::of(policy.manifest(), json);
    let read = Facts::from_json(policy, &json.to_string(), Some(view)).expect("facts");
    let entities = Entities::from_values(policy, &typed.entities).expect("a store");
    let mut builder = RequestBuilder::new(&entities)
        .principal(&typed.principal.0, &typed.principal.1)
        .resource(&typed.resource.0, &typed.resource.1)
        .view(view)
        .now(typed.now);
    for (name, value) in typed.context {
        builder = builder.field(&name, value);
    }
    let request = builder.build().expect("a request");
    assert_eq!(
        request.frame(&entities),
        read.request.frame(&read.entities),
        "{view}: {json}"
    );
}

#[test]
fn typed_values_are_laid_out_as_json_is() {
    with_stack(|| {
        let mut compared = 0;
        for pack in packs() {
            let policy = load(&pack.source);
            for (view, facts) in cases(&pack) {
                same_frame(&policy, &view, &facts);
                compared += 1;
            }
        }
        for (policy, facts) in generated(8) {
            let view = views(&policy).remove(0);
            for facts in facts {
                same_frame(&policy, &view, &facts);
                compared += 1;
            }
        }
        assert!(compared > 150, "{compared}");
    });
}

/// A folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

const SANITIZED: &[&str] = &["-fsanitize=address,undefined"];

fn run(program: &Path, arguments: &[&Path]) -> String {
    let ran = Command::new(program)
        .args(arguments)
        .output()
        .expect("runs");
    assert!(ran.status.success(), "{}", text(&ran));
    text(&ran)
}

/// What C says to calls, one line for each plan and each refusal.
fn replayed(wasm: &[u8], calls: &Calls, name: &str) -> Vec<String> {
    let folder = folder(name);
    let [program, pack, script] = ["replay", "pack.wasm", "calls"].map(|n| folder.join(n));
    compile("tests/replay.c", &program, Link::Shared, SANITIZED);
    std::fs::write(&pack, wasm).expect("written");
    std::fs::write(&script, &calls.0).expect("written");
    let said = run(&program, &[&pack, &script]);
    std::fs::remove_dir_all(folder).expect("removed");
    said.lines().map(str::to_owned).collect()
}

fn wasm(source: &Source) -> Vec<u8> {
    let compiled = privet_compiler::compile(source).unwrap_or_else(|e| panic!("{e}"));
    compiled.wasm
}

#[test]
fn typed_calls_from_c_plan_as_json_does() {
    with_stack(|| {
        let mut random = Random::new(77);
        for pack in packs() {
            let policy = load(&pack.source);
            let mut all = cases(&pack);
            for view in views(&policy) {
                let random = (0..4).map(|_| random_facts(policy.manifest(), &mut random));
                all.extend(random.map(|facts| (view.clone(), facts)));
            }
            let mut calls = Calls::default();
            for (view, facts) in &all {
                calls.all(view, facts, &Typed::of(policy.manifest(), facts));
            }
            let said = replayed(&wasm(&pack.source), &calls, &pack.file.name);
            assert_eq!(said.len(), all.len());
            let other = said.iter().position(|line| !line.starts_with("same 0 "));
            assert_eq!(other.map(|at| (&said[at], &all[at])), None);
            let open = said.iter().filter(|l| l.contains("\"gate\":\"open\""));
            assert!(open.count() > 40, "{}", said.len());
        }
    });
}

/// The folder of the example's pack.
fn example() -> privet_pack::Pack {
    privet_pack::read(&capi().join("examples/pack")).expect("a pack")
}

#[test]
fn a_fact_of_each_type_from_c() {
    let pack = example();
    let folder = folder("facts");
    let [program, guest] = ["facts", "types.wasm"].map(|n| folder.join(n));
    std::fs::write(&guest, wasm(&pack.source)).expect("written");
    for link in [Link::Shared, Link::Static] {
        compile("examples/facts.c", &program, link, SANITIZED);
        let said = run(&program, &[&guest, &pack.folder.join("viewers/all.json")]);
        let plan = said.strip_prefix("same ");
        let plan = plan.unwrap_or_else(|| panic!("{link:?}: {said}"));
        let plan: Value = serde_json::from_str(plan).expect("JSON");
        let classes = plan["classes"].as_object().expect("classes");
        // A fact that did not arrive as it was given would remove its class.
        assert_eq!(classes.len(), 18, "{plan}");
        assert!(classes.values().all(|shown| shown == "reveal"), "{plan}");
    }
    std::fs::remove_dir_all(folder).expect("removed");
}

/// The calls of the example's facts with some of them replaced, and the JSON with it.
struct Misfit {
    /// A JSON pointer, and what stands there instead; `None` takes it out.
    at: &'static str,
    json: Option<Value>,
    calls: fn(&mut Calls),
}

#[test]
fn misfits_from_c_are_refused_in_the_words_of_json() {
    let pack = example();
    let manifest = load(&pack.source).manifest().clone();
    let text = pack.viewer("all").expect("facts");
    let facts: Value = serde_json::from_str(&text).expect("JSON");
    let misfits = [
        Misfit {
            at: "/entities/0/attrs/level",
            json: Some(json!("seven")),
            calls: |c| c.call("text", &["level", "seven"]),
        },
        Misfit {
            at: "/entities/0/attrs/level",
            json: None,
            calls: |_| {},
        },
        Misfit {
            at: "/entities/0/attrs/numbers",
            json: Some(json!([1, "two"])),
            calls: |c| {
                c.call("set", &["numbers"]);
                c.call("long", &["", "1"]);
                c.call("text", &["", "two"]);
                c.call("end", &[]);
            },
        },
        Misfit {
            at: "/entities/0/attrs/height",
            json: Some(json!(true)),
            calls: |c| c.call("bool", &["height", "1"]),
        },
        Misfit {
            at: "/entities/0/attrs/manager",
            json: Some(json!({"type": "Group", "id": "all"})),
            calls: |c| c.call("reference", &["manager", "Group", "all"]),
        },
        Misfit {
            at: "/entities/0/attrs/balance",
            json: Some(json!({"__extn": {"fn": "decimal", "arg": "1.23456"}})),
            calls: |c| c.call("decimal", &["balance", "1.23456"]),
        },
        Misfit {
            at: "/entities/0/attrs/joined",
            json: Some(json!(5)),
            calls: |c| c.call("long", &["joined", "5"]),
        },
        Misfit {
            at: "/entities/0/attrs/network",
            json: Some(json!({"__extn": {"fn": "duration", "arg": "5ms"}})),
            calls: |c| c.call("duration", &["network", "5"]),
        },
        Misfit {
            at: "/entities/0/attrs/address",
            json: Some(json!({"city": "x", "flags": [], "zip": {}})),
            calls: |c| {
                c.call("record", &["address"]);
                c.call("text", &["city", "x"]);
                c.call("set", &["flags"]);
                c.call("end", &[]);
                c.call("record", &["zip"]);
                c.call("end", &[]);
                c.call("end", &[]);
            },
        },
    ];
    let mut calls = Calls::default();
    for misfit in &misfits {
        let (parent, name) = misfit.at.rsplit_once('/').expect("a pointer");
        let mut other = facts.clone();
        let members = other.pointer_mut(parent).and_then(Value::as_object_mut);
        let members = members.expect("an object");
        members.remove(name);
        if let Some(json) = &misfit.json {
            members.insert(name.to_owned(), json.clone());
        }
        // The rest as it is, and the misfit among the attributes of the first entity.
        let mut typed = Typed::of(&manifest, &facts);
        let first = typed.entities.remove(0);
        let rest: Vec<_> = first
            .attributes
            .into_iter()
            .filter(|(n, _)| n != name)
            .collect();
        calls.begin("detail", &other, &typed);
        calls.entity(&privet_host::FactEntity {
            attributes: rest,
            tags: Vec::new(),
            ..first
        });
        (misfit.calls)(&mut calls);
        calls.call("build", &[]);
    }
    let said = replayed(&wasm(&pack.source), &calls, "misfits");
    assert_eq!(said.len(), misfits.len(), "{said:#?}");
    for (line, misfit) in said.iter().zip(&misfits) {
        assert!(line.starts_with("same 3 "), "{}: {said:#?}", misfit.at);
    }
}

/// Calls, and what is said to them; then what is said to the build.
type Misuse = (&'static [&'static [&'static str]], &'static [&'static str]);

const FAILED: &str = "  typed 3 an earlier call with this builder failed";

const MISUSES: &[Misuse] = &[
    (
        &[&["end"]],
        &[
            "refused end: 3 an end without a set or record that has begun",
            FAILED,
        ],
    ),
    (
        &[&["tags"]],
        &[
            "refused tags: 3 the context has neither parents nor tags: begin an entity first",
            FAILED,
        ],
    ),
    (
        &[&["parent", "Group", "all"]],
        &[
            "refused parent: 3 the context has neither parents nor tags: begin an entity first",
            FAILED,
        ],
    ),
    (
        &[&["set", "numbers"], &["long", "one", "1"], &["end"]],
        &[
            "refused long: 3 `one`: the elements of the set `numbers` have no names",
            FAILED,
        ],
    ),
    (
        &[&["set", "numbers"], &["record", "one"], &["end"]],
        &[
            "refused record: 3 `one`: the elements of the set `numbers` have no names",
            FAILED,
        ],
    ),
    (
        &[&["record", "place"], &["entity", "Group", "all"]],
        &[
            "refused entity: 3 `place` has begun and was not ended",
            FAILED,
        ],
    ),
    (
        &[&["text", "city", "\u{0}\u{fffd}"], &["set", "numbers"]],
        &["  typed 3 `numbers` has begun and was not ended"],
    ),
    (
        &[&["bool", "ip", "1"], &["bool", "ip", "1"]],
        &["  typed 3 principal, resource and time are needed"],
    ),
    (
        &[
            &["ask", "Viewer", "viewer-1", "Resume", "resume-1", "0"],
            &["bool", "ip", "1"],
            &["bool", "ip", "1"],
        ],
        &["  typed 3 context: the field `ip` stands twice"],
    ),
];

#[test]
fn misuse_from_c_is_refused_and_builds_nothing() {
    let mut calls = Calls::default();
    let mut expected = Vec::new();
    for (misuse, said) in MISUSES {
        calls.call("begin", &["detail", "{}"]);
        for call in *misuse {
            calls.call(call[0], &call[1..]);
        }
        calls.call("build", &[]);
        expected.extend_from_slice(said);
    }
    // Nested without end.
    calls.call("begin", &["detail", "{}"]);
    for _ in 0..128 {
        calls.call("record", &["deep"]);
    }
    calls.call("build", &[]);
    expected.extend(["refused record: 3 `deep` is nested over 127 levels", FAILED]);
    let said = replayed(&wasm(&example().source), &calls, "misuse");
    let told = said.iter().map(String::as_str);
    let told = told.filter(|l| l.starts_with("refused ") || l.starts_with("  typed "));
    assert_eq!(told.collect::<Vec<_>>(), expected, "{said:#?}");
}
