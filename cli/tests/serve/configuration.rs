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
fn a_check_makes_nothing_and_says_what_does_not_fit() {
    let edits = [
        ("record = \"log/", "record = \"new/"),
        ("ledger = \"log/", "ledger = \"newer/"),
    ];
    let scene = Scene::prepare(&edits);
    let names = || {
        let all = std::fs::read_dir(&scene.folder).expect("a folder");
        let log = std::fs::read_dir(scene.folder.join("log")).expect("a folder");
        let names = all.chain(log).map(|e| e.expect("an entry").path());
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let before = names();
    let (sound, said) = scene.check();
    assert!(sound && !said.contains("facts.file"), "{said}");
    assert_eq!(names(), before);
    let mut facts = crate::scene::facts();
    facts["entities"][0]["attrs"] = serde_json::json!({"odd": 1});
    scene.write("facts.json", &facts.to_string());
    let (sound, said) = scene.check();
    assert!(sound && said.contains("\nfacts.file: "), "{said}");
    assert!(said.contains("`odd` is not declared"), "{said}");
    // Where nothing could be made, it says so.
    scene.edit("\"new/", "\"facts.json/");
    let (sound, said) = scene.check();
    assert!(!sound && said.contains("obligations.record"), "{said}");
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
            "\n[upstream]",
            "\n[server.tls]\ncertificate = \"c\"\nkey = \"k\"\ndoors = [\"spoe\"]\n[upstream]",
            "unknown variant `spoe`",
        ),
        (
            "\n[upstream]",
            "\n[server.tls]\ncertificate = \"c\"\nkey = \"k\"\ndoors = [\"proxy\"]\n[upstream]",
            "server.tls.certificate: ",
        ),
        (
            "admin = \"127.0.0.1:0\"",
            "admin = \"0.0.0.0:0\"\ntls = { certificate = \"c\", key = \"k\", doors = [\"admin\"] }",
            "nor does server.tls ask there for certificates of `client_ca`",
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
            "#limits",
            "[tracing]\nendpoint = \"http://127.0.0.1:4318\"\nprotocol = \"grpc\"",
            "unknown field `protocol`",
        ),
        (
            "#limits",
            "[tracing]\nendpoint = \"127.0.0.1:4318\"",
            "tracing.endpoint: `127.0.0.1:4318`",
        ),
        (
            "#limits",
            "[tracing]\nendpoint = \"http://127.0.0.1:4318\"\nsampling_ratio = 1.5",
            "tracing.sampling_ratio: 1.5 is not between 0 and 1",
        ),
        (
            "#limits",
            "[tracing]\nendpoint = \"http://127.0.0.1:4318\"\nqueue_spans = 0",
            "tracing.queue_spans: 0 is not between 1 and 1048576",
        ),
        (
            "#limits",
            "[tracing]\nendpoint = \"http://127.0.0.1:4318\"\nheaders = { \"a b\" = \"c\" }",
            "tracing.headers: `a b`",
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

/// Builds the pack of the quick start, and says what was printed.
pub fn build(scene: &Scene, name: &str, more: &[&str]) -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_privet"))
        .arg("build")
        .arg(crate::http::root().join("policies/liepin"))
        .args(more)
        .arg("-o")
        .arg(scene.folder.join(name))
        .output()
        .expect("runs");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn guests_and_bundles_are_taken_by_their_digest() {
    for (key, more) in [("wasm", &[][..]), ("bundle", &["--aot"])] {
        let scene = Scene::prepare(&[]);
        let said = build(&scene, "liepin", more);
        let built = scene.folder.join("liepin");
        let mut bytes = fs::read(&built).expect("the pack");
        let digest = privet_host::Digest::of(&bytes).to_string();
        assert!(key == "wasm" || said.contains(&digest), "{said}");
        let text = scene.read("privet.toml");
        let line = text.lines().find(|l| l.starts_with("folder = "));
        let source = format!("{key} = \"liepin\"\ndigest = \"{digest}\"");
        scene.edit(line.expect("the folder"), &source);
        let (sound, said) = scene.check();
        assert!(sound, "{key}: {said}");
        // One bit.
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&built, bytes).expect("written");
        let (sound, said) = scene.check();
        let refused = said.contains("not the one whose digest is pinned");
        assert!(!sound && refused, "{key}: {said}");
    }
}
