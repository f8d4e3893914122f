//! The C library from other languages: C under AddressSanitizer, Python without a wrapper, and the
//! header that both rest on.

use crate::gateways::program;
use crate::guests::compiled;
use crate::http::root;
use crate::native::{Link, built, capi, compile, text};
use crate::scene::{SECRETS, Scene, token};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

fn viewer(name: &str) -> PathBuf {
    root().join(format!("policies/liepin/viewers/{name}.json"))
}

fn resume() -> PathBuf {
    root().join("docs/gateways/upstream/resumes/resume-1.json")
}

/// What the example prints, one way of building and running it.
fn c_example(scene: &Scene, link: Link, flags: &[&str]) -> String {
    let out = scene.folder.join("privet-c");
    compile("examples/privet.c", &out, link, flags);
    let run = |config: &str| {
        Command::new(&out)
            .current_dir(&scene.folder)
            .args(["pack.wasm"])
            .args([viewer("other-job-recruiter"), resume()])
            .args([config, token("other-job-recruiter")])
            .output()
            .expect("runs")
    };
    let refused = run("missing.toml");
    assert!(!refused.status.success());
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        why.starts_with("gateway: missing.toml: No such file"),
        "{why}"
    );
    let ran = run("privet.toml");
    assert!(ran.status.success(), "{}", text(&ran));
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

#[test]
fn c_under_address_sanitizer() {
    c(Link::Shared, &["-fsanitize=address,undefined"]);
}

#[test]
fn c_with_the_static_library() {
    c(Link::Static, &["-fsanitize=address,undefined"]);
}

fn c(link: Link, flags: &[&str]) {
    // A thousand guests reserve more addresses than the sanitizer leaves.
    let scene = Scene::prepare(&[("#limits", "guest_instances = 4")]);
    scene.write_bytes("pack.wasm", &compiled());
    let said = c_example(&scene, link, flags);
    assert!(SECRETS.iter().all(|s| !said.contains(s)), "{said}");
    let line = |start: &str| {
        let mut lines = said.lines().filter_map(|l| l.strip_prefix(start));
        lines
            .next()
            .unwrap_or_else(|| panic!("no `{start}` in {said}"))
            .to_owned()
    };
    assert_eq!(line("version "), env!("CARGO_PKG_VERSION"));
    assert_eq!(line("gate "), "0");
    let plan: Value = serde_json::from_str(&line("plan ")).expect("JSON");
    assert_eq!(plan["classes"]["phone"], "remove", "{plan}");
    assert!(line("broken ").starts_with("2: "), "{said}");
    assert_eq!(line("revision "), "2");
    assert_eq!(line("pieces "), "same");
    assert!(line("body ").contains("张**"), "{said}");
    assert!(line("half ").starts_with("9 nothing: "), "{said}");
    assert_eq!(line("up "), "/resumes/resume-1.json");
    let answers: Vec<&str> = said.lines().filter(|l| l.starts_with("answer ")).collect();
    assert!(
        answers[0].starts_with("answer 200 {") && answers[0].contains("张**"),
        "{said}"
    );
    assert!(answers[1].starts_with("answer 404 {"), "{said}");
    assert!(answers[2].starts_with("answer 401 {"), "{said}");
}

#[test]
fn python_without_a_wrapper() {
    let Some(python) = program("python3", None, "apt-get install python3") else {
        return;
    };
    let scene = Scene::prepare(&[]);
    scene.write_bytes("pack.wasm", &compiled());
    let viewers = [
        "applied-recruiter",
        "blocklisted",
        "candidate",
        "current-employer",
        "other-job-recruiter",
    ];
    let ran = Command::new(python)
        .current_dir(&scene.folder)
        .arg(capi().join("examples/privet.py"))
        .arg(built("libprivet.so"))
        .arg("pack.wasm")
        .arg(resume())
        .args(viewers.map(viewer))
        .output()
        .expect("runs");
    let said = text(&ran);
    assert!(ran.status.success(), "{said}");
    for viewer in viewers {
        let line = said.lines().find(|l| l.starts_with(viewer));
        assert!(
            line.is_some_and(|l| l.ends_with(" same")),
            "{viewer}: {said}"
        );
    }
    assert!(said.contains("applied-recruiter open same"), "{said}");
    assert!(said.contains("blocklisted forbidden same"), "{said}");
    assert!(
        said.contains("facts_from_json: 3: facts: the key "),
        "{said}"
    );
}

/// The committed header is what cbindgen makes of the sources, and has every function.
#[test]
fn the_header_is_that_of_the_sources() {
    let committed = std::fs::read_to_string(capi().join("include/privet.h")).expect("the header");
    let rooms = std::fs::read_dir(capi().join("src/exports")).expect("the rooms");
    let mut functions = 0;
    let sources = rooms.map(|room| room.expect("a room").path());
    for path in sources.chain([capi().join("src/exports.rs")]) {
        let source = std::fs::read_to_string(&path).expect("a source");
        for line in source.lines() {
            let named = line.split("extern \"C\" fn ").nth(1);
            let Some(function) = named.and_then(|n| n.split('(').next()) else {
                continue;
            };
            assert!(committed.contains(&format!("{function}(")), "{function}");
            functions += 1;
        }
    }
    assert!(functions > 40, "{functions}");
    let how = "cargo install cbindgen@0.29.4, and its path in PRIVET_CBINDGEN";
    let Some(cbindgen) = program("cbindgen", Some("PRIVET_CBINDGEN"), how) else {
        return;
    };
    let made = Command::new(cbindgen)
        .args(["--quiet", "--config", "cbindgen.toml", "."])
        .current_dir(capi())
        .output()
        .expect("runs");
    assert!(made.status.success(), "{}", text(&made));
    let made = String::from_utf8(made.stdout).expect("UTF-8");
    assert!(
        committed == made,
        "run: cbindgen --config cbindgen.toml . --output include/privet.h"
    );
}
