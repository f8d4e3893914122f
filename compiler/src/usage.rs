//! What the conditions read: attributes, tags, context fields, literal entities.
//!
//! Only what is read is laid out in a frame. A context that is used as a value (compared, say, or
//! put in a record) is laid out whole, so that it has the layout of its type. Nothing here changes
//! an expression.

use crate::ir::{Expr, Kind};
use crate::schema::Model;
use privet_frame::manifest::{EntityKind, EntityUid};
use privet_frame::types::Type;
use std::collections::BTreeSet;

/// What is read, by index of type or context.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    attributes: BTreeSet<(u32, String)>,
    tags: BTreeSet<u32>,
    fields: BTreeSet<(u32, String)>,
    whole_contexts: BTreeSet<u32>,
    literals: BTreeSet<EntityUid>,
}

impl Usage {
    /// Adds what a condition reads; `context` is the index of its context type.
    pub(crate) fn add(&mut self, model: &Model, context: u32, expr: &Expr) {
        match &expr.kind {
            Kind::GetAttribute(base, name) | Kind::HasAttribute(base, name) => {
                self.path(model, &base.ty, std::slice::from_ref(name));
            }
            Kind::HasPath(base, names) if base.kind != Kind::Context => {
                self.path(model, &base.ty, names);
            }
            Kind::HasPath(base, names) => {
                self.path(model, &base.ty, names);
                self.fields
                    .extend(names.first().map(|n| (context, n.clone())));
                return;
            }
            Kind::GetField(base, name) | Kind::HasField(base, name)
                if base.kind == Kind::Context =>
            {
                self.fields.insert((context, name.clone()));
                return;
            }
            Kind::Context => {
                self.whole_contexts.insert(context);
            }
            Kind::GetTag(base, _) | Kind::HasTag(base, _) => {
                if let Type::Entity(ty) = base.ty {
                    self.tags.insert(ty);
                }
            }
            Kind::Entity(uid) => {
                self.literals.insert(uid.clone());
            }
            _ => {}
        }
        for child in expr.children() {
            self.add(model, context, child);
        }
    }

    /// Walks names from a type; those of entities are attributes.
    fn path(&mut self, model: &Model, ty: &Type, names: &[String]) {
        let mut ty = ty.clone();
        for name in names {
            let field = match &ty {
                Type::Entity(index) => {
                    self.attributes.insert((*index, name.clone()));
                    model.attribute(*index, name).cloned()
                }
                Type::Record(fields) => fields.iter().find(|f| f.name == *name).cloned(),
                _ => None,
            };
            let Some(field) = field else { return };
            ty = field.ty;
        }
    }

    /// Marks in the schema what is laid out, and returns the literal entities, sorted.
    pub(crate) fn mark(self, model: &mut Model) -> Vec<EntityUid> {
        for (ty, entity_type) in (0..).zip(&mut model.schema.entity_types) {
            if let EntityKind::Standard {
                attributes,
                laid_out,
                tags_laid_out,
                ..
            } = &mut entity_type.kind
            {
                *tags_laid_out = self.tags.contains(&ty);
                *laid_out = (0..)
                    .zip(attributes)
                    .filter(|(_, a)| self.attributes.contains(&(ty, a.name.clone())))
                    .map(|(i, _)| i)
                    .collect();
            }
        }
        for (index, context) in (0..).zip(&mut model.schema.contexts) {
            let whole = self.whole_contexts.contains(&index);
            context.laid_out = (0..)
                .zip(&context.fields)
                .filter(|(_, f)| whole || self.fields.contains(&(index, f.name.clone())))
                .map(|(i, _)| i)
                .collect();
        }
        self.literals.into_iter().collect()
    }
}
