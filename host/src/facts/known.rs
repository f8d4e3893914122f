//! The candidate's true contact values, for the scan of what is about to be sent.
//!
//! They never enter a guest, an error or a log: messages name the kind and the place in its list.

use super::json::Json;
use super::value::refuse;
use crate::error::FactsError;
use std::fmt;

/// True values of the candidate, by kind. `Debug` tells how many.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KnownValues {
    /// Telephone numbers.
    pub phone: Vec<String>,
    /// E-mail addresses.
    pub email: Vec<String>,
    /// WeChat accounts.
    pub wechat: Vec<String>,
    /// QQ numbers.
    pub qq: Vec<String>,
    /// Identity card numbers.
    pub id_card: Vec<String>,
    /// Names, in every spelling.
    pub name: Vec<String>,
}

impl KnownValues {
    /// Reads `{phone, email, wechat, qq, idCard, name}`, each a list of strings and each optional.
    ///
    /// # Errors
    ///
    /// Another key, one that stands twice, or anything but a list of strings with something in
    /// them.
    pub fn from_json(text: &str) -> Result<Self, FactsError> {
        // The parser's message may hold a piece of the text: its place is enough.
        let json = Json::parse(text).map_err(|e| {
            let (line, column) = (e.line(), e.column());
            FactsError::new(format!("known: not JSON at line {line}, column {column}"))
        })?;
        Self::read(Some(&json))
    }

    /// Reads the members of `known`, as facts in JSON have it.
    ///
    /// # Errors
    ///
    /// As [`KnownValues::from_json`].
    pub fn from_members(
        members: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Self, FactsError> {
        Self::read(Some(&Json::object(members)))
    }

    pub(super) fn read(json: Option<&Json>) -> Result<Self, FactsError> {
        let mut known = Self::default();
        let Some(json) = json else {
            return Ok(known);
        };
        let Json::Object(members) = json else {
            return refuse(
                "known",
                format_args!("expected an object, found {}", json.kind()),
            );
        };
        if let Some(key) = json.repeated() {
            return refuse("known", format_args!("the key `{key}` stands twice"));
        }
        for (key, values) in members {
            let Some(list) = known.list(key) else {
                return refuse("known", format_args!("unknown key `{key}`"));
            };
            let Json::Array(values) = values else {
                return refuse(
                    "known",
                    format_args!("`{key}`: expected a list, found {}", values.kind()),
                );
            };
            for (place, value) in values.iter().enumerate() {
                match value {
                    Json::String(value) if !value.trim().is_empty() => list.push(value.clone()),
                    Json::String(_) => {
                        return refuse("known", format_args!("`{key}[{place}]` is empty"));
                    }
                    other => {
                        return refuse(
                            "known",
                            format_args!(
                                "`{key}[{place}]`: expected a string, found {}",
                                other.kind()
                            ),
                        );
                    }
                }
            }
        }
        Ok(known)
    }

    fn list(&mut self, key: &str) -> Option<&mut Vec<String>> {
        match key {
            "phone" => Some(&mut self.phone),
            "email" => Some(&mut self.email),
            "wechat" => Some(&mut self.wechat),
            "qq" => Some(&mut self.qq),
            "idCard" => Some(&mut self.id_card),
            "name" => Some(&mut self.name),
            _ => None,
        }
    }

    /// All values with the key of their kind.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("phone", &self.phone),
            ("email", &self.email),
            ("wechat", &self.wechat),
            ("qq", &self.qq),
            ("idCard", &self.id_card),
            ("name", &self.name),
        ]
        .into_iter()
        .flat_map(|(key, list)| list.iter().map(move |value| (key, value.as_str())))
    }
}

impl fmt::Debug for KnownValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownValues")
            .field("len", &self.iter().count())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_and_tells_no_value() {
        let known =
            KnownValues::from_json(r#"{"phone": ["13800138000"], "idCard": ["x", "y"]}"#).unwrap();
        assert_eq!(
            known.iter().collect::<Vec<_>>(),
            [("phone", "13800138000"), ("idCard", "x"), ("idCard", "y")]
        );
        assert_eq!(format!("{known:?}"), "KnownValues { len: 3 }");
    }

    #[test]
    fn refuses_everything_else_without_a_value() {
        for (text, message) in [
            ("[]", "known: expected an object, found an array"),
            (r#"{"phones": []}"#, "known: unknown key `phones`"),
            (
                r#"{"phone": "13800138000"}"#,
                "known: `phone`: expected a list, found a string",
            ),
            (
                r#"{"phone": [13800138000]}"#,
                "known: `phone[0]`: expected a string, found an integer",
            ),
            (r#"{"phone": ["1", " "]}"#, "known: `phone[1]` is empty"),
            (
                r#"{"qq": [], "qq": []}"#,
                "known: the key `qq` stands twice",
            ),
            (r#"{"phone": [}"#, "known: not JSON at line 1, column 12"),
        ] {
            let error = KnownValues::from_json(text).unwrap_err().to_string();
            assert_eq!(error, message);
        }
    }
}
