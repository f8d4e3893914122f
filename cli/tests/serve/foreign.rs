//! The C library from other languages: C under AddressSanitizer, Python without a wrapper, and the
//! header that both rest on.

use crate::configuration::build;
use crate::gateways::program;
use crate::guests::{
    Guests, broken_config, compiled, compiled_pack, too_many_companies, with_guest, without_names,
};
use crate::http::root;
use crate::identity::{HEADERS, TRUSTED_JOB};
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

/// A C program of the tests, in a scene's folder.
fn program_in(scene: &Scene, name: &str, flags: &[&str]) -> Command {
    let out = scene.folder.join(name);
    compile(&format!("tests/{name}.c"), &out, Link::Shared, flags);
    let mut program = Command::new(out);
    program.current_dir(&scene.folder);
    program
}

fn lines(command: &mut Command) -> Vec<String> {
    let ran = command.output().expect("runs");
    assert!(ran.status.success(), "{}", text(&ran));
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(SECRETS.iter().all(|s| !said.contains(s)), "{said}");
    said.lines().map(str::to_owned).collect()
}

/// `privet_policy_reload` and `privet_gateway_reload` from two threads each, while three each ask.
#[test]
fn c_reloads_from_threads() {
    let scene = Scene::prepare(&[("#limits", "guest_instances = 8")]);
    scene.write_bytes("other.wasm", &without_names(&scene));
    with_guest(&scene, &compiled());
    let config = scene.read("privet.toml");
    scene.write(
        "other.toml",
        &config.replace("set = []", "set = [\"card\"]"),
    );
    let said = lines(
        program_in(
            &scene,
            "threads",
            &["-pthread", "-fsanitize=address,undefined"],
        )
        .args(["pack.wasm", "other.wasm"])
        .args([viewer("applied-recruiter"), resume()])
        .args([
            "privet.toml",
            "other.toml",
            token("other-job-recruiter"),
            "300",
        ]),
    );
    let starts = |start: &str| said.iter().filter(|l| l.starts_with(start)).count();
    assert_eq!(
        (starts("answer 200 {"), starts("answer 403 {")),
        (1, 1),
        "{said:?}"
    );
    assert_eq!((starts("plans "), starts("exchanges ")), (3, 3), "{said:?}");
    // Who asked got answers of both, over the time.
    for kind in ["plans ", "exchanges "] {
        let counts = said.iter().filter_map(|l| l.strip_prefix(kind));
        let (mut one, mut other) = (0, 0);
        for line in counts {
            let numbers = line.split(' ').map(|n| n.parse::<u32>().expect("a number"));
            let numbers: Vec<u32> = numbers.collect();
            one += numbers[0];
            other += numbers[1];
        }
        assert!(one > 0 && other > 0 && one + other >= 900, "{said:?}");
    }
}

/// A guest that traps, does not end or has no memory, a bundle that is damaged or forged: the process
/// lives, each is a status and no plan, and what is good answers again.
#[test]
fn c_outlives_its_guests() {
    let guests = Guests::get();
    let scene = broken_config(&guests.trapping);
    scene.edit(
        "guest_memory_bytes",
        "guest_instances = 4\nguest_memory_bytes",
    );
    scene.write_bytes("good", &guests.good);
    scene.write_bytes("endless", &guests.endless);
    let older = compiled_pack(&crate::http::root().join("policies/zhaopin"));
    scene.write_bytes("older.wasm", &older);
    build(&scene, "bundle", &["--aot"]);
    let digest = privet_host::Digest::of(&scene.read_bytes("bundle"));
    let facts = std::fs::read_to_string(viewer("other-job-recruiter")).expect("facts");
    let mut large: Value = serde_json::from_str(&facts).expect("JSON");
    for entity in large["entities"].as_array_mut().expect("entities") {
        if entity["uid"]["type"] == "Resume" {
            entity["attrs"]["audience"] = too_many_companies();
        }
    }
    scene.write("large.json", &large.to_string());
    let said = lines(
        program_in(&scene, "faults", &["-fsanitize=address,undefined"])
            .args(["good", "pack.wasm", "endless"])
            .arg(viewer("other-job-recruiter"))
            .args(["large.json", "bundle", &digest.to_string(), "privet.toml"])
            .arg(token("other-job-recruiter"))
            .args([resume(), "older.wasm".into()]),
    );
    let statuses = |l: &String| {
        let mut words = l.split(' ');
        let (name, status) = (words.next().expect("a name"), words.next());
        (name.to_owned(), status.expect("a status").to_owned())
    };
    let statuses: Vec<_> = said.iter().map(statuses).collect();
    let round = [
        ("good", "0"),
        ("trap", "4"),
        ("endless", "5"),
        ("memory", "6"),
        ("broken", "2"),
        ("bundle", "0"),
        ("forged", "2"),
        ("half", "2"),
        ("unpinned", "2"),
    ];
    let last = [
        ("older", "2"),
        ("newer", "0"),
        ("damaged", "2"),
        ("exchange", "0"),
    ];
    let expected = [&round[..], &round[..], &last].concat();
    let statuses = statuses.iter().map(|(n, s)| (n.as_str(), s.as_str()));
    assert_eq!(statuses.collect::<Vec<_>>(), expected, "{said:#?}");
    let live = |name: &str| {
        said.iter()
            .find_map(|l| l.strip_prefix(name)?.chars().nth(3))
    };
    let lives = ["older", "newer", "damaged"].map(live);
    assert_eq!(lives, [Some('2'); 3], "{said:#?}");
    // Refused at the request, and whatever comes after it.
    let exchange = said.last().expect("a line");
    assert!(exchange.starts_with("exchange 0 503 0 0 {"), "{exchange}");
}

/// Whoever wants no length gets all else; a passing answer loses nothing.
#[test]
fn c_gets_what_it_wants() {
    let pass = "[[route]]\npath = \"/plain\"\npass = true\nmethods = [\"GET\"]\n\n[authzen]";
    let scene = Scene::prepare(&[
        HEADERS,
        TRUSTED_JOB,
        ("PEERS", "127.0.0.0/8"),
        ("[authzen]", pass),
        ("#limits", "guest_instances = 4"),
    ]);
    scene.write_bytes("pack.wasm", &compiled());
    let said = lines(
        program_in(&scene, "outputs", &["-fsanitize=address,undefined"])
            .args(["privet.toml", "pack.wasm"])
            .args([viewer("other-job-recruiter"), resume()]),
    );
    // Three headers say who asks; a plain body in JSON is asked for.
    let expected = [
        "request 3 2 a target",
        "response 1 0 1",
        "body 1 there",
        "passing request 3 0",
        "passing response 2 0 0 201",
        "lost 1",
    ];
    assert_eq!(said, expected);
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
