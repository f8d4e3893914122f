//! Facts as JSON, and why they are refused.
//!
//! The shape is checked here; whether the schema admits an entity is checked by the host when it is
//! used, and such an entity denies. No value is in an error, only places and names of types.

use super::{About, Between, FactStore, Held};
use crate::strict;
use crate::uid::Uid;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;

/// Why facts are refused: where, and what is expected there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactsFileError {
    message: String,
}

impl FactsFileError {
    /// What a schema does not admit.
    pub fn schema(error: &privet_host::FactsError) -> Self {
        Self {
            message: error.to_string(),
        }
    }

    pub(super) fn at(place: &str, what: impl fmt::Display) -> Self {
        Self {
            message: format!("{place}: {what}"),
        }
    }
}

impl fmt::Display for FactsFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FactsFileError {}

type Result<T> = std::result::Result<T, FactsFileError>;

impl FactStore {
    /// Reads `{entities, resources, pairs}`, each optional:
    ///
    /// - `entities`: Cedar's entities JSON;
    /// - `resources`: `[{resource, issued, known}]`, what renderings and the scan need;
    /// - `pairs`: `[{principal, resource, context, issued}]`, what holds between the two.
    ///
    /// # Errors
    ///
    /// What is not of that shape, and an entity, a resource or a pair that stands twice.
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let value = strict::parse(text).map_err(|e| FactsFileError::at("facts", e))?;
        Self::from_value(&value)
    }

    /// The same from a value.
    ///
    /// # Errors
    ///
    /// As [`FactStore::from_json`].
    pub fn from_value(value: &Value) -> Result<Self> {
        let mut store = Self::default();
        let members = object("facts", value, &["entities", "resources", "pairs"])?;
        for (place, value) in list("entities", members)? {
            if store.put_entity(&place, value)? {
                return Err(FactsFileError::at(&place, "the entity stands twice"));
            }
        }
        for (place, value) in list("resources", members)? {
            let members = object(&place, value, &["resource", "issued", "known"])?;
            let resource = uid(&place, members, "resource")?;
            if store.put_about(&place, resource, value)? {
                return Err(FactsFileError::at(&place, "the resource stands twice"));
            }
        }
        for (place, value) in list("pairs", members)? {
            let keys = ["principal", "resource", "context", "issued"];
            let members = object(&place, value, &keys)?;
            let principal = uid(&place, members, "principal")?;
            let resource = uid(&place, members, "resource")?;
            if store.put_between(&place, principal, resource, value)? {
                return Err(FactsFileError::at(&place, "the pair stands twice"));
            }
        }
        Ok(store)
    }

    /// Puts an entity, `{uid, attrs, parents, tags}`. Whether it replaced one.
    ///
    /// # Errors
    ///
    /// A value of another shape; `place` is how messages call it.
    pub fn put_entity(&mut self, place: &str, value: &Value) -> Result<bool> {
        let members = object(place, value, &["uid", "attrs", "parents", "tags"])?;
        let uid = uid(place, members, "uid")?;
        let attrs = members.get("attrs").is_some_and(Value::is_object);
        let parents = members.get("parents").is_none_or(Value::is_array);
        if !attrs || !parents {
            let what = "`attrs` must be an object and `parents` a list";
            return Err(FactsFileError::at(place, what));
        }
        self.changed();
        let held = Arc::new(Held::new(value.clone()));
        Ok(self.entities.insert(uid, held).is_some())
    }

    /// Puts what is known about a résumé: `issued` and `known` of the value. Whether it replaced
    /// something.
    ///
    /// # Errors
    ///
    /// A value of another shape.
    pub fn put_about(&mut self, place: &str, resource: Uid, value: &Value) -> Result<bool> {
        let members = object(place, value, &["resource", "issued", "known"])?;
        let issued = member(place, members, "issued")?;
        let about = About::new(issued, member(place, members, "known")?);
        Ok(self.about.insert(resource, Arc::new(about)).is_some())
    }

    /// Puts what holds between a viewer and a résumé: `context` and `issued` of the value. Whether
    /// it replaced something.
    ///
    /// # Errors
    ///
    /// A value of another shape, or a context that sets the view or the time.
    pub fn put_between(
        &mut self,
        place: &str,
        principal: Uid,
        resource: Uid,
        value: &Value,
    ) -> Result<bool> {
        let members = object(
            place,
            value,
            &["principal", "resource", "context", "issued"],
        )?;
        let between = Between {
            context: member(place, members, "context")?,
            issued: member(place, members, "issued")?,
        };
        if between.context.contains_key("view") || between.context.contains_key("now") {
            let what = "`view` and `now` are set by the gateway alone";
            return Err(FactsFileError::at(place, what));
        }
        let key = (principal, resource);
        Ok(self.between.insert(key, Arc::new(between)).is_some())
    }
}

/// The members of an object that has these keys and no other.
fn object<'v>(place: &str, value: &'v Value, keys: &[&str]) -> Result<&'v Map<String, Value>> {
    let Some(members) = value.as_object() else {
        return Err(FactsFileError::at(place, "expected an object"));
    };
    match members.keys().any(|k| !keys.contains(&k.as_str())) {
        // The key itself may be a value that slipped into the wrong place.
        true => Err(FactsFileError::at(
            place,
            format_args!("a key that is none of `{}`", keys.join("`, `")),
        )),
        false => Ok(members),
    }
}

fn list<'v>(key: &str, members: &'v Map<String, Value>) -> Result<Vec<(String, &'v Value)>> {
    match members.get(key) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let named = items.iter().enumerate();
            Ok(named.map(|(i, v)| (format!("{key}[{i}]"), v)).collect())
        }
        Some(_) => Err(FactsFileError::at(key, "expected a list")),
    }
}

fn uid(place: &str, members: &Map<String, Value>, key: &str) -> Result<Uid> {
    let uid = members.get(key).and_then(Uid::from_json);
    uid.ok_or_else(|| FactsFileError::at(place, format_args!("`{key}` must be `{{type, id}}`")))
}

fn member(place: &str, members: &Map<String, Value>, key: &str) -> Result<Map<String, Value>> {
    match members.get(key) {
        None => Ok(Map::new()),
        Some(Value::Object(inner)) => Ok(inner.clone()),
        Some(_) => Err(FactsFileError::at(
            place,
            format_args!("`{key}` must be an object"),
        )),
    }
}
