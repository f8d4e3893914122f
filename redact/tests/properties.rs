//! What holds for every body, tried on generated ones.
//!
//! What must never be here: a body from a file; those are cases.

mod bodies;
mod bytes;
mod model;
mod planted;
mod transforms;

use std::sync::Arc;

use bodies::{document, text, write};
use model::{Fate, keep, replace_unruled, rules};
use privet_redact::{Delivery, Redactor, Rules, Settings, redact};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;

fn redacted(rules: Rules, body: &str) -> Vec<u8> {
    redact(Arc::new(rules), Settings::default(), body.as_bytes()).expect("the body is valid")
}

proptest! {
    /// An independent, recursive model over a DOM gives the same value.
    #[test]
    fn output_is_what_the_model_keeps(body in document(), fates in rules(), blanks in any::<u64>()) {
        let output = redacted(fates.compile(), &text(&body, blanks));
        let parsed: Value = serde_json::from_slice(&output).expect("the output is JSON");
        let kept = keep(&fates, &mut Vec::new(), &body).unwrap_or(Value::Object(Default::default()));
        prop_assert_eq!(&parsed, &kept);
        // Compact, so that no blank of the body is in it.
        prop_assert_eq!(output.len(), write(&kept).len());
    }

    /// Blanks and escapes of the body do not show outside revealed values.
    #[test]
    fn spelling_does_not_show(body in document(), fates in rules(), one in any::<u64>(), other in any::<u64>()) {
        let one = redacted(fates.compile(), &text(&body, one));
        let other = redacted(fates.compile(), &text(&body, other));
        let parse = |output: &[u8]| serde_json::from_slice::<Value>(output).unwrap();
        prop_assert_eq!(parse(&one), parse(&other));
    }

    /// Two bodies that differ only in what is removed give the same bytes.
    #[test]
    fn removed_values_do_not_interfere(body in document(), fates in rules(), one in bodies::value(), other in bodies::value()) {
        let outputs = [Some(one), Some(other), None].map(|replacement| {
            let mut body = body.clone();
            replace_unruled(&fates, &mut Vec::new(), &mut body, replacement.as_ref());
            redacted(fates.compile(), &write(&body))
        });
        let [one, other, absent] = outputs;
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(&one, &absent);
    }

    /// A secret under a removed, masked or relayed path is nowhere in the output.
    #[test]
    fn secrets_do_not_leak(body in document(), fates in rules()) {
        const SECRET: &str = "13912345678";
        let mut body = body;
        let secret = Value::from(SECRET);
        replace_unruled(&fates, &mut Vec::new(), &mut body, Some(&secret));
        model::replace_scalars(&fates, &mut Vec::new(), &mut body, &secret, |fate| fate != Fate::Reveal);
        let output = redacted(fates.compile(), &write(&body));
        prop_assert!(!String::from_utf8(output).unwrap().contains(SECRET));
    }

    /// Chunks of any size give the same bytes, held and streaming.
    #[test]
    fn chunks_do_not_matter(
        body in document(),
        fates in rules(),
        blanks in any::<u64>(),
        sizes in prop::collection::vec(0_usize..40, 1..20),
        is_held in any::<bool>(),
    ) {
        let body = text(&body, blanks);
        let whole = redacted(fates.compile(), &body);
        let delivery = if is_held { Delivery::Held } else { Delivery::Streaming };
        let settings = Settings { delivery, ..Settings::default() };
        let mut redactor = Redactor::new(Arc::new(fates.compile()), settings, Vec::new());
        let mut rest = body.as_bytes();
        for size in sizes {
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            redactor.write(chunk).unwrap();
            rest = after;
        }
        redactor.write(rest).unwrap();
        prop_assert_eq!(redactor.end().unwrap(), whole);
    }
}

/// Bodies and rules share few names, so that they meet often enough.
#[test]
fn the_properties_are_not_empty() {
    let mut runner = TestRunner::deterministic();
    let mut shown = 0;
    for _ in 0..500 {
        let (body, fates) = (document(), rules())
            .new_tree(&mut runner)
            .unwrap()
            .current();
        shown += usize::from(redacted(fates.compile(), &write(&body)) != b"{}");
    }
    assert!(shown > 100, "only {shown} of 500 bodies show anything");
}
