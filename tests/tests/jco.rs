//! The component transpiled to JavaScript by `jco` and called from Node, on frames that the host
//! prepared: the same answers on a sample of Cedar's corpus and on a case of the repository.
//!
//! `PRIVET_JCO` names the command `jco` (`npm install @bytecodealliance/jco`). Without it the test
//! says that it is skipped; in continuous integration (`CI=true`) that is a failure.

use privet_tests::corpus::{self, Case};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Reads the frames, asks, prints the answers.
const SCRIPT: &str = r"
import { readFileSync } from 'node:fs';
import { authorize, verify } from './policy.js';
const asked = JSON.parse(readFileSync(new URL('./asked.json', import.meta.url)));
const answers = asked.map(({ frame, environment }) => {
  const bytes = Uint8Array.from(frame);
  verify(bytes);
  const { allowed, errors } = authorize(bytes, environment);
  return { allowed, errors: Array.from(errors) };
});
let refused = false;
try { verify(Uint8Array.from([1, 2, 3])); } catch { refused = true; }
console.log(JSON.stringify({ answers, refused }));
";

fn run(command: &mut Command) -> String {
    let output = command.output().expect("starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn ask(jco: &str, folder: &Path, case: &Case) {
    let component = privet_compiler::component(&case.wasm).expect("a component");
    fs::create_dir_all(folder).expect("a folder");
    let wasm = folder.join("policy.wasm");
    fs::write(&wasm, component).expect("writes");
    run(Command::new(jco)
        .arg("transpile")
        .arg(&wasm)
        .arg("-o")
        .arg(folder)
        .args(["--name", "policy", "--quiet"]));
    let asked: Vec<_> = case
        .requests
        .iter()
        .map(|r| json!({ "frame": r.frame, "environment": r.environment }))
        .collect();
    fs::write(folder.join("asked.json"), json!(asked).to_string()).expect("writes");
    fs::write(folder.join("ask.mjs"), SCRIPT).expect("writes");
    fs::write(folder.join("package.json"), r#"{"type":"module"}"#).expect("writes");
    let answers = run(Command::new("node").arg(folder.join("ask.mjs")));
    let given: serde_json::Value = serde_json::from_str(&answers).expect("JSON");
    let expected: Vec<_> = case
        .requests
        .iter()
        .map(|r| json!({ "allowed": r.allowed, "errors": r.errors }))
        .collect();
    let expected = json!({ "answers": expected, "refused": true });
    assert_eq!(given, expected, "{}", case.name);
}

#[test]
fn transpiled_to_javascript_it_answers_the_same() {
    let Ok(jco) = std::env::var("PRIVET_JCO") else {
        let required = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!required, "PRIVET_JCO names no jco");
        eprintln!("SKIPPED: PRIVET_JCO names no jco");
        return;
    };
    let here = privet_tests::root().join("tests/conformance/samples");
    let mut cases = corpus::sample(&here, 1);
    assert!(!cases.is_empty());
    if let Some(corpus) = privet_tests::folder("PRIVET_CORPUS") {
        cases.extend(corpus::sample(&corpus, 4));
    }
    let folder = privet_tests::root().join("target/jco-test");
    for (number, case) in cases.iter().enumerate() {
        ask(&jco, &folder.join(number.to_string()), case);
    }
    println!("{} cases through Node", cases.len());
}
