//! An entity that is read and checked once, and then is part of many stores.
//!
//! What it refers to has local names here; a store gives them its own, in the order in which reading
//! the JSON would have, so that both ways lay out the same bytes. Nothing here is looser than
//! reading: what a schema refuses never becomes an [`Entity`].

use super::entities::{Draft, Entities, Given, Names, read_entity};
use super::json::Json;
use super::value::Interner;
use crate::error::FactsError;
use crate::policy::Policy;
use privet_frame::abi::entity;
use privet_frame::manifest::EntityUid;
use privet_frame::value::Value;

/// An entity that one policy's schema admits.
#[derive(Debug, Clone)]
pub struct Entity {
    policy: u64,
    uid: EntityUid,
    given: Given,
    /// What the entity refers to, and itself, in the order of first naming.
    names: Vec<EntityUid>,
}

impl Entity {
    /// Reads an entity in Cedar's JSON format, as [`Entities::from_json`] reads each of its list.
    ///
    /// # Errors
    ///
    /// What Cedar refuses, and the few things where this is stricter.
    pub fn from_value(policy: &Policy, json: &serde_json::Value) -> Result<Self, FactsError> {
        let mut names = Names::local();
        let (uid, given) = read_entity(policy, &mut names, "entity", &Json::from(json))?;
        names.reference(uid.clone());
        Ok(Self {
            policy: policy.identity(),
            uid,
            given,
            names: names.into_list(),
        })
    }
}

impl Entities {
    /// A store of entities that were read before.
    ///
    /// # Errors
    ///
    /// An entity of another policy, one that is given twice with different content, a cycle among
    /// the parents.
    pub fn of<'e>(
        policy: &Policy,
        entities: impl IntoIterator<Item = &'e Entity>,
    ) -> Result<Self, FactsError> {
        let mut draft = Draft::new(policy);
        for entity in entities {
            if entity.policy != policy.identity() {
                return Err(FactsError::new("entities: one is of another policy"));
            }
            let names = entity.names.iter();
            let references: Vec<u32> = names
                .map(|uid| draft.names().reference(uid.clone()))
                .collect();
            draft.add(entity.uid.clone(), renamed(&entity.given, &references))?;
        }
        draft.finish()
    }
}

/// The same with a store's references. An element of a set may come to stand elsewhere.
fn renamed(given: &Given, references: &[u32]) -> Given {
    let attributes = given.attributes.iter();
    let tags = given.tags.iter();
    Given {
        attributes: attributes
            .map(|v| v.as_ref().map(|v| value(v, references)))
            .collect(),
        tags: tags
            .map(|(key, v)| (key.clone(), value(v, references)))
            .collect(),
        parents: given
            .parents
            .iter()
            .map(|p| reference(*p, references))
            .collect(),
    }
}

fn reference(local: u32, references: &[u32]) -> u32 {
    let found = references.get((local / entity::SIZE) as usize);
    found.copied().unwrap_or_default()
}

fn value(local: &Value, references: &[u32]) -> Value {
    match local {
        Value::Entity(local) => Value::Entity(reference(*local, references)),
        Value::Set(elements) => Value::set(elements.iter().map(|e| value(e, references)).collect()),
        Value::Record(fields) => {
            let fields = fields.iter();
            Value::Record(
                fields
                    .map(|f| f.as_ref().map(|f| value(f, references)))
                    .collect(),
            )
        }
        plain => plain.clone(),
    }
}
