//! What each change of a marked document is called.
//!
//! What must never be here: a change of which two verdicts would do.

use crate::support::{RESUME, disclosure, id, key, keys, marked, marker};
use privet_watermark::{Altered, MemoryLedger, PrivateKey, PublicKeys, Settings, Verdict, verify};
use serde_json::{Value, json};

fn is_valid(bytes: &[u8]) -> bool {
    matches!(verify(bytes, &keys()), Verdict::Valid(_))
}

fn is_altered(bytes: &[u8]) -> bool {
    matches!(verify(bytes, &keys()), Verdict::Altered(_))
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[test]
fn every_flipped_bit_is_an_alteration() {
    let sent = marked("company-1", id(1));
    for position in 0..sent.len() {
        for bit in 0..8 {
            let mut flipped = sent.clone();
            flipped[position] ^= 1 << bit;
            let verdict = verify(&flipped, &keys());
            assert!(
                matches!(verdict, Verdict::Altered(_)),
                "bit {bit} of byte {position}: {verdict:?}"
            );
        }
    }
}

#[test]
fn every_removed_and_doubled_byte_is_an_alteration() {
    let sent = marked("company-1", id(1));
    for position in 0..sent.len() {
        let mut shorter = sent.clone();
        shorter.remove(position);
        assert!(is_altered(&shorter), "without byte {position}");
        let mut longer = sent.clone();
        longer.insert(position, sent[position]);
        assert!(is_altered(&longer), "byte {position} twice");
        // Cut off: altered as long as the beginning of a mark is there, then nobody can tell.
        assert!(!is_valid(&sent[..position]));
    }
}

#[test]
fn reserialised_it_stays_valid() {
    let sent = marked("company-1", id(1));
    let document = value(&sent);
    assert!(is_valid(
        &serde_json::to_vec_pretty(&document).expect("JSON")
    ));
    // Other order of members, and every character as an escape.
    let mut reordered = serde_json::Map::new();
    for (name, value) in document.as_object().expect("an object").iter().rev() {
        reordered.insert(name.clone(), value.clone());
    }
    assert!(is_valid(&bytes(&Value::Object(reordered))));
    let escaped: String = document
        .to_string()
        .encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(ascii) if ascii.is_ascii() => char::from(ascii).to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect();
    assert!(escaped.is_ascii() && is_valid(escaped.as_bytes()));
    let respelt = document.to_string().replace("3.85", "38.50e-1");
    assert!(respelt.contains("38.50e-1") && is_valid(respelt.as_bytes()));
}

/// More digits than a double holds are other digits, though canonical JSON would not see them.
#[test]
fn digits_beyond_a_double_are_an_alteration() {
    let sent = String::from_utf8(marked("company-1", id(1))).expect("UTF-8");
    let more = sent.replace("3.85", "3.8500000000000000000001");
    assert_eq!(
        verify(more.as_bytes(), &keys()),
        Verdict::Altered(Altered::Unreadable)
    );
}

#[test]
fn a_deleted_mark_is_absent() {
    let mut document = value(&marked("company-1", id(1)));
    let meta = document["meta"].as_object_mut().expect("meta");
    meta.remove("proof");
    assert_eq!(verify(&bytes(&document), &keys()), Verdict::Absent);
    document["meta"]
        .as_object_mut()
        .expect("meta")
        .remove("watermark");
    assert_eq!(verify(&bytes(&document), &keys()), Verdict::Absent);
    document.as_object_mut().expect("an object").remove("meta");
    assert_eq!(verify(&bytes(&document), &keys()), Verdict::Absent);
    for never in [
        RESUME.as_bytes(),
        b"",
        b"not JSON",
        b"{}",
        b"[1]",
        b"\xff\xfe",
    ] {
        assert_eq!(verify(never, &keys()), Verdict::Absent);
    }
}

#[test]
fn half_a_mark_is_an_alteration() {
    let sent = value(&marked("company-1", id(1)));
    let mut without_notice = sent.clone();
    without_notice["meta"]
        .as_object_mut()
        .expect("meta")
        .remove("watermark");
    let mut moved = sent.clone();
    let proof = moved["meta"].as_object_mut().expect("meta").remove("proof");
    moved["proof"] = proof.expect("a proof");
    let mut no_string = sent.clone();
    no_string["meta"]["proof"] = json!({"jws": 1});
    let mut empty = sent.clone();
    empty["meta"]["proof"] = json!("");
    let twice = String::from_utf8(bytes(&sent))
        .expect("UTF-8")
        .replacen('{', "{\"meta\":{},", 1);
    for document in [without_notice, moved, no_string, empty] {
        assert!(is_altered(&bytes(&document)), "{document}");
    }
    assert!(is_altered(twice.as_bytes()));
}

#[test]
fn swapped_marks_are_an_alteration() {
    for zero_width in [true, false] {
        let settings = Settings {
            zero_width,
            ..Settings::default()
        };
        let marker = marker().with_settings(settings);
        let sent = |company: &str, seed: u8| {
            let marked = marker.mark_as(id(seed), RESUME.as_bytes(), &disclosure(company));
            value(
                &marked
                    .expect("marked")
                    .record(&MemoryLedger::default())
                    .expect("recorded"),
            )
        };
        let (one, two) = (sent("company-1", 1), sent("company-2", 2));
        for member in ["proof", "watermark"] {
            let mut swapped = one.clone();
            swapped["meta"][member] = two["meta"][member].clone();
            assert!(is_altered(&bytes(&swapped)), "{member}");
        }
        let mut swapped = one.clone();
        swapped["meta"] = two["meta"].clone();
        // Without codes in the text the swap makes company 2's own copy, to the byte.
        assert_eq!(is_altered(&bytes(&swapped)), zero_width);
        assert_eq!(swapped == two, !zero_width);
    }
}

#[test]
fn an_unknown_key_is_neither_valid_nor_altered() {
    let sent = marked("company-1", id(1));
    let other = PrivateKey::generate().expect("a key");
    let others = PublicKeys::from_json(&other.public_jwks()).expect("a set");
    let unknown = Verdict::UnknownKey {
        key_id: key().id().to_owned(),
    };
    assert_eq!(verify(&sent, &others), unknown);
    assert_eq!(verify(&sent, &PublicKeys::default()), unknown);
    // The same id for another key.
    let mut named = other.public_jwk();
    named["kid"] = json!(key().id());
    let named = PublicKeys::from_json(&json!({"keys": [named]}).to_string()).expect("a set");
    assert_eq!(verify(&sent, &named), Verdict::Altered(Altered::Signature));
    // An alteration shows without the key.
    let text = String::from_utf8(sent)
        .expect("UTF-8")
        .replace("张**", "张三");
    assert_eq!(
        verify(text.as_bytes(), &others),
        Verdict::Altered(Altered::Content)
    );
}

/// A forger who has the document, the format and a key of his own.
#[test]
fn a_forged_mark_is_never_valid() {
    let forger = PrivateKey::generate().expect("a key");
    let forged = privet_watermark::Marker::new(forger, "https://jobs.example")
        .mark_as(id(2), RESUME.as_bytes(), &disclosure("company-2"))
        .expect("marked")
        .record(&MemoryLedger::default())
        .expect("recorded");
    assert!(matches!(
        verify(&forged, &keys()),
        Verdict::UnknownKey { .. }
    ));
    // With the trusted key's id in its place, everywhere.
    let mut document = value(&forged);
    document["meta"]["watermark"]["keyId"] = json!(key().id());
    assert!(is_altered(&bytes(&document)));
}

#[test]
fn what_cannot_be_marked() {
    let refused = |body: &str| {
        marker()
            .mark(body.as_bytes(), &disclosure("company-1"))
            .unwrap_err()
    };
    assert!(refused("{\"a\": 9007199254740993}").is_number());
    assert!(refused("{\"a\": [{\"b\": 0.12345678901234567890}]}").is_number());
    assert!(refused("{\"a\": \"\\ud83d\"}").is_syntax());
    assert!(
        refused("{\"a\": 1, \"a\": 1}")
            .to_string()
            .contains("repeats")
    );
    assert!(refused("[]").to_string().contains("root"));
    assert!(refused("{\"meta\": 1}").to_string().contains("`meta`"));
    assert!(refused("{\"meta\": {\"proof\": null}}").is_already_marked());
    assert!(
        refused("{\"su\\u200bmmary\": 1}")
            .to_string()
            .contains("invisible")
    );
    let again = String::from_utf8(marked("company-1", id(1))).expect("UTF-8");
    assert!(refused(&again).is_already_marked());
    for body in [
        "{\"secret\": 9007199254740993}",
        "{\"secret\": \"\\ud83d\"}",
        "{\"secret\": tru}",
    ] {
        let message = refused(body).to_string();
        assert!(
            !message.contains("secret") && !message.contains("9007"),
            "{message}"
        );
    }
}

#[test]
fn a_mark_says_who_and_when() {
    let refused = |change: fn(&mut privet_watermark::Disclosure), what: &str| {
        let mut disclosure = disclosure("company-1");
        change(&mut disclosure);
        let error = marker().mark(b"{}", &disclosure).unwrap_err();
        assert!(
            error.is_disclosure() && error.to_string().contains(what),
            "{error}"
        );
    };
    refused(|d| d.company.id.clear(), "company is missing");
    refused(
        |d| d.company.id = "\u{200b}".to_owned(),
        "company is missing",
    );
    refused(|d| d.viewer.id.clear(), "viewer is missing");
    refused(|d| d.decision.clear(), "decision is missing");
    refused(|d| d.company.name = "a\nb".to_owned(), "control character");
    refused(|d| d.viewer.name = "x".repeat(1025), "1024");
    refused(|d| d.time = -1, "time");
    refused(
        |d| d.job.as_mut().expect("a job").id.clear(),
        "job is missing",
    );
}
