//! The name of an entity, as Cedar's JSON has it.
//!
//! Whether the entity exists, or its type is declared, is not known here.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;

/// An entity's type and id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uid {
    /// The type, with its namespace.
    #[serde(rename = "type")]
    pub entity_type: String,
    /// The id.
    pub id: String,
}

impl Uid {
    /// A type and an id.
    pub fn new(entity_type: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            entity_type: entity_type.into(),
            id: id.into(),
        }
    }

    /// The type and the id.
    pub fn parts(&self) -> (&str, &str) {
        (&self.entity_type, &self.id)
    }

    /// `{"type": …, "id": …}`.
    pub fn to_json(&self) -> Value {
        json!({ "type": self.entity_type, "id": self.id })
    }

    /// Reads a reference, bare or under `__entity`; `None` if it is anything else.
    pub fn from_json(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        if let (Some(inner), 1) = (members.get("__entity"), members.len()) {
            return Self::from_json(inner);
        }
        let text = |key: &str| members.get(key)?.as_str();
        match (text("type"), text("id"), members.len()) {
            (Some(entity_type), Some(id), 2) => Some(Self::new(entity_type, id)),
            _ => None,
        }
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{:?}", self.entity_type, self.id)
    }
}
