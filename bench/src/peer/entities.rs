//! A workload's entities for engines that know no entities: texts, attributes, everything above.

use crate::workload::Workload;
use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A uid as one text.
pub fn name(uid: &Value) -> Option<String> {
    let part = |key: &str| uid.get(key).and_then(Value::as_str);
    Some(format!("{}::{}", part("type")?, part("id")?))
}

/// Entities with names for uids.
#[derive(Debug, Default)]
pub struct Flat {
    pub attributes: BTreeMap<String, Value>,
    pub parents: BTreeMap<String, BTreeSet<String>>,
}

impl Flat {
    /// Reads a workload's entities.
    pub fn new(workload: &Workload) -> Result<Self> {
        let all: Vec<Value> = serde_json::from_str(&workload.entities)?;
        let mut flat = Self::default();
        for entity in &all {
            let uid = entity.get("uid").and_then(name).context("a uid")?;
            let parents = entity.get("parents").and_then(Value::as_array);
            let parents = parents.into_iter().flatten().filter_map(name).collect();
            flat.parents.insert(uid.clone(), parents);
            let attributes = entity.get("attrs").cloned().unwrap_or_default();
            flat.attributes.insert(uid, named(attributes));
        }
        Ok(flat)
    }

    /// Everything that an entity is in.
    pub fn above(&self, entity: &str) -> BTreeSet<&str> {
        let mut above = BTreeSet::new();
        let mut waiting = vec![entity];
        while let Some(next) = waiting.pop() {
            for parent in self.parents.get(next).into_iter().flatten() {
                if above.insert(parent.as_str()) {
                    waiting.push(parent);
                }
            }
        }
        above
    }

    /// Attributes and closed hierarchy as one document.
    pub fn document(&self) -> Value {
        let above = self.parents.keys().map(|entity| {
            let all = self.above(entity).into_iter();
            let all: Map<String, Value> = all.map(|a| (a.to_owned(), json!(true))).collect();
            (entity.clone(), Value::Object(all))
        });
        json!({ "attributes": self.attributes, "above": above.collect::<Map<_, _>>() })
    }
}

/// A value with names for uids.
fn named(value: Value) -> Value {
    if let Some(name) = name(&value) {
        return Value::String(name);
    }
    match value {
        Value::Array(all) => all.into_iter().map(named).collect(),
        Value::Object(all) => all.into_iter().map(|(k, v)| (k, named(v))).collect(),
        other => other,
    }
}
