//! The known-value scan: every form of every kind is a hit, what is shown by policy is none.
//!
//! A line of `known/hits.tsv` and `known/clean.tsv` is `kind<TAB>value<TAB>body`; `\u{…}` stands
//! for a character.
//! What must never be here: a hit that only one of the two ways (text, body) finds.

use std::sync::Arc;

use crate::scrub::unescape;
use privet_redact::known::{Known, KnownKind};
use privet_redact::scrub::Scrubber;
use privet_redact::{Delivery, Path, Redactor, Rule, Rules, Settings, redact};

fn known(kind: &str, value: &str) -> Known {
    let kind = KnownKind::from_name(kind).expect("a kind");
    Known::builder().value(kind, value).unwrap().build()
}

fn lines<const CELLS: usize>(file: &str) -> Vec<[String; CELLS]> {
    let path = format!("{}/tests/known/{file}.tsv", env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(&path).expect(&path);
    let lines = table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cells = lines.map(|line| {
        let cells: Vec<String> = line.split('\t').map(unescape).collect();
        cells.try_into().expect("a line has all its cells")
    });
    cells.collect()
}

#[test]
fn every_form_is_found() {
    let lines = lines("hits");
    assert!(lines.len() > 50);
    for [kind, value, body] in lines {
        let found = known(&kind, &value).scan_json(body.as_bytes());
        assert_eq!(found.map(KnownKind::name), Some(kind.as_str()), "{body}");
    }
}

#[test]
fn what_is_no_value_is_not_found() {
    let lines = lines("clean");
    assert!(lines.len() > 20);
    for [kind, value, body] in lines {
        assert_eq!(
            known(&kind, &value).scan_json(body.as_bytes()),
            None,
            "{body}"
        );
    }
}

#[test]
fn texts_are_searched_too() {
    let known = known("phone", "13800138000");
    assert_eq!(
        known.scan_text("138 then 0013\nthen 8000"),
        Some(KnownKind::Phone)
    );
    assert_eq!(known.scan_text("138 then 0013\nthen 8001"), None);
}

/// `known/cut.tsv` has a fourth cell, what is left of the text; `-` if nothing is.
#[test]
fn what_is_found_is_cut_out() {
    let lines = lines("cut");
    assert!(lines.len() > 20);
    for [kind, value, text, expected] in lines {
        let known = known(&kind, &value);
        let left = known.cut(&text);
        assert_eq!(left.as_deref().unwrap_or("-"), expected, "{text}");
        let is_hit = known.scan_text(&text).is_some();
        assert_eq!(is_hit, left.as_deref() != Some(text.as_str()), "{text}");
        assert_eq!(left.and_then(|left| known.scan_text(&left)), None, "{text}");
    }
}

/// `known/torn.tsv` is the same of texts of which the detector finds a part.
#[test]
fn what_is_found_in_part_is_hidden_whole() {
    let lines = lines("torn");
    assert!(lines.len() > 5);
    for [kind, value, text, expected] in lines {
        let scrubbed = known(&kind, &value).scrub(&Scrubber::default(), &text);
        assert_eq!(scrubbed.text, expected, "{text}");
        let without = Known::default().scrub(&Scrubber::default(), &text);
        assert_eq!(without, Scrubber::default().scrub(&text));
    }
}

/// It is cut from free text, and refuses no body: a name beside a masked address is no account.
#[test]
fn an_account_beside_its_provider_is_cut_from_free_text() {
    let renderings = [
        ("$.name", "reveal"),
        ("$.email", "mask:email"),
        ("$.note", "scrub"),
        ("$.label", "reveal"),
    ];
    let known = known("email", "lena.vasquez@gmail.com");
    let rules = Rules::builder().known(known).build(parsed(&renderings));
    let rules = Arc::new(rules.expect("rules"));
    for (body, expected) in [
        (
            r#"{"name":"Lena Vasquez","email":"lena.vasquez@gmail.com","note":"In teams."}"#,
            r#"{"name":"Lena Vasquez","email":"l***@gmail.com","note":"In teams."}"#,
        ),
        (
            r#"{"name":"Lena Vasquez","note":"Find lena.vasquez on gmail, please."}"#,
            r#"{"name":"Lena Vasquez","note":"Find [hidden] on gmail, please."}"#,
        ),
        (
            r#"{"label":"Lena Vasquez on Gmail","note":"Nothing."}"#,
            r#"{"label":"Lena Vasquez on Gmail","note":"Nothing."}"#,
        ),
    ] {
        let output = redact(Arc::clone(&rules), Settings::default(), body.as_bytes());
        let output = String::from_utf8(output.expect(body)).expect("UTF-8");
        assert_eq!(output, expected);
    }
}

fn parsed(renderings: &[(&str, &str)]) -> Vec<(Path, Rule)> {
    let rules = renderings.iter().map(|(path, rendering)| {
        let rule = Rule::new("contact", rendering.parse().expect(rendering));
        (path.parse().expect(path), rule)
    });
    rules.collect()
}

fn rules(renderings: &[(&str, &str)]) -> Rules {
    let known = Known::builder()
        .value(KnownKind::Phone, "13800138000")
        .unwrap()
        .value(KnownKind::Email, "12345678@qq.com")
        .unwrap()
        .value(KnownKind::Wechat, "13800138000")
        .unwrap()
        .value(KnownKind::Qq, "12345678")
        .unwrap()
        .home("$.phone".parse().unwrap(), KnownKind::Phone)
        .home("$.email".parse().unwrap(), KnownKind::Email)
        .home("$.wechat".parse().unwrap(), KnownKind::Wechat)
        .build();
    Rules::builder()
        .known(known)
        .build(parsed(renderings))
        .expect("rules")
}

/// What a body gives under rules: the output, or the kind of the hit.
fn outcome(renderings: &[(&str, &str)], body: &str) -> Result<String, KnownKind> {
    match redact(
        Arc::new(rules(renderings)),
        Settings::default(),
        body.as_bytes(),
    ) {
        Ok(output) => Ok(String::from_utf8(output).unwrap()),
        Err(error) => {
            let message = error.to_string();
            assert!(
                !message.contains("138") && !message.contains("qq.com"),
                "{message}"
            );
            Err(error.known_value().expect("no other error"))
        }
    }
}

#[test]
fn what_the_plan_reveals_at_home_is_shown() {
    let body = r#"{"phone":"+86 138-0013-8000","note":"138 0013 8000"}"#;
    // At home, and then anywhere.
    assert_eq!(
        outcome(&[("$.phone", "reveal"), ("$.note", "reveal")], body).unwrap(),
        body
    );
    // Not at home, though the body has it there.
    let hidden = [("$.phone", "mask:phone"), ("$.note", "reveal")];
    assert_eq!(outcome(&hidden, body), Err(KnownKind::Phone));
    // Revealed, but something else stands there.
    let other = r#"{"phone":"none","note":"138 0013 8000"}"#;
    assert_eq!(
        outcome(&[("$.phone", "reveal"), ("$.note", "reveal")], other),
        Err(KnownKind::Phone)
    );
    // Revealed, but more than the number stands there.
    let more = r#"{"phone":"call 13800138000"}"#;
    assert_eq!(
        outcome(&[("$.phone", "reveal")], more),
        Err(KnownKind::Phone)
    );
}

#[test]
fn a_messenger_is_shown_with_the_contact_that_holds_it() {
    let body = r#"{"email":"12345678@qq.com"}"#;
    assert!(outcome(&[("$.email", "reveal")], body).is_ok());
    // The other way round a protected number would come out.
    let body = r#"{"wechat":"13800138000"}"#;
    assert_eq!(
        outcome(&[("$.wechat", "reveal")], body),
        Err(KnownKind::Phone)
    );
}

#[test]
fn with_known_values_nothing_leaves_before_the_end() {
    let settings = Settings {
        delivery: Delivery::Streaming,
        ..Settings::default()
    };
    let mut emitted = Vec::new();
    let sink = |bytes: &[u8]| emitted.extend_from_slice(bytes);
    let mut redactor = Redactor::new(Arc::new(rules(&[("$.note", "reveal")])), settings, sink);
    redactor.write(br#"{"note":"12345678"#).unwrap();
    redactor.write(br#"@qq.com"}"#).unwrap();
    let error = redactor.end().err().expect("a hit");
    assert_eq!(error.known_value(), Some(KnownKind::Email));
    assert_eq!(
        error.to_string(),
        "the output holds a true value of the candidate (email), nothing is sent"
    );
    assert!(emitted.is_empty());
}

#[test]
fn values_that_chance_could_write_are_refused() {
    for (kind, value) in [
        (KnownKind::Phone, "123456"),
        (KnownKind::Phone, "call me at 13800138000"),
        (KnownKind::Qq, "1234"),
        (KnownKind::Wechat, "abc"),
        (KnownKind::Email, "zhangsan"),
        (KnownKind::IdCard, "110105"),
        (KnownKind::Name, "张"),
    ] {
        let error = Known::builder().value(kind, value).expect_err("refused");
        assert!(!error.to_string().contains(value), "{error}");
    }
}

#[test]
fn nothing_is_told() {
    let known = known("phone", "13800138000");
    assert_eq!(format!("{known:?}"), "Known { values: 1, homes: 0, .. }");
}
