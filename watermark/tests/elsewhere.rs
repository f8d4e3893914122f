//! Verification without this crate: `docs/watermark.md` shows how, and the same commands run here.
//!
//! What must never be here: a use of `verify`, which would agree with itself.

use crate::support::{id, key, marked};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn runs(command: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(command);
    let command = command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The signature alone, over the proof's first two parts.
#[test]
fn openssl_verifies_the_signature() {
    if !runs("openssl", &["pkeyutl", "-help"]) {
        eprintln!("SKIPPED: no openssl");
        return;
    }
    let folder = folder("openssl");
    let document: Value = serde_json::from_slice(&marked("company-1", id(1))).expect("JSON");
    let proof = document["meta"]["proof"].as_str().expect("a proof");
    let (signed, signature) = proof.rsplit_once('.').expect("three parts");
    let public = key().public_jwk();
    let x = BASE64URL_NOPAD
        .decode(public["x"].as_str().expect("x").as_bytes())
        .expect("base64url");
    // SubjectPublicKeyInfo of Ed25519 (RFC 8410, section 4).
    let der = [
        b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00",
        x.as_slice(),
    ]
    .concat();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    };
    let key = write("key.der", &der);
    let signature = write(
        "signature",
        &BASE64URL_NOPAD
            .decode(signature.as_bytes())
            .expect("base64url"),
    );
    for (signed, expected) in [(signed.to_owned(), true), (format!("{signed}A"), false)] {
        let signed = write("signed", signed.as_bytes());
        let arguments = [
            "pkeyutl", "-verify", "-pubin", "-inkey", &key, "-keyform", "DER", "-rawin", "-in",
            &signed, "-sigfile", &signature,
        ];
        assert_eq!(runs("openssl", &arguments), expected);
    }
}

/// The whole: `verify.py` is the program that the page shows.
#[test]
fn python_verifies_the_document() {
    if !runs("python3", &["-c", "import joserfc"]) {
        eprintln!("SKIPPED: no python3 with the package joserfc");
        return;
    }
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify.py");
    let program = program.to_str().expect("UTF-8");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/watermark.md");
    let shown = fs::read_to_string(page).expect("the page");
    assert!(
        shown.contains(&fs::read_to_string(program).expect("the program")),
        "docs/watermark.md does not show tests/verify.py"
    );
    let folder = folder("python");
    let keys = folder.join("keys.json");
    fs::write(&keys, key().public_jwks()).expect("written");
    let sent = String::from_utf8(marked("company-1", id(1))).expect("UTF-8");
    for (text, expected) in [(sent.clone(), true), (sent.replace("张**", "张三"), false)] {
        let file = folder.join("resume.json");
        fs::write(&file, text).expect("written");
        let arguments = [
            program,
            file.to_str().expect("UTF-8"),
            keys.to_str().expect("UTF-8"),
        ];
        assert_eq!(runs("python3", &arguments), expected);
    }
}
