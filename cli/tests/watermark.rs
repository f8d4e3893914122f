//! `privet watermark`, and the watermark that `privet redact` owes for a download, from outside.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of the test's own with a key, its public set and no ledger yet.
struct Desk {
    folder: PathBuf,
}

impl Desk {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let desk = Self { folder };
        let made = desk.privet("watermark keygen --out {key}", b"");
        assert!(made.status.success(), "{}", text(&made.stderr));
        assert!(!text(&made.stdout).contains("\"d\"") && !text(&made.stderr).contains("\"d\""));
        fs::write(desk.path("keys"), made.stdout).expect("written");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs the command; `{name}` stands for a file of the desk.
    fn privet(&self, arguments: &str, input: &[u8]) -> Output {
        let arguments = arguments.split(' ').map(|argument| {
            match argument.strip_prefix('{').and_then(|a| a.strip_suffix('}')) {
                Some(name) => self.path(name).into_os_string(),
                None => argument.into(),
            }
        });
        let mut child = Command::new(env!("CARGO_BIN_EXE_privet"))
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
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

    fn mark(&self, company: &str, body: &str) -> Vec<u8> {
        let arguments = format!(
            "watermark mark --key {{key}} --ledger {{ledger}} --company {company} --viewer recruiter-1 --job job-1 --time 2021-04-28T10:03:00Z"
        );
        let output = self.privet(&arguments, body.as_bytes());
        assert!(output.status.success(), "{}", text(&output.stderr));
        output.stdout
    }

    /// First line and exit status of `verify`, and all it printed.
    fn verify(&self, document: &[u8]) -> (String, Option<i32>, String) {
        let output = self.privet("watermark verify --keys {keys} --ledger {ledger}", document);
        let shown = text(&output.stdout);
        (
            shown.lines().next().unwrap_or_default().to_owned(),
            output.status.code(),
            shown,
        )
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const BODY: &str = r#"{"basics": {"name": "张**", "summary": "Built a payment system that ran for ten years without a stop."}}"#;

#[test]
fn four_verdicts_and_their_exit_statuses() {
    let desk = Desk::new("verdicts");
    let sent = desk.mark("company-1", BODY);
    let (word, code, shown) = desk.verify(&sent);
    assert_eq!((word.as_str(), code), ("valid", Some(0)));
    for part in [
        "company-1",
        "recruiter-1",
        "job-1",
        "2021-04-28T10:03:00Z",
        "mark: ",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let altered = text(&sent).replace("张**", "张三");
    let (word, code, shown) = desk.verify(altered.as_bytes());
    assert_eq!((word.as_str(), code), ("altered", Some(3)));
    // The text still tells whose copy it was.
    assert!(
        shown.contains("trace: mark") && shown.contains("company-1"),
        "{shown}"
    );
    let mut stripped: Value = serde_json::from_slice(&sent).expect("JSON");
    stripped.as_object_mut().expect("an object").remove("meta");
    let (word, code, shown) = desk.verify(stripped.to_string().as_bytes());
    assert_eq!((word.as_str(), code), ("absent", Some(4)));
    assert!(
        shown.contains("trace: mark") && shown.contains("company-1"),
        "{shown}"
    );
    let (word, code, shown) = desk.verify(BODY.as_bytes());
    assert_eq!(
        (word.as_str(), code, shown.lines().count()),
        ("absent", Some(4), 1)
    );
    let other = Desk::new("verdicts-other");
    other.mark("company-2", BODY);
    let (word, code, _) = other.verify(&sent);
    assert_eq!((word.as_str(), code), ("unknown-key", Some(5)));
    let json = desk.privet("watermark verify --json --keys {keys}", &sent);
    let json: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(
        (&json["verdict"], &json["claims"]["company"]),
        (&"valid".into(), &"company-1".into())
    );
    let failed = desk.privet("watermark verify --keys {none}", &sent);
    assert_eq!((failed.status.code(), failed.stdout.len()), (Some(1), 0));
    let private = desk.privet("watermark verify --keys {key}", &sent);
    assert_eq!(private.status.code(), Some(1));
}

#[test]
fn a_pasted_paragraph_names_the_company() {
    let desk = Desk::new("trace");
    desk.mark("company-2", BODY);
    let sent: Value = serde_json::from_slice(&desk.mark("company-1", BODY)).expect("JSON");
    let paragraph = sent["basics"]["summary"].as_str().expect("a text");
    let pasted = format!("看看这个人：{paragraph}\n可以吗？");
    let found = desk.privet("watermark trace --ledger {ledger}", pasted.as_bytes());
    assert_eq!(found.status.code(), Some(0));
    let shown = text(&found.stdout);
    assert!(
        shown.contains("company-1") && !shown.contains("company-2"),
        "{shown}"
    );
    let without = desk.privet("watermark trace", pasted.as_bytes());
    assert!(without.status.success() && !text(&without.stdout).contains("company"));
    let short = sent["meta"]["watermark"]["notice"]["zh"]
        .as_str()
        .expect("a notice");
    let short = short.rsplit(' ').next().expect("a code").to_lowercase();
    let found = desk.privet(
        &format!("watermark trace --ledger {{ledger}} --code {short}"),
        b"",
    );
    assert!(
        text(&found.stdout).contains("company-1"),
        "{}",
        text(&found.stdout)
    );
    let none = desk.privet(
        "watermark trace --ledger {ledger}",
        "没有标记的文字".as_bytes(),
    );
    assert_eq!((none.status.code(), none.stdout.len()), (Some(4), 0));
}

#[test]
fn nothing_is_sent_without_a_ledger_row_or_a_canonical_form() {
    let desk = Desk::new("refusals");
    let to_nowhere = "watermark mark --key {key} --ledger /nowhere/ledger --company c --viewer v";
    let refused = desk.privet(to_nowhere, BODY.as_bytes());
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0));
    for body in [
        "{\"a\": 9007199254740993}",
        "{\"a\": \"\\ud83d\"}",
        "[]",
        "{\"a\":1,\"a\":2}",
    ] {
        let mark = "watermark mark --key {key} --ledger {ledger} --company c --viewer v";
        let refused = desk.privet(mark, body.as_bytes());
        assert_eq!(
            (refused.status.code(), refused.stdout.len()),
            (Some(1), 0),
            "{body}"
        );
        assert!(!text(&refused.stderr).contains("9007199254740993"));
    }
    assert!(!desk.path("ledger").exists());
    let again = desk.privet("watermark keygen --out {key}", b"");
    assert_eq!(again.status.code(), Some(1));
    let set = desk.privet("watermark keys {key} {key}", b"");
    assert_eq!(text(&set.stdout).matches("\"x\"").count(), 2);
}

const REDACT: &str =
    "redact --pack policies/liepin --viewer applied-recruiter cli/demo/zhang-san.json";

#[test]
fn a_download_leaves_marked_or_not_at_all() {
    let desk = Desk::new("download");
    let bare = desk.privet(&format!("{REDACT} --view download"), b"");
    assert_eq!((bare.status.code(), bare.stdout.len()), (Some(1), 0));
    assert!(
        text(&bare.stderr).contains("--watermark-key"),
        "{}",
        text(&bare.stderr)
    );
    let with_key = format!("{REDACT} --watermark-key {{key}} --ledger {{ledger}}");
    let sent = desk.privet(&format!("{with_key} --view download"), b"");
    assert!(sent.status.success(), "{}", text(&sent.stderr));
    let (word, _, shown) = desk.verify(&sent.stdout);
    assert_eq!(word, "valid");
    for part in ["company-1", "recruiter-1", "job-1", "2021-04-28T10:03:00Z"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let row: Value =
        serde_json::from_slice(&fs::read(desk.path("ledger")).expect("a ledger")).expect("one row");
    assert_eq!(row["resume"], "resume-1");
    assert!(
        row["pack"]
            .as_str()
            .is_some_and(|pack| pack.starts_with("liepin "))
    );
    // On the screen nothing is owed, and nothing is written.
    let detail = desk.privet(&with_key, b"");
    assert!(detail.status.success() && !text(&detail.stdout).contains("privet-watermark"));
    assert_eq!(
        fs::read_to_string(desk.path("ledger"))
            .expect("a ledger")
            .lines()
            .count(),
        1
    );
    // Nor by the candidate, who is no company.
    let own = with_key.replace("applied-recruiter", "candidate");
    let own = desk.privet(&own, b"");
    assert!(own.status.success(), "{}", text(&own.stderr));
    let nowhere =
        format!("{REDACT} --view download --watermark-key {{key}} --ledger /nowhere/ledger");
    let refused = desk.privet(&nowhere, b"");
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0));
}
