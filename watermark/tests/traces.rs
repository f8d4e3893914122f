//! Zero-width codes: copied with a paragraph, planted, mixed by two companies.
//!
//! What must never be here: a text whose visible characters changed.

use crate::support::{RESUME, disclosure, id, marked, marker};
use privet_watermark::{MarkId, MemoryLedger, Settings, Trace};
use serde_json::Value;
use std::collections::BTreeSet;

fn ids(text: &str) -> Vec<MarkId> {
    Trace::of(text)
        .codes
        .iter()
        .map(|code| code.mark_id)
        .collect()
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

fn visible(text: &str) -> String {
    let mut visible = text.to_owned();
    visible.retain(|c| !('\u{200b}'..='\u{2064}').contains(&c) || c == '\u{2019}');
    visible
}

#[test]
fn one_copied_paragraph_is_enough() {
    let sent: Value = serde_json::from_slice(&marked("company-1", id(1))).expect("JSON");
    let original: Value = serde_json::from_str(RESUME).expect("JSON");
    for pointer in [
        "/basics/summary",
        "/work/0/summary",
        "/work/0/highlights/0",
        "/work/0/highlights/1",
    ] {
        let paragraph = sent
            .pointer(pointer)
            .and_then(Value::as_str)
            .expect(pointer);
        assert_eq!(ids(paragraph), [id(1)], "{pointer}");
        assert_eq!(
            Some(visible(paragraph).as_str()),
            original.pointer(pointer).and_then(Value::as_str)
        );
    }
    // Nothing else is touched.
    assert_eq!(
        sent.pointer("/work/0/highlights/2"),
        original.pointer("/work/0/highlights/2")
    );
    let mut unmarked = sent.clone();
    unmarked["meta"] = original["meta"].clone();
    let unmarked: Value = serde_json::from_str(&visible(&unmarked.to_string())).expect("JSON");
    assert_eq!(unmarked, original);
}

#[test]
fn a_long_text_carries_several_codes() {
    let sentence = "Kept a payment system running through three data centre moves. ";
    let body = serde_json::json!({"basics": {"summary": sentence.repeat(40)}}).to_string();
    let marked = marker()
        .mark_as(id(3), body.as_bytes(), &disclosure("company-1"))
        .expect("marked");
    assert_eq!(marked.row().zero_width_codes, 7);
    let sent: Value =
        serde_json::from_slice(&marked.record(&MemoryLedger::default()).expect("recorded"))
            .expect("JSON");
    let summary = sent["basics"]["summary"].as_str().expect("a text");
    assert_eq!(Trace::of(summary).codes[0].whole, 7);
    // Any eighth of a page has one.
    let characters: Vec<char> = summary.chars().collect();
    for part in characters.chunks(900) {
        assert_eq!(ids(&part.iter().collect::<String>()), [id(3)]);
    }
}

#[test]
fn codes_can_be_switched_off_and_limited() {
    let with = |settings: Settings| {
        let marker = marker().with_settings(settings);
        let marked = marker
            .mark_as(id(1), RESUME.as_bytes(), &disclosure("company-1"))
            .expect("marked");
        let codes = marked.row().zero_width_codes;
        let sent = marked.record(&MemoryLedger::default()).expect("recorded");
        (codes, Trace::of(&String::from_utf8(sent).expect("UTF-8")))
    };
    let (codes, trace) = with(Settings {
        zero_width: false,
        ..Settings::default()
    });
    assert!(codes == 0 && trace.is_empty());
    for max_codes in 0..6 {
        let (codes, trace) = with(Settings {
            max_codes,
            ..Settings::default()
        });
        assert_eq!(codes, max_codes.min(4));
        assert_eq!(trace.codes.iter().map(|c| c.copies).sum::<usize>(), codes);
    }
}

/// A résumé with another company's code in it, in a value and in the company's own name.
#[test]
fn a_planted_mark_is_gone() {
    let foreign: Value = serde_json::from_slice(&marked("company-2", id(2))).expect("JSON");
    let planted = foreign["basics"]["summary"].as_str().expect("a text");
    let body = serde_json::json!({
        "basics": {"name": planted, "summary": planted, "phone": format!("{planted}\u{feff}\u{ad}")},
        "work": [{"position": planted}],
    });
    let mut disclosure = disclosure("company-1");
    disclosure.company.name = planted.to_owned();
    for zero_width in [true, false] {
        let marker = marker().with_settings(Settings {
            zero_width,
            ..Settings::default()
        });
        let marked = marker
            .mark_as(id(1), body.to_string().as_bytes(), &disclosure)
            .expect("marked");
        let sent = marked.record(&MemoryLedger::default()).expect("recorded");
        let expected: &[MarkId] = if zero_width { &[id(1)] } else { &[] };
        assert_eq!(ids(&String::from_utf8(sent).expect("UTF-8")), expected);
    }
}

/// Each text of the mixed copy is taken from one of two companies: both are found.
#[test]
fn a_copy_mixed_from_two_names_both() {
    let mixed = |choose: u32| -> BTreeSet<MarkId> {
        let mut lists = [Vec::new(), Vec::new()];
        for (list, (company, seed)) in lists.iter_mut().zip([("company-1", 1), ("company-2", 2)]) {
            let sent: Value = serde_json::from_slice(&marked(company, id(seed))).expect("JSON");
            texts(&sent, list);
        }
        let [one, two] = lists;
        let pairs = one
            .iter()
            .zip(&two)
            .filter(|(a, b)| a != b && visible(a) == visible(b));
        let picked = pairs
            .enumerate()
            .map(|(i, (a, b))| if choose >> i & 1 == 0 { a } else { b });
        ids(&picked.cloned().collect::<Vec<_>>().join("\n"))
            .into_iter()
            .collect()
    };
    assert_eq!(mixed(0), [id(1)].into());
    assert_eq!(mixed(15), [id(2)].into());
    for choose in 1..15 {
        assert_eq!(mixed(choose), [id(1), id(2)].into(), "{choose:b}");
    }
}

/// Ids that look drawn, the same in every run: of two that share too few bits the trace says nothing,
/// which is right and would fail here now and then.
fn an_id(number: u64) -> MarkId {
    let mut bytes = [0; 12];
    let mut state = number + 1;
    for byte in &mut bytes {
        state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ state >> 27;
        *byte = (state >> 32).to_le_bytes()[0];
    }
    MarkId::from_bytes(bytes)
}

/// Both companies delete every character that differs between their copies; the ledger still names
/// both, and nobody else.
#[test]
fn a_copy_without_the_differences_names_both() {
    let seen: Vec<MarkId> = (0..500).map(an_id).collect();
    let copies = [0, 1].map(|i| String::from_utf8(marked("company", seen[i])).expect("UTF-8"));
    let texts = copies.map(|copy| {
        let copy: Value = serde_json::from_str(&copy).expect("JSON");
        copy["basics"]["summary"]
            .as_str()
            .expect("a text")
            .to_owned()
    });
    let [one, two] = &texts;
    let common: String = one
        .chars()
        .zip(two.chars())
        .filter(|(a, b)| a == b)
        .map(|(a, _)| a)
        .collect();
    let trace = Trace::of(&common);
    assert!(trace.codes.is_empty() && trace.damaged() == 1);
    let suspects = trace.suspects(&seen);
    let named: BTreeSet<MarkId> = suspects.iter().map(|s| s.mark_id).collect();
    assert_eq!(named, [seen[0], seen[1]].into());
    assert!(suspects.iter().all(|s| s.chance < 1e-6));
}

/// Codes stay out of members that have a format: where JSON Resume's schema is, its strings with a
/// format or pattern are not among the names.
#[test]
fn no_format_of_the_schema_is_broken() {
    let Ok(folder) = std::env::var("PRIVET_RESUMES") else {
        eprintln!("SKIPPED: PRIVET_RESUMES names no folder");
        return;
    };
    let file = std::path::Path::new(&folder).join("json-resume-1.3.1.schema.json");
    let schema: Value =
        serde_json::from_slice(&std::fs::read(file).expect("the schema")).expect("JSON");
    let mut checked = 0;
    check_schema(&schema, &Settings::default().free_text, &mut checked);
    assert!(checked >= 8, "{checked}");
    assert_eq!(schema["properties"]["meta"]["additionalProperties"], true);
}

fn check_schema(schema: &Value, names: &BTreeSet<String>, checked: &mut usize) {
    let Value::Object(members) = schema else {
        return;
    };
    if let Some(Value::Object(properties)) = members.get("properties") {
        for (name, property) in properties.iter().filter(|(name, _)| names.contains(*name)) {
            let string = property.get("items").unwrap_or(property);
            assert_eq!(string["type"], "string", "{name}");
            for restricted in ["format", "pattern", "enum", "maxLength", "$ref"] {
                assert!(string.get(restricted).is_none(), "{name}: {restricted}");
            }
            *checked += 1;
        }
    }
    members
        .values()
        .for_each(|value| check_schema(value, names, checked));
}
