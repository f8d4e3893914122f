//! Random entities and contexts that conform to a schema, as Cedar's JSON.
//!
//! Few ids, so that entities meet; some entities are missing, so that policies err; numbers near
//! the ends, so that they overflow.

use crate::random::Random;
use privet_frame::manifest::{EntityKind, Manifest};
use privet_frame::types::{Field, Type};
use serde_json::{Map, Value, json};

/// Ids of entities; policies name them too.
pub const IDS: [&str; 3] = ["a", "b", "c"];

/// Keys of tags; policies ask for them too.
pub const TAGS: [&str; 4] = ["a", "k", "", "张三"];

const NUMBERS: [i64; 8] = [0, 1, -1, 2, 7, 100, i64::MAX, i64::MIN];
const TEXTS: [&str; 9] = ["", "a", "b", "ab", "a*b", "张三", "aab", "k", "a\0b"];

/// Makes facts for one schema.
#[derive(Debug)]
pub struct Facts<'a> {
    pub manifest: &'a Manifest,
    pub random: Random,
}

impl Facts<'_> {
    fn type_name(&self, ty: u32) -> &str {
        &self.manifest.schema.entity_types[ty as usize].name
    }

    /// A uid of a type: `{type, id}`.
    pub fn uid(&mut self, ty: u32) -> Value {
        let id = match &self.manifest.schema.entity_types[ty as usize].kind {
            EntityKind::Enumerated(ids) => self.random.pick(ids).clone(),
            EntityKind::Action => {
                let actions: Vec<String> = self
                    .manifest
                    .schema
                    .actions
                    .iter()
                    .filter(|a| a.uid.ty == ty)
                    .map(|a| a.uid.id.clone())
                    .collect();
                self.random.pick(&actions).clone()
            }
            EntityKind::Standard { .. } => (*self.random.pick(&IDS)).to_owned(),
        };
        json!({ "type": self.type_name(ty), "id": id })
    }

    /// A value of a type.
    pub fn value(&mut self, ty: &Type) -> Value {
        match ty {
            Type::Bool => json!(self.random.chance(50)),
            Type::Long => json!(self.random.pick(&NUMBERS)),
            Type::String => json!(self.random.pick(&TEXTS)),
            Type::Decimal => {
                json!(
                    self.random
                        .pick(&["0.0", "1.5", "-1.5", "922337203685477.5807"])
                )
            }
            Type::Datetime => json!(self.random.pick(&[
                "1970-01-01",
                "2024-02-29T23:59:59.999Z",
                "1969-12-31T12:00:00Z",
                "9999-12-31",
                "0000-01-01",
            ])),
            Type::Duration => json!(self.random.pick(&[
                "0ms",
                "1d",
                "-1d2h",
                "9223372036854775807ms",
                "-9223372036854775808ms",
            ])),
            Type::Ip => json!(self.random.pick(&[
                "10.0.0.1",
                "10.0.0.0/8",
                "127.0.0.1",
                "::1",
                "ff02::1",
                "224.0.0.1/4",
            ])),
            Type::Entity(ty) => self.uid(*ty),
            Type::Set(element) => {
                let count = self.random.below(4);
                (0..count).map(|_| self.value(element)).collect()
            }
            Type::Record(fields) => self.record(fields),
        }
    }

    fn record(&mut self, fields: &[Field]) -> Value {
        let mut members = Map::new();
        for field in fields {
            if field.required || self.random.chance(60) {
                let value = self.value(&field.ty);
                members.insert(field.name.clone(), value);
            }
        }
        Value::Object(members)
    }

    /// A context.
    pub fn context(&mut self, context: u32) -> Value {
        let fields = self.manifest.schema.contexts[context as usize]
            .fields
            .clone();
        self.record(&fields)
    }

    /// Facts for a plan, over a store; without what the host sets.
    pub fn viewer(&mut self, plan: usize, store: &Value) -> Value {
        let manifest = self.manifest;
        let signature = manifest.signatures[manifest.plans[plan].signature as usize];
        let mut context = self.context(signature.context);
        let members = context.as_object_mut().expect("an object");
        members.remove("view");
        members.remove("now");
        json!({
            "principal": self.uid(signature.principal),
            "resource": self.uid(signature.resource),
            "context": context,
            "entities": store,
            "now": self.value(&Type::Datetime),
        })
    }

    /// A store: most of the entities that there can be, with parents in one random direction.
    pub fn entities(&mut self) -> Value {
        let mut order: Vec<(u32, &str)> = Vec::new();
        for (index, entity_type) in (0..).zip(&self.manifest.schema.entity_types) {
            if matches!(entity_type.kind, EntityKind::Standard { .. }) {
                for id in IDS {
                    let place = self.random.below(order.len() + 1);
                    order.insert(place, (index, id));
                }
            }
        }
        let mut all = Vec::new();
        for (position, (ty, id)) in order.iter().enumerate() {
            let declared = self.manifest.schema.entity_types[*ty as usize].clone();
            let EntityKind::Standard {
                attributes, tags, ..
            } = &declared.kind
            else {
                continue;
            };
            if self.random.chance(15) {
                continue;
            }
            let mut parents = Vec::new();
            for (parent_type, parent) in &order[position + 1..] {
                if declared.parents.contains(parent_type) && self.random.chance(30) {
                    parents.push(json!({ "type": self.type_name(*parent_type), "id": parent }));
                }
            }
            for parent in &declared.parents {
                let kind = &self.manifest.schema.entity_types[*parent as usize].kind;
                if matches!(kind, EntityKind::Enumerated(_)) && self.random.chance(30) {
                    parents.push(self.uid(*parent));
                }
            }
            let mut entity = json!({
                "uid": { "type": declared.name, "id": id },
                "attrs": self.record(attributes),
                "parents": parents,
            });
            if let Some(ty) = tags {
                let mut members = Map::new();
                for key in TAGS {
                    if self.random.chance(50) {
                        let value = self.value(ty);
                        members.insert(key.to_owned(), value);
                    }
                }
                entity["tags"] = Value::Object(members);
            }
            all.push(entity);
        }
        Value::Array(all)
    }
}
