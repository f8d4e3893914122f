//! What a document shows of a class: the scalars at its paths.
//!
//! Reading only, of documents that were already redacted or of those that nobody redacts. It
//! reads what would leave, never what a plan says should.

use privet_host::manifest::Class;
use privet_redact::{Path, Segment};
use serde_json::Value;

/// The scalars of a class in a document, in the order of its fields, then of the document. Empty
/// texts and nulls show nothing.
pub fn of(class: &Class, document: &Value) -> Vec<String> {
    let paths = class.fields.iter().filter_map(|f| f.parse::<Path>().ok());
    paths.flat_map(|path| at(document, &path)).collect()
}

/// The scalars at a path.
pub fn at(document: &Value, path: &Path) -> Vec<String> {
    let mut current = vec![document];
    for segment in path.segments() {
        current = current
            .into_iter()
            .flat_map(|value| match (segment, value) {
                (Segment::Name(name), Value::Object(members)) => {
                    members.get(name.as_str()).into_iter().collect::<Vec<_>>()
                }
                (Segment::AnyItem, Value::Array(items)) => items.iter().collect(),
                _ => Vec::new(),
            })
            .collect();
    }
    current.into_iter().filter_map(scalar).collect()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}
