//! [`Issued`]: what renderings need beside the plan and the body.
//!
//! None of it enters a guest: policies decide on ids and states, never on a number, a name or a
//! key. What must never be here: a value in an error or in `Debug` output.

use super::json::Json;
use super::value::refuse;
use crate::error::FactsError;
use std::collections::BTreeMap;
use std::fmt;

/// The fewest bytes of a pseudonym key: 128 bits.
const MIN_KEY_BYTES: usize = 16;

/// What was issued for this viewer, and what else renderings need. Whatever is missing makes the
/// rendering that needs it remove its value. `Debug` tells sizes only.
///
/// In JSON: `{relay: {class: value}, industry: {employer: industry}, pseudonym: {key: hex}, region:
/// "CN"}`, all of it optional.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Issued {
    /// Relay numbers and addresses: class to value.
    pub relay: BTreeMap<String, String>,
    /// Employer, exactly as the body has it, to industry.
    pub industry: BTreeMap<String, String>,
    /// The key of pseudonyms, at least 16 bytes; one for each audience, so that two of them cannot
    /// join what they see.
    pub pseudonym_key: Option<Vec<u8>>,
    /// The candidate's country, ISO 3166-1 alpha-2, which telephone numbers are read in.
    pub region: Option<String>,
    /// The time of the request in milliseconds since 1970-01-01T00:00:00Z, which ages are told at.
    pub now: Option<i64>,
}

impl Issued {
    /// Reads the members of `issued`, as facts in JSON have it. The time is left out.
    ///
    /// # Errors
    ///
    /// An unknown key, a value of the wrong kind or an empty one.
    pub fn from_members(
        members: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Self, FactsError> {
        Self::from_json(Some(&Json::object(members)), None)
    }

    pub(super) fn from_json(json: Option<&Json>, now: Option<i64>) -> Result<Self, FactsError> {
        let mut issued = Self {
            now,
            ..Self::default()
        };
        let Some(json) = json else {
            return Ok(issued);
        };
        for (kind, value) in members("issued", json)? {
            match kind.as_str() {
                "relay" => issued.relay = texts("issued.relay", value)?,
                "industry" => issued.industry = texts("issued.industry", value)?,
                "pseudonym" => issued.pseudonym_key = key(value)?,
                "region" => issued.region = Some(region(value)?),
                _ => return refuse("issued", format_args!("unknown key `{kind}`")),
            }
        }
        Ok(issued)
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("relay", &self.relay.len())
            .field("industry", &self.industry.len())
            .field("has_pseudonym_key", &self.pseudonym_key.is_some())
            .field("region", &self.region)
            .field("now", &self.now)
            .finish()
    }
}

/// The members of an object without repeated keys.
fn members<'j>(place: &str, json: &'j Json) -> Result<&'j [(String, Json)], FactsError> {
    let Json::Object(members) = json else {
        return refuse(
            place,
            format_args!("expected an object, found {}", json.kind()),
        );
    };
    match json.repeated() {
        // The keys of `industry` are employers, so the message names none.
        Some(_) => refuse(place, "a key stands twice"),
        None => Ok(members),
    }
}

fn texts(place: &str, json: &Json) -> Result<BTreeMap<String, String>, FactsError> {
    let mut texts = BTreeMap::new();
    for (key, value) in members(place, json)? {
        match value {
            Json::String(value) if !value.trim().is_empty() => {
                texts.insert(key.clone(), value.clone());
            }
            Json::String(_) => return refuse(place, "a value is empty"),
            other => {
                return refuse(
                    place,
                    format_args!("a value should be a string and is {}", other.kind()),
                );
            }
        }
    }
    Ok(texts)
}

fn key(json: &Json) -> Result<Option<Vec<u8>>, FactsError> {
    let mut key = None;
    for (name, value) in members("issued.pseudonym", json)? {
        if name != "key" {
            return refuse("issued.pseudonym", format_args!("unknown key `{name}`"));
        }
        let Some(bytes) = value.as_str().and_then(hexadecimal) else {
            return refuse(
                "issued.pseudonym.key",
                "expected pairs of hexadecimal digits",
            );
        };
        if bytes.len() < MIN_KEY_BYTES {
            return refuse(
                "issued.pseudonym.key",
                format_args!(
                    "it has {} bytes, at least {MIN_KEY_BYTES} are needed",
                    bytes.len()
                ),
            );
        }
        key = Some(bytes);
    }
    match key {
        Some(key) => Ok(Some(key)),
        None => refuse("issued.pseudonym", "the key `key` is missing"),
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    rest.is_empty().then_some(bytes)
}

fn region(json: &Json) -> Result<String, FactsError> {
    match json {
        Json::String(code) if code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Ok(code.to_ascii_uppercase())
        }
        _ => refuse("issued.region", "expected two letters (ISO 3166-1 alpha-2)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Issued, String> {
        let json = Json::parse(text).unwrap();
        Issued::from_json(Some(&json), Some(7)).map_err(|error| error.to_string())
    }

    #[test]
    fn everything_is_read() {
        let issued = read(
            r#"{"relay": {"phone": "17012345678"}, "industry": {"某某科技": "软件"}, "region": "cn",
                "pseudonym": {"key": "000102030405060708090A0b0c0d0e0f"}}"#,
        )
        .unwrap();
        assert_eq!(issued.relay["phone"], "17012345678");
        assert_eq!(issued.industry["某某科技"], "软件");
        assert_eq!(issued.region.as_deref(), Some("CN"));
        assert_eq!(issued.pseudonym_key, Some((0..16).collect()));
        assert_eq!(issued.now, Some(7));
        let shown = format!("{issued:?}");
        assert!(
            !shown.contains("170") && !shown.contains("某") && !shown.contains('['),
            "{shown}"
        );
        assert_eq!(
            read("{}"),
            Ok(Issued {
                now: Some(7),
                ..Issued::default()
            })
        );
    }

    #[test]
    fn what_is_refused_and_why() {
        for (text, message) in [
            ("[]", "issued: expected an object, found an array"),
            (r#"{"relays": {}}"#, "issued: unknown key `relays`"),
            (
                r#"{"relay": {}, "relay": {}}"#,
                "issued: a key stands twice",
            ),
            (
                r#"{"relay": "170"}"#,
                "issued.relay: expected an object, found a string",
            ),
            (
                r#"{"relay": {"p": 1}}"#,
                "issued.relay: a value should be a string and is an integer",
            ),
            (r#"{"relay": {"p": " "}}"#, "issued.relay: a value is empty"),
            (
                r#"{"industry": {"a": "b", "a": "c"}}"#,
                "issued.industry: a key stands twice",
            ),
            (
                r#"{"pseudonym": {}}"#,
                "issued.pseudonym: the key `key` is missing",
            ),
            (
                r#"{"pseudonym": {"salt": ""}}"#,
                "issued.pseudonym: unknown key `salt`",
            ),
            (
                r#"{"pseudonym": {"key": "xyz"}}"#,
                "issued.pseudonym.key: expected pairs of hexadecimal digits",
            ),
            (
                r#"{"pseudonym": {"key": "000"}}"#,
                "issued.pseudonym.key: expected pairs of hexadecimal digits",
            ),
            (
                r#"{"pseudonym": {"key": "0011"}}"#,
                "issued.pseudonym.key: it has 2 bytes, at least 16 are needed",
            ),
            (
                r#"{"region": "China"}"#,
                "issued.region: expected two letters (ISO 3166-1 alpha-2)",
            ),
            (
                r#"{"region": 86}"#,
                "issued.region: expected two letters (ISO 3166-1 alpha-2)",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), message, "{text}");
        }
    }
}
