//! The repository's invariants, as far as a test can see them.

use privet_tests::root;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            rust_files(&path, files);
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
}

fn all_rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    rust_files(&root(), &mut files);
    assert!(files.len() > 50);
    files
}

#[test]
fn every_module_says_what_it_is_for_and_stays_small() {
    for path in all_rust_files() {
        let text = fs::read_to_string(&path).expect("a file");
        assert!(
            text.starts_with("//!"),
            "{}: no `//!` at the top",
            path.display()
        );
        assert!(
            text.len() <= 25_000,
            "{}: {} bytes",
            path.display(),
            text.len()
        );
    }
}

/// `unsafe` is in the guest's exports, in the one file of the host that loads machine code, in the
/// exports of the C library, in one file of Envoy's module, and nowhere else.
#[test]
fn unsafe_is_confined() {
    let keyword = ["un", "safe "].concat();
    for path in all_rust_files() {
        let text = fs::read_to_string(&path).expect("a file");
        let uses = text.lines().any(|line| {
            let code = line.split("//").next().unwrap_or_default();
            code.contains(&keyword) && !code.contains('"') && !code.contains('`')
        });
        let may = [
            "guest/src/exports.rs",
            "host/src/bundle.rs",
            "capi/src/exports.rs",
            "capi/src/exports/",
            "envoy-module/src/abi.rs",
        ];
        assert!(
            !uses || may.iter().any(|place| is_at(&path, place)),
            "{}",
            path.display()
        );
    }
}

/// Whether a file is the place, or in it.
fn is_at(path: &Path, place: &str) -> bool {
    match place.strip_suffix('/') {
        Some(folder) => path.starts_with(root().join(folder)),
        None => path == root().join(place),
    }
}

fn dependencies(of: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(of).join("Cargo.toml")).expect("a manifest");
    let after = text.split("[dependencies]").nth(1).unwrap_or_default();
    let section = after.split("\n[").next().unwrap_or_default();
    let names = section
        .lines()
        .filter_map(|l| l.split(['.', ' ', '=']).next());
    names.filter(|n| !n.is_empty()).map(str::to_owned).collect()
}

#[test]
fn crates_know_only_what_they_may() {
    let forbid = |of: &str, names: &[&str]| {
        let has = dependencies(of);
        for name in names {
            assert!(!has.iter().any(|h| h == name), "{of} depends on {name}");
        }
    };
    forbid("compiler", &["wasmtime", "privet-host"]);
    forbid(
        "host",
        &[
            "cedar-policy",
            "cedar-policy-core",
            "privet-compiler",
            "hyper",
            "http",
        ],
    );
    for of in ["redact", "watermark"] {
        let has = dependencies(of);
        assert!(has.iter().all(|d| !d.starts_with("privet-")), "{of}");
    }
    forbid("frame", &["cedar-policy", "wasmtime"]);
}

#[test]
fn the_compiled_runtime_is_that_of_the_sources() {
    let record = fs::read_to_string(root().join("guest/runtime.toml")).expect("the record");
    let output = std::process::Command::new("bash")
        .arg(root().join("guest/sources-digest.sh"))
        .output()
        .expect("bash");
    let digest = String::from_utf8(output.stdout).expect("a digest");
    assert!(
        record.contains(&format!("sources = \"{}\"", digest.trim())),
        "guest/runtime.wasm is older than its sources: run guest/build.sh"
    );
    let module = fs::read(root().join("guest/runtime.wasm")).expect("the module");
    let digest: String = Sha256::digest(module)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert!(record.contains(&format!("module = \"{digest}\"")));
}

#[test]
fn every_dependency_has_a_reason() {
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let section = text
        .split("[workspace.dependencies]")
        .nth(1)
        .expect("dependencies");
    let section = section.split("\n[").next().expect("a section");
    for line in section
        .lines()
        .filter(|l| l.contains('=') && !l.starts_with("privet-"))
    {
        assert!(line.contains(" # "), "no reason: {line}");
    }
}
