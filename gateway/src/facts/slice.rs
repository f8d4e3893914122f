//! The part of the facts that one decision can reach: from viewer, résumé, context and the entities
//! that policies name, along every reference.
//!
//! An entity that is referred to and not known is left out, as the policies may find it missing.

use super::FactStore;
use super::held::{About, Between, Held};
use crate::uid::Uid;
use privet_host::manifest::Manifest;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// What is known for one decision. Nothing is copied: it shares what the store holds.
#[derive(Clone, Default)]
pub struct Slice {
    /// The entities, the viewer first if it is known.
    pub entities: Vec<Arc<Held>>,
    /// What is known about the résumé.
    pub about: Arc<About>,
    /// What holds between the viewer and the résumé.
    pub between: Option<Arc<Between>>,
}

impl Slice {
    /// What the context gets beside what the request brings.
    pub fn context(&self) -> Option<&Map<String, Value>> {
        self.between.as_ref().map(|b| &b.context)
    }

    /// The slice as facts have it in JSON: `context`, `entities`, `issued`, `known`.
    pub fn to_json(&self) -> Map<String, Value> {
        let entities = self.entities.iter().map(|e| e.value.clone()).collect();
        let mut issued = self.about.issued.clone();
        let between = self.between.as_deref().cloned().unwrap_or_default();
        issued.extend(between.issued);
        [
            ("context", Value::Object(between.context)),
            ("entities", entities),
            ("issued", Value::Object(issued)),
            ("known", Value::Object(self.about.known.clone())),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
    }
}

impl fmt::Debug for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slice")
            .field("entities", &self.entities.len())
            .finish_non_exhaustive()
    }
}

/// The entities that the policies of packs name.
pub fn literals<'m>(packs: impl IntoIterator<Item = &'m Manifest>) -> Vec<Uid> {
    let mut found = Vec::new();
    for manifest in packs {
        for literal in &manifest.literals {
            let ty = manifest.schema.entity_types.get(literal.ty as usize);
            found.extend(ty.map(|ty| Uid::new(&ty.name, &literal.id)));
        }
    }
    found
}

impl FactStore {
    /// The part that a decision can reach for a viewer, a résumé, a context and the entities that
    /// the policies name.
    pub fn slice(
        &self,
        literals: &[Uid],
        principal: &Uid,
        resource: &Uid,
        context: &Map<String, Value>,
    ) -> Slice {
        self.walk(literals, principal, resource, |walk| {
            context.values().for_each(|v| walk.references(v));
        })
    }

    /// The part of this store that a decision can reach when an envelope's facts come on top.
    pub fn reachable(
        &self,
        literals: &[Uid],
        principal: &Uid,
        resource: &Uid,
        context: &Map<String, Value>,
        envelope: &FactStore,
    ) -> FactStore {
        let slice = self.walk(literals, principal, resource, |walk| {
            context.values().for_each(|v| walk.references(v));
            // Whatever the envelope refers to counts as if the context did.
            for (uid, entity) in &envelope.entities {
                walk.visit(uid);
                entity.references.iter().for_each(|uid| walk.visit(uid));
            }
            let between = envelope.between.values();
            for value in between.flat_map(|b| b.context.values()) {
                walk.references(value);
            }
        });
        let mut store = FactStore::default();
        for entity in slice.entities {
            if let Some(uid) = entity.value.get("uid").and_then(Uid::from_json) {
                store.entities.insert(uid, entity);
            }
        }
        if let Some((uid, about)) = self.about.get_key_value(resource) {
            store.about.insert(uid.clone(), about.clone());
        }
        let key = (principal.clone(), resource.clone());
        if let Some(between) = self.between.get(&key) {
            store.between.insert(key, between.clone());
        }
        store
    }

    fn walk(
        &self,
        literals: &[Uid],
        principal: &Uid,
        resource: &Uid,
        seeds: impl FnOnce(&mut Walk<'_>),
    ) -> Slice {
        let key = (principal.clone(), resource.clone());
        let between = self.between.get(&key).cloned();
        let mut walk = Walk {
            store: self,
            seen: HashSet::new(),
            found: Vec::new(),
        };
        walk.visit(principal);
        walk.visit(resource);
        seeds(&mut walk);
        let context = between.iter().flat_map(|b| b.context.values());
        context.for_each(|v| walk.references(v));
        literals.iter().for_each(|uid| walk.visit(uid));
        // Each entity is looked into once, so this ends.
        let mut next = 0;
        while let Some(entity) = walk.found.get(next) {
            let entity: &Held = entity;
            for uid in &entity.references {
                walk.visit(uid);
            }
            next += 1;
        }
        Slice {
            entities: walk.found.into_iter().map(Arc::clone).collect(),
            about: self.about.get(resource).cloned().unwrap_or_default(),
            between,
        }
    }
}

struct Walk<'s> {
    store: &'s FactStore,
    seen: HashSet<*const Held>,
    found: Vec<&'s Arc<Held>>,
}

impl Walk<'_> {
    fn visit(&mut self, uid: &Uid) {
        if let Some(entity) = self.store.entities.get(uid)
            && self.seen.insert(Arc::as_ptr(entity))
        {
            self.found.push(entity);
        }
    }

    fn references(&mut self, value: &Value) {
        references(value, &mut |uid| self.visit(&uid));
    }
}

/// Finds whatever looks like a reference. A record that only looks like one adds an entity too many,
/// which changes no decision.
pub(super) fn references(value: &Value, found: &mut impl FnMut(Uid)) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => match Uid::from_json(value) {
                Some(uid) => found(uid),
                None => open.extend(members.values()),
            },
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}
