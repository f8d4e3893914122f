//! What a watermark adds to a document, taken away again.

use serde_json::Value;

/// The document of a marked body, without the mark.
pub fn unmarked(body: &[u8]) -> Value {
    let mut document: Value = serde_json::from_slice(body).expect("JSON");
    let root = document.as_object_mut().expect("an object");
    let meta = root.get_mut("meta").and_then(Value::as_object_mut);
    let meta = meta.expect("a marked body has `meta`");
    for name in ["watermark", "proof"] {
        assert!(meta.remove(name).is_some(), "no `meta.{name}`");
    }
    if meta.is_empty() {
        root.remove("meta");
    }
    strip(&mut document);
    document
}

/// Removes the characters that carry codes.
fn strip(value: &mut Value) {
    match value {
        Value::String(text) => {
            text.retain(|c| !matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}'));
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Object(members) => members.values_mut().for_each(strip),
        _ => {}
    }
}
