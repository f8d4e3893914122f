//! What breaks: a guest that traps or does not end, a bundle that is damaged, facts that cannot be
//! had. Each time nothing of a résumé is shown, the status says what it is, and what is whole again
//! answers again.
//!
//! Guests without memory, full disks and older packs are in `operation`, gateways whose Privet is
//! gone in `gateways`.

use crate::configuration::build;
use crate::scene::{Scene, eventually, no_secret};
use serde_json::Value;
use std::fs;
use std::time::{Duration, Instant};
use wasmparser::{ExternalKind, Parser, Payload};

/// A guest's code that traps at once.
pub const TRAP: &[u8] = &[0x00];

/// A loop that jumps to its own start.
pub const LOOP: &[u8] = &[0x03, 0x40, 0x0c, 0x00, 0x0b];

/// A guest whose plans run these instructions and then trap; as long as it was, so that nothing in
/// it moves.
pub fn broken(wasm: &[u8], instructions: &[u8]) -> Vec<u8> {
    let (mut plan, mut bodies) = (None, Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("a module") {
            Payload::ExportSection(exports) => {
                let mut exports = exports.into_iter().map(|e| e.expect("an export"));
                let found = exports.find(|e| e.name == "privet_plan");
                let found = found.expect("the plan");
                assert_eq!(found.kind, ExternalKind::Func);
                plan = Some(found.index as usize);
            }
            Payload::CodeSectionEntry(body) => {
                let code = body.get_operators_reader().expect("code");
                let at = |place: u64| usize::try_from(place).expect("a place");
                let place = at(code.original_position())..at(body.range().end);
                bodies.push(place);
            }
            _ => {}
        }
    }
    // A guest imports nothing, so functions are counted from its own first.
    let body = bodies[plan.expect("the plan")].clone();
    let mut broken = wasm.to_vec();
    let (first, rest) = broken[body].split_at_mut(instructions.len());
    first.copy_from_slice(instructions);
    // Unreachable, then nothing at all until the end.
    rest.fill(0x01);
    rest[0] = 0x00;
    *rest.last_mut().expect("an end") = 0x0b;
    broken
}

/// A scene whose pack is a file of its folder, `liepin`.
fn with_file(more: &[&str], source: impl Fn(&[u8]) -> String, limits: &str) -> Scene {
    let mut scene = Scene::prepare(&[("decision_ms = 10000", limits)]);
    build(&scene, "liepin", more);
    let bytes = fs::read(scene.folder.join("liepin")).expect("the pack");
    let text = scene.read("privet.toml");
    let line = text.lines().find(|l| l.starts_with("folder = "));
    scene.edit(line.expect("the folder"), &source(&bytes));
    scene.run();
    scene
}

fn put(scene: &Scene, name: &str, bytes: &[u8]) {
    let new = scene.folder.join("new");
    fs::write(&new, bytes).expect("written");
    fs::rename(new, scene.folder.join(name)).expect("renamed");
}

fn reload(scene: &Scene) -> u16 {
    scene.admin("POST", "/reload", &Value::Null).status
}

fn errors(scene: &Scene, cause: &str) -> u64 {
    let metrics = scene.admin("GET", "/metrics", &Value::Null).text();
    let start = format!("privet_errors_total{{cause=\"{cause}\"}} ");
    let line = metrics.lines().find_map(|l| l.strip_prefix(&start));
    line.map_or(0, |count| count.parse().expect("a number"))
}

fn shows(scene: &Scene) -> u16 {
    let reply = scene.get("other-job-recruiter", "/resumes/resume-1");
    no_secret(&reply);
    assert_eq!(reply.text().contains("basics"), reply.status == 200);
    reply.status
}

/// Plans that break, by an instruction, are a 503 each through every door, and counted by cause; the
/// whole guest answers again.
fn plans_that_break(instructions: &[u8], cause: &str, limits: &str) {
    let scene = with_file(&[], |_| "wasm = \"liepin\"".to_owned(), limits);
    let whole = fs::read(scene.folder.join("liepin")).expect("the pack");
    assert_eq!(shows(&scene), 200);
    put(&scene, "liepin", &broken(&whole, instructions));
    // The revision of the pack is the same; its bytes are not.
    assert_eq!(reload(&scene), 200, "{}", scene.stderr());
    let before = scene.upstream.heads().len();
    for path in [
        "/resumes/resume-1",
        "/resumes/resume-1?view=download",
        "/resumes/resume-2",
        "/search",
    ] {
        let reply = scene.get("applied-recruiter", path);
        assert_eq!(reply.status, 503, "{path}: {}", reply.text());
        no_secret(&reply);
    }
    // Without a decision the service was not even asked; a page asks it first.
    let heads = scene.upstream.heads().split_off(before);
    assert!(!heads.contains("/resumes/"), "{heads}");
    let question = serde_json::json!({
        "subject": {"type": "Recruiter", "id": "recruiter-1"}, "action": {"name": "detail"},
        "resource": {"type": "Resume", "id": "resume-1"}, "context": {"purpose": "recruitment"},
    });
    let json = [("Content-Type", "application/json")];
    let path = "/access/v1/evaluation";
    let reply = scene.send(
        "decisions",
        "POST",
        path,
        &json,
        question.to_string().as_bytes(),
    );
    assert_eq!(reply.status, 500, "{}", reply.text());
    assert_eq!(errors(&scene, cause), 5, "{}", scene.stderr());
    let records = scene.read("log/decisions.jsonl");
    assert!(records.contains("\"outcome\":\"decision\""), "{records}");
    put(&scene, "liepin", &whole);
    assert_eq!(reload(&scene), 200);
    assert_eq!(shows(&scene), 200);
}

#[test]
fn a_guest_that_traps_shows_nothing() {
    plans_that_break(TRAP, "trap", "decision_ms = 10000");
}

#[test]
fn a_guest_that_does_not_end_is_ended() {
    plans_that_break(LOOP, "deadline", "decision_ms = 1000");
}

#[test]
fn a_damaged_bundle_changes_nothing() {
    let source = |bytes: &[u8]| {
        let digest = privet_host::Digest::of(bytes);
        format!("bundle = \"liepin\"\ndigest = \"{digest}\"")
    };
    let scene = with_file(&["--aot"], source, "decision_ms = 10000");
    let whole = fs::read(scene.folder.join("liepin")).expect("the bundle");
    let live = scene.revision();
    assert_eq!(shows(&scene), 200);
    for place in [0, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        put(&scene, "liepin", &damaged);
        assert_eq!(reload(&scene), 409, "byte {place}");
        assert_eq!((shows(&scene), scene.revision()), (200, live.clone()));
    }
    put(&scene, "liepin", &whole[..whole.len() / 2]);
    assert_eq!(reload(&scene), 409);
    fs::remove_file(scene.folder.join("liepin")).expect("removed");
    assert_eq!(reload(&scene), 409);
    assert_eq!((shows(&scene), scene.revision()), (200, live));
    put(&scene, "liepin", &whole);
    assert_eq!(reload(&scene), 200);
}

#[test]
fn facts_that_cannot_be_had_change_nothing() {
    let scene = Scene::start(&[]);
    let facts = scene.read("facts.json");
    let half = facts.get(..100).expect("a part");
    for broken in [half, "", "[]", "{\"entities\": {}}"] {
        scene.write("facts.json", broken);
        assert_eq!(reload(&scene), 409, "{broken:.20}");
        assert_eq!(shows(&scene), 200);
    }
    fs::remove_file(scene.folder.join("facts.json")).expect("removed");
    assert_eq!(reload(&scene), 409);
    assert_eq!(shows(&scene), 200);
    // What is known of nobody is shown to nobody.
    scene.write("facts.json", "{}");
    assert_eq!(reload(&scene), 200);
    assert_eq!(shows(&scene), 404);
    scene.write("facts.json", &facts);
    assert_eq!(reload(&scene), 200);
    assert_eq!(shows(&scene), 200);
}

#[test]
fn a_service_that_brings_the_facts_may_be_slow_or_gone() {
    let envelope = "file = \"facts.json\"\nenvelope = \"x-facts\"";
    let edits = [
        ("file = \"facts.json\"", envelope),
        ("#limits", "upstream_ms = 1000"),
    ];
    let scene = Scene::start(&edits);
    let ask = |path: &str| {
        let reply = scene.get("other-job-recruiter", path);
        no_secret(&reply);
        reply.status
    };
    assert_eq!(ask("/resumes/r_envelope"), 200);
    let start = Instant::now();
    assert_eq!(ask("/resumes/r_silent"), 504);
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "it waits for ever"
    );
    assert_eq!(ask("/resumes/r_short"), 502);
    assert_eq!(ask("/resumes/resume-1"), 503);
    assert_eq!(ask("/resumes/r_envelope"), 200);
    // Nobody listens there.
    let here = format!("127.0.0.1:{}", scene.upstream.port);
    scene.edit(&here, "127.0.0.1:9");
    assert_eq!(reload(&scene), 200);
    assert_eq!(ask("/resumes/r_envelope"), 502);
    scene.edit("127.0.0.1:9", &here);
    assert_eq!(reload(&scene), 200);
    eventually("the service", || ask("/resumes/r_envelope") == 200);
}
