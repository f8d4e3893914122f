//! What `privet serve --check` accepts and refuses, and what it says.

use crate::scene::Scene;
use std::fs;

#[test]
fn the_quick_start_is_sound() {
    let (sound, said) = Scene::prepare(&[]).check();
    assert!(sound, "{said}");
    assert!(said.contains("2 routes, packs: liepin 2"), "{said}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (from, to, says) in [
        (
            "[upstream]",
            "[upstream]\nsecure = true",
            "unknown field `secure`",
        ),
        (
            "admin = \"127.0.0.1:0\"",
            "admin = \"0.0.0.0:0\"",
            "server.admin: `0.0.0.0:0` is neither loopback nor a Unix socket",
        ),
        (
            "\"127.0.0.1:0\"",
            "\"localhost:0\"",
            "`localhost:0` is neither IP:PORT nor unix:PATH",
        ),
        (
            "algorithms = [\"EdDSA\"]",
            "algorithms = [\"HS256\"]",
            "identity.jwt.algorithms: `HS256` is not taken",
        ),
        (
            "algorithms = [\"EdDSA\"]",
            "algorithms = []",
            "identity.jwt.algorithms: pin at least one",
        ),
        (
            "audience = \"resumes\"",
            "audience = \"\"",
            "`issuer` and `audience` must say something",
        ),
        (
            "jwks_file = \"jwks.json\"",
            "jwks_url = \"http://keys.example/\"",
            "keys come by https, or from this machine",
        ),
        (
            "jwks_file = \"jwks.json\"",
            "jwks_file = \"none.json\"",
            "none.json",
        ),
        (
            "packs = [\"liepin\"]\nresource_id",
            "packs = [\"zhaopin\"]\nresource_id",
            "route `/resumes/{resume}`: packs: there is no pack `zhaopin`",
        ),
        (
            "resource_id = \"resume\"",
            "resource_id = \"id\"",
            "the path has no `{id}`",
        ),
        (
            "default = \"detail\"",
            "default = \"details\"",
            "the packs have no gate for `details`",
        ),
        (
            "path = \"/search\"",
            "path = \"search\"",
            "a path starts with `/`",
        ),
        (
            "file = \"facts.json\"",
            "file = \"privet.toml\"",
            "facts: not JSON at line 1",
        ),
        (
            "url = \"http://127.0.0.1:8081\"\npacks = [\"liepin\"]",
            "url = \"\"\npacks = []",
            "authzen.packs: none decides",
        ),
        (
            "values = [\"recruitment\", \"marketing\", \"research\"]",
            "",
            "context.purpose: what a client declares needs `values`",
        ),
        (
            "claim = \"job\"",
            "claim = \"job\"\nquery = \"job\"",
            "context.job: set exactly one of",
        ),
        (
            "[context.job]",
            "[context.now]",
            "context.now: set by the gateway alone",
        ),
        (
            "folder = ",
            "bundle = ",
            "a bundle is machine code: pin its `digest`",
        ),
        (
            "decision_ms = 10000",
            "decision_ms = \"long\"",
            "decision_ms",
        ),
        (
            "key = \"log/watermark-key.json\"",
            "key = \"log/none\"",
            "obligations.watermark.key",
        ),
        (
            "name = \"liepin\"",
            "name = \"liepin\"\nmin_revision = 99",
            "revision 2 is older than `min_revision`, 99",
        ),
    ] {
        let (sound, said) = Scene::prepare(&[(from, to)]).check();
        assert!(!sound && said.contains(says), "{to}: {said}");
    }
}

#[test]
fn guests_are_taken_by_their_digest() {
    let scene = Scene::prepare(&[]);
    let built = scene.folder.join("liepin.wasm");
    let pack = crate::http::root().join("policies/liepin");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_privet"))
        .arg("build")
        .arg(&pack)
        .arg("-o")
        .arg(&built)
        .output()
        .expect("runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut wasm = fs::read(&built).expect("the guest");
    let digest = privet_host::Digest::of(&wasm).to_string();
    let text = scene.read("privet.toml");
    let line = text
        .lines()
        .find(|l| l.starts_with("folder = "))
        .expect("the folder");
    scene.edit(
        line,
        &format!("wasm = \"liepin.wasm\"\ndigest = \"{digest}\""),
    );
    let (sound, said) = scene.check();
    assert!(sound, "{said}");
    // One bit.
    let middle = wasm.len() / 2;
    wasm[middle] ^= 1;
    fs::write(&built, wasm).expect("written");
    let (sound, said) = scene.check();
    assert!(
        !sound && said.contains("not the one whose digest is pinned"),
        "{said}"
    );
}
