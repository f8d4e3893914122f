//! The command from outside: what goes to standard output, and how it exits.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn privet(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_privet"))
        .current_dir(root())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    // The command may end without reading its input.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const RESUME: &str = "cli/demo/zhang-san.json";
const LIEPIN: [&str; 2] = ["--pack", "policies/liepin"];

fn redact(viewer: &str, input: &[u8]) -> Output {
    privet(&["redact", LIEPIN[0], LIEPIN[1], "--viewer", viewer], input)
}

#[test]
fn a_file_and_standard_input_give_the_same() {
    let bytes = fs::read(root().join(RESUME)).expect("the résumé");
    let piped = redact("other-job-recruiter", &bytes);
    let named = privet(
        &[
            "redact",
            LIEPIN[0],
            LIEPIN[1],
            "--viewer",
            "other-job-recruiter",
            RESUME,
        ],
        b"",
    );
    assert!(piped.status.success() && named.status.success());
    assert_eq!(piped.stdout, named.stdout);
    let shown = text(&piped.stdout);
    for secret in [
        "张三",
        "13800138000",
        "zhangsanfeng",
        "11010519491231002X",
        "138 0013 8000",
    ] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(shown.contains("张**"));
}

#[test]
fn a_closed_gate_prints_nothing_and_exits_2() {
    for (viewer, answer) in [
        ("current-employer", "not found"),
        ("blocklisted", "forbidden"),
    ] {
        let output = redact(viewer, b"{}");
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert!(
            text(&output.stderr).contains(answer),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn a_refused_body_prints_nothing_and_exits_1() {
    for body in [
        "{\"basics\":",
        "[]",
        "",
        "{\"a\":1,\"a\":2}",
        "{\"basics\":{\"name\":\"x\"}} {",
    ] {
        let output = redact("candidate", body.as_bytes());
        assert_eq!(output.status.code(), Some(1), "{body}");
        assert!(output.stdout.is_empty(), "{body}");
    }
}

#[test]
fn unknown_viewers_and_packs_are_clear_errors() {
    let output = redact("nobody", b"{}");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("applied-recruiter"),
        "{}",
        text(&output.stderr)
    );
    let output = privet(&["check", "policies/none"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("pack.toml"));
}

#[test]
fn inspect_shows_size_and_no_imports() {
    let shown = text(&privet(&["inspect", "policies/liepin"], b"").stdout);
    assert!(shown.contains("imports:      none"), "{shown}");
    assert!(shown.lines().any(|l| l.starts_with("size:")), "{shown}");
}

#[test]
fn plan_and_authorize_agree() {
    let viewer = ["--pack", "policies/liepin", "--viewer", "headhunter"];
    let plan = text(&privet(&[&["plan"], &viewer[..]].concat(), b"").stdout);
    assert!(plan.contains("\"mask:name\""), "{plan}");
    for (action, code) in [("nameMask", 0), ("nameReveal", 2), ("phoneReveal", 2)] {
        let arguments = [&["authorize"], &viewer[..], &["--action", action]].concat();
        assert_eq!(
            privet(&arguments, b"").status.code(),
            Some(code),
            "{action}"
        );
    }
    let output = privet(
        &[&["authorize"], &viewer[..], &["--action", "none"]].concat(),
        b"",
    );
    assert_eq!(output.status.code(), Some(1));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).expect("copied")),
        }
    }
}

/// The policies, copied to be changed.
fn changed(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    copy(&root().join("policies"), &folder);
    folder.join("liepin")
}

#[test]
fn one_line_of_cedar_changes_the_matrix() {
    let pack = changed("one-line");
    let path = pack.to_str().expect("UTF-8");
    let matrix = || text(&privet(&["demo", "--once", "--pack", path], b"").stdout);
    let before = matrix();
    let name = |matrix: &str| {
        matrix
            .lines()
            .find(|l| l.starts_with("name "))
            .map(str::to_owned)
    };
    fs::write(
        pack.join("added.cedar"),
        "@id(\"nobody-sees-a-name\") @basis(\"test\") forbid (principal is Recruiter, action in Action::\"name\", resource is Resume);",
    )
    .expect("written");
    let after = matrix();
    assert!(
        name(&before).is_some_and(|row| row.contains("张**")),
        "{before}"
    );
    assert!(
        name(&after).is_some_and(|row| !row.contains("张**")),
        "{after}"
    );
}

#[test]
fn check_points_at_the_mistake() {
    let cases = [
        (
            "@id(\"x\") permit (principal is Recruter, action, resource);",
            "Recruter",
        ),
        (
            "@id(\"x\") permit (principal, action, resource) when { resource.phoneProtectd };",
            "phoneProtectd",
        ),
        ("permit (principal, action, resource);", "without `@id`"),
        (
            "@id(\"x\") @oblige(\"record\") permit (principal, action, resource);",
            "@oblige",
        ),
        (
            "@id(\"x\") @obligation(\"recrod\") permit (principal, action, resource);",
            "recrod",
        ),
        (
            "@id(\"x\") @answer(\"maybe\") forbid (principal, action, resource);",
            "maybe",
        ),
        (
            "@id(\"x\") permit (principal, action, resource",
            "does not parse",
        ),
    ];
    let pack = changed("mistakes");
    for (policy, message) in cases {
        fs::write(pack.join("mistake.cedar"), policy).expect("written");
        let output = privet(&["check", pack.to_str().expect("UTF-8")], b"");
        assert_eq!(output.status.code(), Some(1), "{policy}");
        assert!(
            text(&output.stderr).contains(message),
            "{policy}: {}",
            text(&output.stderr)
        );
    }
}

/// The format of Cedar's integration tests: one passing case, one that Cedar refuses, and a wrong
/// expectation, which must fail.
#[test]
fn conformance_counts_and_fails() {
    let output = privet(&["conformance", "tests/conformance/basics"], b"");
    let shown = text(&output.stdout);
    assert!(
        shown.ends_with("3 passed, 1 failed, 1 skipped\n"),
        "{shown}"
    );
    assert_eq!(output.status.code(), Some(1));
}

/// What once went wrong, and what the public cases have none of.
#[test]
fn regressions_pass() {
    let output = privet(&["conformance", "tests/conformance/regressions"], b"");
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{shown}");
    // The one case that Cedar refuses shows that the host refuses it too.
    assert!(shown.ends_with(" 0 failed, 1 skipped\n"), "{shown}");
}

/// Shared data, where it is: `PRIVET_CONFORMANCE` lists folders, `PRIVET_CORPUS` is a large one of
/// which a sample runs.
#[test]
fn shared_cases_conform() {
    let listed = std::env::var("PRIVET_CONFORMANCE").unwrap_or_default();
    let corpus = std::env::var("PRIVET_CORPUS").unwrap_or_default();
    let folders = listed.split(':').map(|f| (f, "1"));
    let folders: Vec<_> = folders
        .chain([(corpus.as_str(), "10")])
        .filter(|(f, _)| !f.is_empty())
        .collect();
    if folders.is_empty() {
        eprintln!("SKIPPED: neither PRIVET_CONFORMANCE nor PRIVET_CORPUS names a folder");
    }
    for (folder, every) in folders {
        let output = privet(&["conformance", folder, "--every", every], b"");
        let shown = text(&output.stdout);
        println!("{folder}: {}", shown.lines().last().unwrap_or_default());
        assert!(output.status.success(), "{shown}");
        assert!(
            !shown.contains("refused:") && !shown.starts_with("0 passed"),
            "{shown}"
        );
    }
}

/// 2 means denied, and no usage error is that.
#[test]
fn usage_errors_exit_1_and_help_0() {
    let cases: [(&[&str], i32); 7] = [
        (&[], 1),
        (&["frobnicate"], 1),
        (&["redact"], 1),
        (&["plan", "--pack"], 1),
        (&["--version"], 0),
        (&["--help"], 0),
        (&["diff", "--help"], 0),
    ];
    for (arguments, code) in cases {
        let output = privet(arguments, b"");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let (told, other) = match code {
            0 => (output.stdout, output.stderr),
            _ => (output.stderr, output.stdout),
        };
        assert!(!told.is_empty() && other.is_empty(), "{arguments:?}");
    }
}

/// `privet check PACK 2>&1 | head`: a reader that has gone is no panic.
#[test]
fn a_closed_standard_error_is_no_panic() {
    for arguments in [&["check", "tests/check/wrong-entity"][..], &["frobnicate"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let status = Command::new(env!("CARGO_BIN_EXE_privet"))
            .current_dir(root())
            .args(arguments)
            .stderr(writer)
            .status()
            .expect("runs");
        assert_eq!(status.code(), Some(1), "{arguments:?}");
    }
}

/// What a wrong argument is told.
#[test]
fn wrong_arguments_are_clear_errors() {
    let component = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong.wasm");
    let component = component.to_str().expect("UTF-8");
    let built = ["build", "tests/check/sound", "--component", "-o", component];
    assert!(privet(&built, b"").status.success());
    let viewer = ["--pack", "policies/liepin", "--viewer", "headhunter"];
    let class = [&["authorize", "--action", "phone"], &viewer[..]].concat();
    let cases: [(&[&str], &str); 4] = [
        (&["inspect", component], "wrong.wasm: a component or bundle"),
        (&["inspect", "README.md"], "README.md: no WebAssembly"),
        (&class, "its rungs are phoneReveal, phoneRelay, phoneMask"),
        (
            &["plan", "--pack", "policies/liepin", "--facts", "README.md"],
            "README.md: facts",
        ),
    ];
    for (arguments, message) in cases {
        let output = privet(arguments, b"");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let errors = text(&output.stderr);
        assert!(errors.contains(message), "{arguments:?}: {errors}");
    }
}
