//! The verbs of pack authors: `test`, `explain`, and several packs at once; `diff` is in its own file.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

#[path = "packs/diff.rs"]
mod diff;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn privet(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_privet"))
        .current_dir(root())
        .args(arguments)
        .output()
        .expect("runs")
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
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

/// The policies with one text of a file replaced; the Zhaopin pack of the copy.
fn changed(name: &str, file: &str, from: &str, to: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("packs-{name}"));
    let _ = fs::remove_dir_all(&folder);
    copy(&root().join("policies"), &folder);
    let path = folder.join(file);
    let text = fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "{from}");
    fs::write(&path, text.replace(from, to)).expect("written");
    folder.join("zhaopin").to_str().expect("UTF-8").to_owned()
}

/// Every policy and every rung is reached by a case, and every case holds.
#[test]
fn the_packs_pass_their_cases_and_the_cases_reach_everything() {
    let output = privet(&["test", "--complete", "policies/liepin", "policies/zhaopin"]);
    assert!(output.status.success(), "{}", printed(&output));
    let output = privet(&["check", "policies/liepin", "policies/zhaopin"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_policy_that_no_longer_holds_fails_its_cases_and_says_why() {
    let pack = changed(
        "broken",
        "zhaopin/contact.cedar",
        "when { resource.phoneProtected };",
        "when { resource.phoneProtected && context.view != View::\"contact\" };",
    );
    let output = privet(&["test", &pack]);
    assert_eq!(output.status.code(), Some(1));
    let text = printed(&output);
    for part in [
        "FAILED",
        "history.toml:",
        "phone: expected phoneRelay, got phoneReveal",
        "→ phoneReveal (reveal): allowed by unprotected-phone",
        "contact.cedar:",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // The same for programs.
    let output = privet(&["test", "--json", &pack]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let cases = report["packs"][0]["cases"].as_array().expect("cases");
    assert!(
        cases
            .iter()
            .any(|c| c["passed"] == false && c["line"].is_u64())
    );

    // And somebody sees more than before.
    let output = privet(&["diff", "policies/zhaopin", &pack]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        printed(&output).contains("more phone: relay → reveal"),
        "{}",
        printed(&output)
    );
    let output = privet(&["diff", &pack, "policies/zhaopin"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        printed(&output).contains("less phone: reveal → relay"),
        "{}",
        printed(&output)
    );
}

/// What nobody would miss on the screen, a case misses.
#[test]
fn a_promise_that_is_taken_back_fails_a_case() {
    let without = [
        "notify-candidate watermark",
        "record watermark",
        "record notify-candidate",
    ];
    let all = "@obligation(\"record notify-candidate watermark\")";
    for kept in without {
        let kept = format!("@obligation(\"{kept}\")");
        for pack in ["liepin", "zhaopin"] {
            let zhaopin = changed("taken-back", &format!("{pack}/download.cedar"), all, &kept);
            let folder = zhaopin.replace("zhaopin", pack);
            let output = privet(&["test", &folder]);
            assert_eq!(output.status.code(), Some(1), "{pack}: {kept}");
            assert!(printed(&output).contains("obligations: expected"), "{kept}");
        }
    }
    let answer = "@obligation(\"record\")\n@answer(\"not-found\")\nforbid (principal is Recruiter, action in Action::\"viewing\", resource is Resume)\nwhen { principal.company in resource.blockedCompanies };";
    let other = answer.replace("not-found", "forbidden");
    let pack = changed("answer", "common/employers.cedar", answer, &other);
    for folder in [pack.replace("zhaopin", "liepin"), pack] {
        let output = privet(&["test", &folder]);
        assert_eq!(output.status.code(), Some(1));
        let text = printed(&output);
        assert!(
            text.contains("gate: expected not-found, got forbidden"),
            "{text}"
        );
    }
}

#[test]
fn what_no_case_reaches_is_listed() {
    let pack = changed(
        "unreached",
        "zhaopin/contact.cedar",
        "@id(\"companies-reach-out\")",
        "@id(\"nobody-tests-this\") @basis(\"none\")\nforbid (principal is Recruiter, action == Action::\"viewContact\", resource)\nwhen { resource.owner == Candidate::\"nobody\" };\n\n@id(\"companies-reach-out\")",
    );
    let output = privet(&["test", &pack]);
    assert!(output.status.success());
    assert!(
        printed(&output).contains("not nobody-tests-this"),
        "{}",
        printed(&output)
    );
    assert_eq!(
        privet(&["test", "--complete", &pack]).status.code(),
        Some(1)
    );
}

#[test]
fn a_case_that_is_no_case_is_a_clear_error() {
    let cases = [
        ("gate = \"open\"", "gate = \"ajar\"", "ajar"),
        ("view = \"detail\"", "view = \"detail\"\nrung = 1", "rung"),
        (
            "unset = [\"company.contract\"]",
            "unset = [\"company.contact\"]",
            "company.contact",
        ),
        ("viewer = \"headhunter\"", "viewer = \"hunter\"", "hunter"),
        (
            "Z2b S04",
            "Z2a S07 the virtual number after an application\"\n#",
            "is already in",
        ),
    ];
    for (from, to, message) in cases {
        let pack = changed("no-case", "zhaopin/cases/promises.toml", from, to);
        let output = privet(&["test", &pack]);
        assert_eq!(output.status.code(), Some(1), "{message}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            errors.contains(message) && errors.contains("promises.toml"),
            "{errors}"
        );
        assert!(output.stdout.is_empty());
    }
    let output = privet(&["test", "policies/zhaopin", "--filter", "no such case"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn explain_names_the_policies_and_their_places() {
    let viewer = [
        "--pack",
        "policies/liepin",
        "--viewer",
        "other-job-recruiter",
    ];
    let output = privet(&[&["explain"], &viewer[..], &["phone"]].concat());
    assert!(output.status.success());
    let text = printed(&output);
    for part in [
        "phone: removed",
        "phoneReveal (reveal): forbidden by protected-phone-is-never-real (policies/liepin/contact.cedar:",
        "near: relay-after-apply (policies/liepin/contact.cedar:",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("\nname"), "{text}");
    let output = privet(&[&["explain", "--json"], &viewer[..], &["--view", "card"]].concat());
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["classes"]["name"]["rendering"], "mask:name");
    assert_eq!(
        report["classes"]["name"]["rungs"][1]["by"][0]["policy"],
        "card"
    );
    let output = privet(&[&["explain"], &viewer[..], &["telephone"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let closed = [
        "explain",
        "--pack",
        "policies/liepin",
        "--viewer",
        "current-employer",
    ];
    let output = privet(&closed);
    assert_eq!(output.status.code(), Some(2));
    assert!(printed(&output).contains("nothing is shown"));
}

/// Both packs at once give the stricter answer, in `plan`, `explain` and `redact`.
#[test]
fn packs_given_together_are_the_stricter_of_the_two() {
    let viewer =
        fs::read_to_string(root().join("policies/zhaopin/viewers/other-job-recruiter.json"));
    let mut facts: Value = serde_json::from_str(&viewer.expect("facts")).expect("JSON");
    let set = "resource.phoneProtected = false".parse().expect("TOML");
    privet_pack::facts::change(&mut facts, &set).expect("changed");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("together.json");
    fs::write(&file, facts.to_string()).expect("written");
    let file = file.to_str().expect("UTF-8");
    let rendering = |packs: &[&str]| {
        let asked = [packs, &["--facts", file, "--view", "contact"][..]].concat();
        let output = privet(&[&["plan"], &asked[..]].concat());
        let plan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let redacted = privet(&[&["redact"], &asked[..], &["cli/demo/zhang-san.json"]].concat());
        let leaks = printed(&redacted).contains("13800138000");
        assert!(redacted.status.success());
        (
            plan["classes"]["phone"]["rendering"]
                .as_str()
                .map(str::to_owned),
            leaks,
        )
    };
    let (liepin, zhaopin) = (
        ["--pack", "policies/liepin"],
        ["--pack", "policies/zhaopin"],
    );
    assert_eq!(rendering(&zhaopin), (Some("reveal".to_owned()), true));
    assert_eq!(rendering(&liepin), (Some("relay".to_owned()), false));
    assert_eq!(
        rendering(&[zhaopin, liepin].concat()),
        (Some("relay".to_owned()), false)
    );
    // One decision is one pack's; other ladders do not go together.
    let two = [
        "--pack",
        "policies/liepin",
        "--pack",
        "policies/zhaopin",
        "--facts",
        file,
    ];
    let output = privet(&[&["authorize", "--action", "phoneReveal"], &two[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    let other = changed(
        "ladder",
        "vocabulary/classes-contact.cedarschema",
        "mask:phone",
        "remove",
    );
    let output = privet(&[
        "plan",
        "--pack",
        "policies/liepin",
        "--pack",
        &other,
        "--facts",
        file,
    ]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("ladders of `phone`"), "{errors}");
}
