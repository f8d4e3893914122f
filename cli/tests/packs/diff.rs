//! `privet diff`: what counts as more, and what it says where it does not know.

use super::{changed, printed, privet};
use serde_json::Value;
use std::fs;
use std::path::Path;

const OLD: &str = "policies/zhaopin";

/// A change of a file, what is printed, and the exit status.
#[test]
fn more_is_shown_or_told_or_done_without() {
    let cases = [
        (
            "an obligation",
            "zhaopin/download.cedar",
            "record notify-candidate watermark",
            "record watermark",
            &[
                "  fewer obligations: notify-candidate",
                "somebody sees as much with fewer obligations",
            ][..],
            2,
        ),
        (
            "an obligation of a closed gate",
            "common/usage.cedar",
            "record alert",
            "record",
            &["  fewer obligations: alert"],
            2,
        ),
        (
            "an obligation more",
            "zhaopin/download.cedar",
            "record notify-candidate watermark",
            "record notify-candidate watermark alert",
            &[" 0 changed", "nobody sees more"],
            0,
        ),
        (
            "that there is a résumé",
            "common/visibility.cedar",
            "@answer(\"not-found\")",
            "@answer(\"forbidden\")",
            &["  more gate: not-found → forbidden", "somebody sees more"],
            2,
        ),
        (
            "that there is none",
            "zhaopin/download.cedar",
            "@answer(\"forbidden\")",
            "@answer(\"not-found\")",
            &["  less gate: forbidden → not-found", "nobody sees more"],
            0,
        ),
        // Whoever gets no number needs no lease of one.
        (
            "a relay less, and its lease",
            "zhaopin/contact.cedar",
            "when { context.view == View::\"contact\" && principal.verified };",
            "when { context.view == View::\"contact\" && principal.verified && !resource.phoneProtected };",
            &["  less phone: relay → removed", "nobody sees more"],
            0,
        ),
    ];
    for (name, file, from, to, parts, code) in cases {
        let new = changed("diff", file, from, to);
        let output = privet(&["diff", OLD, &new]);
        let text = printed(&output);
        assert_eq!(output.status.code(), Some(code), "{name}: {text}");
        for part in parts {
            assert!(text.contains(part), "{name}: {part}: {text}");
        }
    }
}

/// Facts that one of the packs cannot read: nothing is known, and nothing is said to be known.
#[test]
fn what_cannot_be_compared_is_no_success() {
    let new = changed(
        "uncompared",
        "vocabulary/entities.cedarschema",
        "entity Company in [Company, Blocklist] {",
        "entity Company in [Company, Blocklist] { audited: Bool,",
    );
    let output = privet(&["diff", OLD, &new]);
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let last = text.lines().last().unwrap_or_default();
    assert!(
        last.ends_with(" not comparable: not known whether somebody sees more"),
        "{last}"
    );
    let why = "  cannot be compared: the new pack: Company::\"company-1\": the attribute `audited`";
    assert!(text.contains(why), "{text}");
    let output = privet(&["diff", "--json", OLD, &new]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(report["unread"].as_array().is_some_and(|u| !u.is_empty()));
    // One viewer that the old pack does not read is enough.
    let new = changed(
        "partly",
        "zhaopin/viewers/headhunter.json",
        "\"now\": ",
        "\"then\": ",
    );
    let output = privet(&["diff", OLD, &new]);
    assert_eq!(output.status.code(), Some(1), "{}", printed(&output));
}

/// A pack without viewers is compared by its cases, one without both by nothing.
#[test]
fn a_pack_needs_no_viewers_to_be_compared() {
    let cases = Path::new("tests/check/sound");
    let output = privet(&["diff", &cases.display().to_string(), "tests/check/sound"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        printed(&output),
        "0 compared, 0 changed, 0 not comparable: not known whether somebody sees more\n"
    );
    assert!(fs::metadata(cases.join("viewers")).is_err());
}
