//! The scan of JSON: never panics, and what it finds in a text it finds in a body that holds the
//! text, whole or cut in two.

use privet_redact::known::{Known, KnownKind};

fn known() -> Known {
    [
        (KnownKind::Phone, "13800138000"),
        (KnownKind::Email, "zhangsan@example.com"),
        (KnownKind::Wechat, "zsf_8888"),
        (KnownKind::IdCard, "11010519491231002X"),
    ]
    .into_iter()
    .try_fold(Known::builder(), |known, (kind, value)| {
        known.value(kind, value)
    })
    .expect("values that can be searched for")
    .build()
}

/// Scans the bytes as a body, and their text in a body of ours.
pub fn run(bytes: &[u8]) {
    let known = known();
    let _ = known.scan_json(bytes);
    let text = String::from_utf8_lossy(bytes);
    let body = serde_json::json!({ "a": text, "b": ["x"] }).to_string();
    let in_text = known.scan_text(&text);
    assert_eq!(
        known.scan_json(body.as_bytes()).is_some(),
        in_text.is_some()
    );
    let mut half = text.len() / 2;
    while !text.is_char_boundary(half) {
        half -= 1;
    }
    let (head, tail) = text.split_at(half);
    let digits = format!("{head}\u{0}138 0013 8000\u{0}{tail}");
    let body = serde_json::json!({ "a": digits }).to_string();
    assert!(known.scan_json(body.as_bytes()).is_some());
}
