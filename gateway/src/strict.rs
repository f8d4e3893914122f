//! JSON from outside, read strictly: a key that stands twice in an object is refused, since two
//! readers might take different ones.
//!
//! No piece of the text is in an error: its place is enough.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Why a text is refused: what, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrictError {
    message: String,
}

impl fmt::Display for StrictError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StrictError {}

/// Reads one JSON value.
///
/// # Errors
///
/// What is not JSON (RFC 8259), nested over 127 levels, or repeats a key.
pub fn parse(text: &[u8]) -> Result<Value, StrictError> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let what = match error.classify() {
            serde_json::error::Category::Data => "a key stands twice",
            _ => "not JSON",
        };
        StrictError {
            message: format!("{what} at line {line}, column {column}"),
        }
    })
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(Strict)?;
            if members.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn what_is_read_and_what_is_refused() {
        let text = r#"{"a": [1, -2, 1.5, true, null, "\u00e9"], "b": {"a": {}}}"#;
        let expected: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(parse(text.as_bytes()).unwrap(), expected);
        for (text, message) in [
            (
                r#"{"a": 1, "\u0061": 2}"#,
                "a key stands twice at line 1, column 2",
            ),
            (
                r#"[{"x": {"a": 1, "a": 1}}]"#,
                "a key stands twice at line 1, column 2",
            ),
            (r#"{"a": 1} {"#, "not JSON at line 1, column 10"),
            ("{\"phone\": 138", "not JSON at line 1, column 13"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(message), "{text}: {error}");
        }
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert!(parse(deep.as_bytes()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn what_has_no_repetition_is_read_as_serde_json_does(
            keys in proptest::collection::vec("[a-c\\\\u0061\"é]{0,3}", 0..5),
            number in proptest::num::i64::ANY,
        ) {
            let members = keys.iter().map(|k| format!("{}: [{number}, {{}}]", serde_json::json!(k)));
            let text = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
            let distinct: std::collections::BTreeSet<&String> = keys.iter().collect();
            match parse(text.as_bytes()) {
                Ok(value) => {
                    assert_eq!(distinct.len(), keys.len());
                    assert_eq!(value, serde_json::from_str::<serde_json::Value>(&text).unwrap());
                }
                Err(_) => assert!(distinct.len() < keys.len(), "{text}"),
            }
        }
    }
}
