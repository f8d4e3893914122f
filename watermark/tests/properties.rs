//! The same for arbitrary documents, changes and bytes. `PROPTEST_CASES` runs more.
//!
//! What must never be here: an expectation that knows which document it has.

use crate::support::{disclosure, id, keys, marked, marker};
use privet_watermark::{MemoryLedger, Trace, Verdict, verify};
use proptest::prelude::*;
use serde_json::{Map, Value};

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1_i64 << 53)..=1 << 53).prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |f| serde_json::Number::from_f64(f)
            .map(Value::Number)),
        any::<String>().prop_map(Value::from),
        "[a-z \u{4e00}-\u{4eff}，\u{200b}-\u{200d}\u{2060}]{20,80}".prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        "summary|description|highlights|name",
        "[a-z\u{20ac}\u{1f600}\"\\\\]{0,4}",
    ];
    scalar().prop_recursive(4, 32, 6, move |inner| {
        let members = prop::collection::vec((name.clone(), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::Array),
            members.prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn document() -> impl Strategy<Value = Value> {
    prop::collection::vec(("[a-z]{1,8}", value()), 0..6)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
        .prop_filter("meta is an object", |d| {
            d.get("meta").is_none_or(Value::is_object)
        })
}

fn mark(document: &Value) -> Option<Vec<u8>> {
    // A float's text may hold more digits than are exact; then the mark is refused, not wrong.
    let marked = marker().mark_as(
        id(1),
        document.to_string().as_bytes(),
        &disclosure("company-1"),
    );
    match marked {
        Ok(marked) => Some(marked.record(&MemoryLedger::default()).expect("recorded")),
        Err(error) => {
            assert!(error.is_number(), "{error}");
            None
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_marked_is_valid_however_it_is_written(document in document()) {
        if let Some(sent) = mark(&document) {
            let Verdict::Valid(claims) = verify(&sent, &keys()) else { panic!() };
            prop_assert_eq!(claims.mark_id, id(1));
            let again: Value = serde_json::from_slice(&sent).expect("JSON");
            let pretty = serde_json::to_vec_pretty(&again).expect("JSON");
            prop_assert!(matches!(verify(&pretty, &keys()), Verdict::Valid(_)));
            let codes = Trace::of(&String::from_utf8(sent).expect("UTF-8")).codes;
            prop_assert!(codes.iter().all(|code| code.mark_id == id(1) && code.whole == code.copies));
        }
    }

    #[test]
    fn a_changed_byte_is_an_alteration(
        document in document(),
        position in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        if let Some(mut sent) = mark(&document) {
            let position = position.index(sent.len());
            let before = sent[position];
            sent[position] = byte;
            match verify(&sent, &keys()) {
                Verdict::Valid(_) => prop_assert_eq!(before, byte),
                Verdict::Altered(_) => prop_assert_ne!(before, byte),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn arbitrary_bytes_are_never_valid(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(verify(&bytes, &keys()), Verdict::Absent);
        let _ = Trace::of(&String::from_utf8_lossy(&bytes));
    }

    /// Pieces of a marked document in any order: never valid unless all in order, and no panic.
    #[test]
    fn shuffled_pieces_are_never_valid(
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
        swap in any::<prop::sample::Index>(),
    ) {
        let sent = marked("company-1", id(1));
        let mut cuts: Vec<usize> = cuts.iter().map(|c| c.index(sent.len())).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts.into_iter().chain([sent.len()]) {
            pieces.push(&sent[from..cut]);
            from = cut;
        }
        let swap = swap.index(pieces.len());
        pieces.rotate_left(swap);
        let shuffled = pieces.concat();
        prop_assert_eq!(matches!(verify(&shuffled, &keys()), Verdict::Valid(_)), shuffled == sent);
    }

    /// Any selection of a code's characters names nobody but its owner.
    #[test]
    fn damage_frames_nobody(keep in prop::collection::vec(prop::bool::weighted(0.8), 4000)) {
        let text = String::from_utf8(marked("company-1", id(1))).expect("UTF-8");
        let kept = text.chars().zip(keep.iter().chain(std::iter::repeat(&true)));
        let damaged: String = kept
            .filter(|(c, keep)| **keep || !('\u{200b}'..='\u{2064}').contains(c))
            .map(|(c, _)| c)
            .collect();
        let trace = Trace::of(&damaged);
        prop_assert!(trace.codes.iter().all(|code| code.mark_id == id(1)));
        let others: Vec<_> = (2..200).map(id).chain([id(1)]).collect();
        prop_assert!(trace.suspects(&others).iter().all(|s| s.mark_id == id(1)));
    }
}
