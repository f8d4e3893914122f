//! Facts from typed values: any type of the schema, in attributes, tags and the context.
//!
//! Values become the tree that JSON is read into, and one reader checks both; so what is refused, and
//! why, does not depend on how facts come. Nothing here knows a schema.

use super::entities::Entities;
use super::json::Json;
use crate::error::FactsError;
use crate::policy::Policy;
use bumpalo::Bump;

/// A value as it is given, before a schema says what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactValue {
    /// A `Bool`.
    Bool(bool),
    /// A `Long`.
    Long(i64),
    /// A `String`.
    String(String),
    /// A reference to an entity: its type and its id.
    Entity(String, String),
    /// A `decimal`, as Cedar writes it: `1.25`.
    Decimal(String),
    /// An `ipaddr`, as Cedar writes it: `10.0.0.0/8`.
    Ip(String),
    /// A `datetime`, in milliseconds since 1970-01-01T00:00:00Z.
    Datetime(i64),
    /// A `duration`, in milliseconds.
    Duration(i64),
    /// A set. The order does not count, and equal elements are one.
    Set(Vec<FactValue>),
    /// A record, by the names of its fields.
    Record(Vec<(String, FactValue)>),
}

/// An entity as it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactEntity {
    /// Its type.
    pub entity_type: String,
    /// Its id.
    pub id: String,
    /// Its attributes, by name.
    pub attributes: Vec<(String, FactValue)>,
    /// Its tags, by key.
    pub tags: Vec<(String, FactValue)>,
    /// Type and id of each parent.
    pub parents: Vec<(String, String)>,
}

impl Entities {
    /// A store of typed entities, checked as [`Entities::from_json`] checks theirs.
    ///
    /// # Errors
    ///
    /// What [`Entities::from_json`] refuses, in the same words.
    pub fn from_values(policy: &Policy, entities: &[FactEntity]) -> Result<Self, FactsError> {
        let arena = Bump::new();
        let entities = entities.iter().map(|e| e.json(&arena));
        let entities: Vec<Json<'_>> = entities.collect();
        Self::read(policy, &Json::Array(&entities))
    }
}

impl FactEntity {
    fn json<'j>(&'j self, arena: &'j Bump) -> Json<'j> {
        let parents = self.parents.iter();
        let parents = parents.map(|(ty, id)| Json::entity(arena, ty, id));
        let parents: Vec<Json<'_>> = parents.collect();
        let mut members = vec![
            ("uid", Json::entity(arena, &self.entity_type, &self.id)),
            ("parents", Json::Array(arena.alloc_slice_copy(&parents))),
            ("attrs", record(arena, &self.attributes)),
        ];
        if !self.tags.is_empty() {
            members.push(("tags", record(arena, &self.tags)));
        }
        Json::Object(arena.alloc_slice_copy(&members))
    }
}

impl FactValue {
    fn json<'j>(&'j self, arena: &'j Bump) -> Json<'j> {
        match self {
            Self::Bool(value) => Json::Bool(*value),
            Self::Long(value) => Json::Integer(*value),
            Self::String(text) => Json::String(text),
            Self::Entity(ty, id) => Json::entity(arena, ty, id),
            Self::Decimal(text) => call(arena, "decimal", &[Json::String(text)]),
            Self::Ip(text) => call(arena, "ip", &[Json::String(text)]),
            // Cedar writes no date before the year 0 or after 9999, and reaches them so.
            Self::Datetime(at) => {
                let epoch = call(arena, "datetime", &[Json::String("1970-01-01")]);
                call(arena, "offset", &[epoch, milliseconds(arena, *at)])
            }
            Self::Duration(long) => milliseconds(arena, *long),
            Self::Set(elements) => {
                let elements = elements.iter().map(|e| e.json(arena));
                let elements: Vec<Json<'_>> = elements.collect();
                Json::Array(arena.alloc_slice_copy(&elements))
            }
            Self::Record(fields) => record(arena, fields),
        }
    }
}

/// An object of these fields.
pub(super) fn record<'j>(arena: &'j Bump, fields: &'j [(String, FactValue)]) -> Json<'j> {
    let fields = fields.iter();
    let fields = fields.map(|(name, value)| (name.as_str(), value.json(arena)));
    let fields: Vec<(&str, Json<'_>)> = fields.collect();
    Json::Object(arena.alloc_slice_copy(&fields))
}

fn milliseconds<'j>(arena: &'j Bump, value: i64) -> Json<'j> {
    let text = arena.alloc_str(&format!("{value}ms"));
    call(arena, "duration", &[Json::String(text)])
}

/// A call of an extension function, which is never taken for anything else.
fn call<'j>(arena: &'j Bump, function: &'j str, arguments: &[Json<'j>]) -> Json<'j> {
    let call = [
        ("fn", Json::String(function)),
        ("args", Json::Array(arena.alloc_slice_copy(arguments))),
    ];
    let call = Json::Object(arena.alloc_slice_copy(&call));
    Json::Object(arena.alloc_slice_copy(&[("__extn", call)]))
}
