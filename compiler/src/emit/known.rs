//! What a condition need not ask again: entities that are there, and what the context says.
//!
//! An attribute of a missing entity is an error, so behind one that was read the entity is there, as
//! far as that reading is sure to have happened. Nothing here decides what an expression means.

use super::Emitter;
use super::condition::Conditions;
use crate::ir::{Expr, Kind};
use privet_frame::types::Type;
use std::collections::HashMap;

/// What is known where the next instruction stands.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Entities that are there, with the locals of their structs.
    present: Vec<(Expr, u32)>,
    /// Locals with what the context says.
    context: HashMap<Expr, u32>,
}

impl Known {
    /// The local with what the context says.
    pub(super) fn of_context(&self, expr: &Expr) -> Option<u32> {
        self.context.get(expr).copied()
    }
}

impl Conditions {
    /// Emits what is evaluated only sometimes: what it finds to be there is not known behind it.
    pub(super) fn maybe<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let known = self.known.present.len();
        let result = inner(self);
        self.known.present.truncate(known);
        result
    }

    /// The local with the struct of an entity that is known to be there.
    pub(super) fn struct_of(&self, entity: &Expr) -> Option<u32> {
        let known = self.known.present.iter().find(|(known, _)| known == entity);
        known.map(|(_, data)| *data)
    }

    /// From here on the entity is known to be there.
    pub(super) fn is_present(&mut self, entity: &Expr, data: u32) {
        self.known.present.push((entity.clone(), data));
    }

    /// The local with the struct of principal or resource, 0 when it is missing.
    pub(super) fn root_data(&self, root: &Expr) -> Option<u32> {
        match root.kind {
            Kind::Principal => Some(self.roots?.principal_data),
            Kind::Resource => Some(self.roots?.resource_data),
            _ => None,
        }
    }
}

impl Emitter<'_> {
    /// Loads what the context says and these conditions ask more than once. It needs no check: the
    /// context is there, and what stands in place of a field that is not is never looked at.
    pub(super) fn load_context(&mut self, c: &mut Conditions, conditions: &[&Expr]) {
        let mut found: Vec<(&Expr, usize)> = Vec::new();
        for condition in conditions {
            asked_of_context(condition, &mut found);
        }
        for (expr, _) in found.into_iter().filter(|(_, count)| *count > 1) {
            let local = c.body.value_local(&expr.ty);
            self.node(c, expr);
            c.body.set(local);
            c.known.context.insert(expr.clone(), local);
        }
    }
}

/// Collects the numbers, references and presence of the context's fields that an expression asks
/// for, and how often.
fn asked_of_context<'e>(expr: &'e Expr, found: &mut Vec<(&'e Expr, usize)>) {
    let of_context = match &expr.kind {
        Kind::HasAttribute(base, _) | Kind::HasField(base, _) => base.kind == Kind::Context,
        Kind::GetAttribute(base, _) | Kind::GetField(base, _) => {
            let number = matches!(expr.ty, Type::Bool | Type::Entity(_)) || expr.ty.is_integer();
            base.kind == Kind::Context && number
        }
        _ => false,
    };
    if of_context {
        match found.iter_mut().find(|(known, _)| *known == expr) {
            Some((_, count)) => *count += 1,
            None => found.push((expr, 1)),
        }
    }
    for child in expr.children() {
        asked_of_context(child, found);
    }
}
