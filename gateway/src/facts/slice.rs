//! The part of the facts that one decision can reach: from viewer, résumé, context and the entities
//! that policies name, along every reference.
//!
//! An entity that is referred to and not known is left out, as the policies may find it missing.

use super::FactStore;
use crate::uid::Uid;
use privet_host::manifest::Manifest;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fmt;

/// What is known for one decision.
#[derive(Clone, Default, PartialEq)]
pub struct Slice {
    /// The entities, as Cedar's JSON has them.
    pub entities: Vec<Value>,
    /// What the context gets beside what the request brings.
    pub context: Map<String, Value>,
    /// `issued`, as facts have it.
    pub issued: Map<String, Value>,
    /// `known`, as facts have it.
    pub known: Map<String, Value>,
}

impl fmt::Debug for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slice")
            .field("entities", &self.entities.len())
            .finish_non_exhaustive()
    }
}

impl FactStore {
    /// The part that a decision of these packs can reach for a viewer, a résumé and a context.
    pub fn slice<'m>(
        &self,
        packs: impl IntoIterator<Item = &'m Manifest>,
        principal: &Uid,
        resource: &Uid,
        context: &Map<String, Value>,
    ) -> Slice {
        let mut slice = Slice::default();
        if let Some(about) = self.about.get(resource) {
            slice.issued.clone_from(&about.issued);
            slice.known.clone_from(&about.known);
        }
        if let Some(between) = self.between.get(&(principal.clone(), resource.clone())) {
            slice.context.clone_from(&between.context);
            let issued = between.issued.iter();
            slice
                .issued
                .extend(issued.map(|(k, v)| (k.clone(), v.clone())));
        }
        let mut walk = Walk {
            store: self,
            seen: HashSet::new(),
            found: Vec::new(),
        };
        walk.visit(principal.clone());
        walk.visit(resource.clone());
        context.values().for_each(|v| walk.references(v));
        slice.context.values().for_each(|v| walk.references(v));
        for manifest in packs {
            for literal in &manifest.literals {
                let ty = manifest.schema.entity_types.get(literal.ty as usize);
                if let Some(ty) = ty {
                    walk.visit(Uid::new(&ty.name, &literal.id));
                }
            }
        }
        // Each entity is looked into once, so this ends.
        let mut next = 0;
        while let Some(entity) = walk.found.get(next) {
            let entity = std::sync::Arc::clone(entity);
            walk.references(&entity);
            next += 1;
        }
        slice.entities = walk.found.iter().map(|e| Value::clone(e)).collect();
        slice
    }
}

impl FactStore {
    /// The part of this store that a decision can reach when an envelope's facts come on top.
    pub fn reachable<'m>(
        &self,
        packs: impl IntoIterator<Item = &'m Manifest>,
        principal: &Uid,
        resource: &Uid,
        context: &Map<String, Value>,
        envelope: &FactStore,
    ) -> FactStore {
        let mut seeds = context.clone();
        // Whatever the envelope refers to counts as if the context did.
        let entities = envelope.entities.values().map(|e| Value::clone(e));
        seeds.insert(String::new(), entities.collect());
        let between = envelope.between.values();
        let contexts = between.map(|b| Value::Object(b.context.clone()));
        seeds.insert("\u{0}".to_owned(), contexts.collect());
        let slice = self.slice(packs, principal, resource, &seeds);
        let mut store = FactStore::default();
        for entity in slice.entities {
            if let Some(uid) = entity.get("uid").and_then(Uid::from_json) {
                store.entities.insert(uid, std::sync::Arc::new(entity));
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
}

struct Walk<'s> {
    store: &'s FactStore,
    seen: HashSet<Uid>,
    found: Vec<std::sync::Arc<Value>>,
}

impl Walk<'_> {
    fn visit(&mut self, uid: Uid) {
        if let Some(entity) = self.store.entities.get(&uid)
            && self.seen.insert(uid)
        {
            self.found.push(std::sync::Arc::clone(entity));
        }
    }

    /// Visits whatever looks like a reference. A record that only looks like one adds an entity too
    /// many, which changes no decision.
    fn references(&mut self, value: &Value) {
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(members) => match Uid::from_json(value) {
                    Some(uid) => self.visit(uid),
                    None => open.extend(members.values()),
                },
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
    }
}
