//! A document as one value: read so that every reader would read the same, written canonically.
//!
//! What must never be here: leniency. A repeated name, a lone surrogate or a number that a double
//! cannot hold means that two readers may see two documents.

use crate::error::{MarkError, MarkErrorKind};
use crate::number;
use data_encoding::HEXLOWER;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};
use std::fmt;

const REPEATED: &str = "repeated member name";

/// Reads a document.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, MarkError> {
    let refuse = |kind| Err(MarkError::new(kind));
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let what = format!("invalid UTF-8 at byte {}", error.valid_up_to());
            return refuse(MarkErrorKind::Syntax(what));
        }
    };
    let value = match serde_json::from_str::<Strict>(text) {
        Ok(Strict(value)) => value,
        Err(error) if error.is_data() && error.to_string().starts_with(REPEATED) => {
            return refuse(MarkErrorKind::RepeatedName);
        }
        Err(error) => return refuse(MarkErrorKind::Syntax(error.to_string())),
    };
    match number::first_inexact(text) {
        Some(offset) => refuse(MarkErrorKind::Number { offset }),
        None => Ok(value),
    }
}

/// The canonical form of a value (RFC 8785).
pub(crate) fn canonical(value: &Value) -> Result<Vec<u8>, MarkError> {
    serde_json_canonicalizer::to_vec(value)
        .map_err(|error| MarkError::new(MarkErrorKind::Syntax(error.to_string())))
}

/// `sha-256:` and the digest in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha-256:{}", HEXLOWER.encode(&Sha256::digest(bytes)))
}

/// A value whose objects repeat no name.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
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

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("not a finite number"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(REPEATED));
            }
            let Strict(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::{canonical, parse};

    /// The example of RFC 8785, section 3.2.2 and 3.2.3.
    #[test]
    fn the_example_of_the_rfc() {
        // But for 333333333.33333329, which canonical JSON rounds and which is refused here.
        let given = r#"{
            "numbers": [333333333.3333333, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let expected = "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
        let value = parse(given.as_bytes()).unwrap();
        assert_eq!(canonical(&value).unwrap(), expected.as_bytes());
    }

    #[test]
    fn names_are_sorted_by_utf_16() {
        let given =
            r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#;
        let expected = "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}";
        let value = parse(given.as_bytes()).unwrap();
        assert_eq!(canonical(&value).unwrap(), expected.as_bytes());
    }

    #[test]
    fn two_readings_are_refused() {
        let surrogates: [&[u8]; 3] = [
            br#"{"a":"\ud800"}"#,
            br#"{"\udc00":1}"#,
            b"{\"a\":\"\xed\xa0\x80\"}",
        ];
        for text in surrogates {
            assert!(parse(text).unwrap_err().is_syntax());
        }
        for text in [r#"{"a":1,"a":1}"#, r#"{"a":{"b":1,"\u0062":2}}"#] {
            let message = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(message.contains("repeats"), "{message}");
        }
        assert!(parse(b"{\"a\":9007199254740993}").unwrap_err().is_number());
        for text in ["\u{feff}{}", "{} {}", "{", "", "{\"a\":01}", "NaN"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(parse(deep.as_bytes()).is_err());
    }
}
