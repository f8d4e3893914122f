//! Bodies that need not be JSON: no panic, no output after an error, and no
//! disagreement with another parser.
//!
//! What must never be here: bodies that are valid on purpose.

use std::sync::Arc;

use privet_redact::{Delivery, Redactor, Settings, redact, validate};
use proptest::prelude::*;
use serde_json::Value;

use super::bodies::{document, text};
use super::model::rules;

/// Bytes that JSON is made of, and a few others.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        8 => prop::sample::select(b"{}[]\",:\\ \n0123456789eE+-.truefalsnab".as_slice()),
        1 => any::<u8>(),
    ];
    prop::collection::vec(byte, 0..60)
}

/// A body with one byte changed, put in or taken out.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    (
        document(),
        any::<u64>(),
        any::<prop::sample::Index>(),
        any::<u8>(),
        0..3,
    )
        .prop_map(|(body, blanks, index, byte, kind)| {
            let mut body = text(&body, blanks).into_bytes();
            let at = index.index(body.len());
            match kind {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                _ => {
                    body.remove(at);
                }
            }
            body
        })
}

proptest! {
    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..200), fates in rules()) {
        let _ = redact(Arc::new(fates.compile()), Settings::default(), &body);
    }

    #[test]
    fn agrees_with_another_parser(body in prop_oneof![nearly_json(), damaged()]) {
        let ours = validate(&body, &Settings::default());
        let theirs = serde_json::from_slice::<Value>(&body);
        if theirs.is_ok() {
            prop_assert!(ours.is_ok(), "{ours:?}");
        }
        // The other one refuses lone surrogates and numbers too large for it.
        let is_plain = !body.windows(2).any(|pair| pair == b"\\u")
            && !body.iter().any(|byte| matches!(byte, b'e' | b'E'));
        if ours.is_ok() && is_plain {
            prop_assert!(theirs.is_ok(), "{theirs:?}");
        }
    }

    #[test]
    fn an_error_is_the_end(
        bodies in prop::collection::vec(prop_oneof![nearly_json(), damaged()], 1..6),
        fates in rules(),
        is_held in any::<bool>(),
    ) {
        let delivery = if is_held { Delivery::Held } else { Delivery::Streaming };
        let settings = Settings { delivery, ..Settings::default() };
        let emitted = std::cell::Cell::new(0);
        let sink = |bytes: &[u8]| emitted.set(emitted.get() + bytes.len());
        let mut redactor = Redactor::new(Arc::new(fates.compile()), settings, sink);
        let mut at_error = None;
        for body in &bodies {
            let written = redactor.write(body);
            match at_error {
                None if written.is_err() => at_error = Some(emitted.get()),
                None => {}
                Some(_) => prop_assert!(written.is_err_and(|error| error.is_poisoned())),
            }
        }
        if redactor.end().is_err() {
            let before = at_error.unwrap_or(emitted.get());
            prop_assert_eq!(emitted.get(), before);
            prop_assert!(!is_held || before == 0);
        } else {
            prop_assert_eq!(at_error, None);
        }
    }

    /// No error message holds anything of the body.
    #[test]
    fn errors_tell_nothing(body in nearly_json()) {
        let marked = [b"{\"13800138000\":\"zhangsan@example.com\",".as_slice(), &body].concat();
        if let Err(error) = validate(&marked, &Settings::default()) {
            let message = format!("{error} {error:?}");
            prop_assert!(!message.contains("138001") && !message.contains("zhang"), "{}", message);
        }
    }
}
