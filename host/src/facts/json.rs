//! JSON that keeps the order and repetition of an object's keys.
//!
//! Cedar refuses repeated keys in attributes and takes the last in a context, so a map that drops
//! them silently will not do. Parsing is `serde_json`'s, with its bound on nesting. The tree stands
//! in an arena, and a text without escapes is borrowed from what was parsed.

use bumpalo::Bump;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A JSON value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Json<'j> {
    Null,
    Bool(bool),
    /// A number that is written as an integer and fits.
    Integer(i64),
    /// Any other number.
    Number,
    String(&'j str),
    Array(&'j [Json<'j>]),
    Object(&'j [(&'j str, Json<'j>)]),
}

impl<'j> Json<'j> {
    pub(crate) fn parse(arena: &'j Bump, text: &'j str) -> Result<Self, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let seed = Seed {
            arena,
            open: &mut Open::default(),
        };
        let json = seed.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(json)
    }

    /// An entity as `{type, id}`.
    pub(crate) fn entity(arena: &'j Bump, entity_type: &'j str, id: &'j str) -> Self {
        Json::Object(arena.alloc_slice_copy(&[
            ("type", Json::String(entity_type)),
            ("id", Json::String(id)),
        ]))
    }

    /// An object of these members.
    pub(crate) fn object(
        arena: &'j Bump,
        members: &'j serde_json::Map<String, serde_json::Value>,
    ) -> Self {
        let members = members.iter();
        let members = members.map(|(key, value)| (key.as_str(), Json::of(arena, value)));
        let members: Vec<(&str, Json<'_>)> = members.collect();
        Json::Object(arena.alloc_slice_copy(&members))
    }

    /// What parsing the value's text would give.
    pub(crate) fn of(arena: &'j Bump, value: &'j serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => number.as_i64().map_or(Json::Number, Json::Integer),
            Value::String(text) => Json::String(text),
            Value::Array(items) => {
                let items: Vec<Json<'_>> = items.iter().map(|v| Json::of(arena, v)).collect();
                Json::Array(arena.alloc_slice_copy(&items))
            }
            Value::Object(members) => Json::object(arena, members),
        }
    }

    /// What messages call it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Integer(_) => "an integer",
            Json::Number => "a number that is no 64-bit integer",
            Json::String(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }

    pub(crate) fn as_str(&self) -> Option<&'j str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The last value with that key.
    pub(crate) fn get(&self, key: &str) -> Option<&'j Json<'j>> {
        match self {
            Json::Object(members) => members
                .iter()
                .rev()
                .find(|(k, _)| *k == key)
                .map(|(_, v)| v),
            _ => None,
        }
    }

    /// A key that stands twice in one object, here or anywhere inside.
    pub(crate) fn repeated_inside(&self) -> Option<&'j str> {
        match self {
            Json::Array(items) => items.iter().find_map(Json::repeated_inside),
            Json::Object(members) => self
                .repeated()
                .or_else(|| members.iter().find_map(|(_, v)| v.repeated_inside())),
            _ => None,
        }
    }

    /// A key that stands twice in this object, if any.
    pub(crate) fn repeated(&self) -> Option<&'j str> {
        let Json::Object(members) = self else {
            return None;
        };
        // Few keys are compared with each other, without a list of their own.
        if members.len() <= FEW {
            let mut before = members.iter().enumerate();
            return before.find_map(|(i, (key, _))| {
                let mut rest = members.iter().skip(i + 1);
                rest.any(|(other, _)| other == key).then_some(*key)
            });
        }
        let mut keys: Vec<&str> = members.iter().map(|(k, _)| *k).collect();
        keys.sort_unstable();
        keys.windows(2).find_map(|pair| match pair {
            [a, b] if a == b => Some(*a),
            _ => None,
        })
    }
}

/// Up to this many keys, comparing all pairs is faster than sorting.
const FEW: usize = 8;

/// The elements and members of what is not closed yet.
#[derive(Default)]
struct Open<'j> {
    elements: Vec<Json<'j>>,
    members: Vec<(&'j str, Json<'j>)>,
}

/// Reads one value into the arena.
struct Seed<'o, 'j> {
    arena: &'j Bump,
    open: &'o mut Open<'j>,
}

impl<'j> DeserializeSeed<'j> for Seed<'_, 'j> {
    type Value = Json<'j>;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<Json<'j>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'j> Visitor<'j> for Seed<'_, 'j> {
    type Value = Json<'j>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'j>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'j>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'j>, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'j>, E> {
        Ok(i64::try_from(value).map_or(Json::Number, Json::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json<'j>, E> {
        Ok(Json::Number)
    }

    fn visit_borrowed_str<E>(self, value: &'j str) -> Result<Json<'j>, E> {
        Ok(Json::String(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'j>, E> {
        Ok(Json::String(self.arena.alloc_str(value)))
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut access: A) -> Result<Json<'j>, A::Error> {
        let Self { arena, open } = self;
        let first = open.elements.len();
        while let Some(element) = access.next_element_seed(Seed { arena, open })? {
            open.elements.push(element);
        }
        let elements = open.elements.get(first..).unwrap_or_default();
        let elements = arena.alloc_slice_copy(elements);
        open.elements.truncate(first);
        Ok(Json::Array(elements))
    }

    fn visit_map<A: MapAccess<'j>>(self, mut access: A) -> Result<Json<'j>, A::Error> {
        let Self { arena, open } = self;
        let first = open.members.len();
        while let Some(key) = access.next_key_seed(Key { arena })? {
            let value = access.next_value_seed(Seed { arena, open })?;
            open.members.push((key, value));
        }
        let members = open.members.get(first..).unwrap_or_default();
        let members = arena.alloc_slice_copy(members);
        open.members.truncate(first);
        Ok(Json::Object(members))
    }
}

/// Reads a key.
struct Key<'j> {
    arena: &'j Bump,
}

impl<'j> DeserializeSeed<'j> for Key<'j> {
    type Value = &'j str;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<&'j str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'j> Visitor<'j> for Key<'j> {
    type Value = &'j str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'j str) -> Result<&'j str, E> {
        Ok(key)
    }

    fn visit_str<E>(self, key: &str) -> Result<&'j str, E> {
        Ok(self.arena.alloc_str(key))
    }
}
