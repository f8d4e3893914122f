//! `privet scrub` from outside: what is printed, and how it exits.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn scrub(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_privet"))
        .arg("scrub")
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

/// A file of true values for one test.
fn known(name: &str, json: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("known-{name}.json"));
    std::fs::write(&path, json).expect("written");
    path
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn contacts_are_hidden_and_the_rest_stays() {
    let input = "电话 138-0013-8000，\n邮箱 zs@example.com\n2015 年起，薪资 15000-20000 元\n";
    let output = scrub(&[], input.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        text(&output.stdout),
        "电话 [已隐藏]，\n邮箱 [已隐藏]\n2015 年起，薪资 15000-20000 元\n"
    );
    let clean = "Rust, Go and C++17\r\n\n";
    assert_eq!(text(&scrub(&[], clean.as_bytes()).stdout), clean);
}

#[test]
fn the_report_says_what_and_where_and_never_the_value() {
    let output = scrub(&["--report", "json"], "call 13800138000 now".as_bytes());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        json(&output.stdout),
        json!({
            "text": "call [hidden] now",
            "refused": null,
            "cut": null,
            "findings": [{ "kind": "phone", "rule": "mobile", "start": 5, "end": 16 }],
        })
    );
}

#[test]
fn a_text_that_still_holds_a_true_value_is_not_printed() {
    let file = known("wechat", r#"{"wechat": ["zsf_8888"]}"#);
    let file = file.to_str().expect("UTF-8");
    // Nothing is left without it.
    let output = scrub(&["--known", file], b"zsf 8888");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let message = text(&output.stderr);
    assert!(
        message.contains("(wechat)") && !message.contains("8888"),
        "{message}"
    );

    let output = scrub(&["--known", file, "--report", "json"], b"zsf 8888");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        json(&output.stdout),
        json!({ "text": null, "refused": "wechat", "cut": null, "findings": [] })
    );
}

#[test]
fn true_values_are_cut_out() {
    let file = known("cut", r#"{"wechat": ["zsf_8888"]}"#);
    let file = file.to_str().expect("UTF-8");
    let output = scrub(&["--known", file], b"find zsf 8888 there");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "find [hidden] there");

    let output = scrub(
        &["--known", file, "--report", "json"],
        b"find zsf 8888 there",
    );
    assert_eq!(
        json(&output.stdout),
        json!({ "text": "find [hidden] there", "refused": null, "cut": "wechat", "findings": [] })
    );

    let output = scrub(&["--known", file], b"wx: zsf_8888, Rust");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "wx: [hidden], Rust");
}

#[test]
fn issued_values_stay() {
    let output = scrub(&["--issued", "17012345678"], b"17012345678 or 13800138000");
    assert_eq!(text(&output.stdout), "17012345678 or [hidden]");
}

#[test]
fn bad_input_is_a_clear_error_without_a_value() {
    let output = scrub(&[], b"13800138000 \xff");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert_eq!(
        text(&output.stderr),
        "error: the text is not UTF-8 at byte 12\n"
    );

    for (name, json, message) in [
        (
            "short",
            r#"{"qq": ["1234"]}"#,
            "a known qq: a number of fewer than five digits",
        ),
        ("key", r#"{"mobile": []}"#, "known: unknown key `mobile`"),
        (
            "broken",
            r#"{"phone": ["13800138000"#,
            "known: not JSON at line 1",
        ),
    ] {
        let file = known(name, json);
        let output = scrub(&["--known", file.to_str().expect("UTF-8")], b"x");
        assert_eq!(output.status.code(), Some(1));
        let shown = text(&output.stderr);
        assert!(
            shown.contains(message) && !shown.contains("1234"),
            "{shown}"
        );
    }
}
