//! Bad input: one clear error, a non-zero exit, and nothing of the body anywhere.
//!
//! An entry a case. Bad packs are folders under `tests/check`.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A number that no message and no output may have.
const SECRET: &str = "13800138000";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs `privet redact` for the owner, who sees everything, so that only the input can stop it.
fn redact(facts: &Path, body: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_privet"))
        .current_dir(root())
        .args(["redact", "--pack", "policies/liepin", "--facts"])
        .arg(facts)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let _ = child.stdin.take().expect("a pipe").write_all(body);
    child.wait_with_output().expect("ends")
}

fn owner() -> Value {
    let path = root().join("policies/liepin/viewers/candidate.json");
    serde_json::from_str(&fs::read_to_string(path).expect("facts")).expect("JSON")
}

fn written(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bad-input-{name}.json"));
    fs::write(&path, text).expect("written");
    path
}

fn refused(name: &str, output: &Output, message: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{name}: {errors}");
    assert!(output.stdout.is_empty(), "{name}");
    assert!(errors.contains(message), "{name}: {errors}");
    assert!(!errors.contains(SECRET), "{name}: {errors}");
    assert_eq!(errors.lines().count(), 1, "{name}: {errors}");
}

#[test]
fn a_good_body_passes() {
    let facts = written("good", &owner().to_string());
    let body = json!({ "basics": { "phone": SECRET } }).to_string();
    let output = redact(&facts, body.as_bytes());
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains(SECRET));
}

#[test]
fn bad_bodies() {
    let good = json!({ "basics": { "phone": SECRET } }).to_string();
    let deep = [
        format!("{{\"basics\":{{\"phone\":\"{SECRET}\"}},\"x\":"),
        "[".repeat(200),
        "]".repeat(200),
        "}".to_owned(),
    ]
    .concat();
    // More than the limit of a body, in values within theirs.
    let large = [
        format!("{{\"basics\":{{\"phone\":\"{SECRET}\"}},\"x\":[\"\""),
        format!(",\"{}\"", "x".repeat(1 << 16)).repeat(160),
        "]}".to_owned(),
    ]
    .concat();
    let cases: [(&str, Vec<u8>, &str); 11] = [
        (
            "not JSON",
            format!("phone: {SECRET}").into_bytes(),
            "expected",
        ),
        ("empty", Vec::new(), "ends early"),
        ("an array", format!("[\"{SECRET}\"]").into_bytes(), "object"),
        ("a string", format!("\"{SECRET}\"").into_bytes(), "object"),
        (
            "truncated",
            good.as_bytes()[..good.len() - 2].to_vec(),
            "ends early",
        ),
        (
            "goes on",
            format!("{good}{good}").into_bytes(),
            "data after",
        ),
        ("too deep", deep.into_bytes(), "nesting"),
        (
            "a name twice",
            format!("{{\"basics\":{{\"phone\":\"{SECRET}\",\"phone\":\"1\"}}}}").into_bytes(),
            "repeats",
        ),
        (
            "a name twice, once escaped",
            format!("{{\"basics\":{{\"phone\":\"{SECRET}\",\"ph\\u006fne\":\"1\"}}}}").into_bytes(),
            "repeats",
        ),
        ("too large", large.into_bytes(), "the body has at least"),
        (
            "not UTF-8",
            [format!("{{\"a\":\"{SECRET}").as_bytes(), b"\xff\"}"].concat(),
            "UTF-8",
        ),
    ];
    let facts = written("owner", &owner().to_string());
    for (name, body, message) in cases {
        refused(name, &redact(&facts, &body), message);
    }
}

#[test]
fn bad_facts() {
    type Change = fn(&mut Value);
    let cases: [(&str, Change, &str); 12] = [
        (
            "no principal",
            |f| drop(f.as_object_mut().expect("object").remove("principal")),
            "principal",
        ),
        (
            "an undeclared type",
            |f| f["principal"]["type"] = json!("Robot"),
            "Robot",
        ),
        (
            "a resource of another type",
            |f| f["resource"]["type"] = json!("Job"),
            "Job",
        ),
        ("no entities", |f| f["entities"] = json!({}), "entities"),
        (
            "an undeclared attribute",
            |f| f["entities"][0]["attrs"]["phone"] = json!(SECRET),
            "phone",
        ),
        (
            "a missing attribute",
            |f| {
                drop(
                    f["entities"][0]["attrs"]
                        .as_object_mut()
                        .expect("object")
                        .remove("phoneProtected"),
                )
            },
            "phoneProtected",
        ),
        (
            "a wrong type",
            |f| f["entities"][0]["attrs"]["phoneProtected"] = json!("yes"),
            "phoneProtected",
        ),
        (
            "an id that the enumeration has not",
            |f| f["entities"][0]["attrs"]["visibility"]["id"] = json!("public"),
            "public",
        ),
        ("an unknown key", |f| f["phone"] = json!(SECRET), "phone"),
        (
            "a view that is none",
            |f| f["view"] = json!("print"),
            "print",
        ),
        (
            "a time that is none",
            |f| f["now"] = json!("yesterday"),
            "now",
        ),
        (
            "a client's own time",
            |f| f["context"]["now"] = json!("2021-01-01"),
            "now",
        ),
    ];
    let body = json!({ "basics": { "phone": SECRET } }).to_string();
    for (name, change, message) in cases {
        let mut facts = owner();
        change(&mut facts);
        let path = written(&name.replace(' ', "-"), &facts.to_string());
        refused(name, &redact(&path, body.as_bytes()), message);
    }
    let path = written("not-json", "{\"principal\":");
    refused(
        "facts that are no JSON",
        &redact(&path, body.as_bytes()),
        "facts",
    );
    // An entity that is missing is no bad input, but a policy that needs it cannot be checked.
    let mut facts = owner();
    facts["entities"] = json!([]);
    let output = redact(&written("missing", &facts.to_string()), body.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}
