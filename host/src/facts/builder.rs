//! A store from typed values, without JSON: for gateways that know their facts.
//!
//! Attribute names are resolved once, to handles. Values are checked against the schema like those
//! from JSON. Nothing here reads text.

use super::draft::{Draft, Given, check_parent};
use super::entities::Entities;
use super::names::{Interner, Uid};
use super::path::Path;
use super::value::{declared_uid, refuse};
use crate::error::FactsError;
use crate::policy::Policy;
use privet_frame::manifest::{EntityKind, EntityUid};
use privet_frame::types::Type;
use privet_frame::value::Value;

/// An attribute of an entity type, resolved once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeHandle {
    ty: u32,
    index: usize,
}

impl Policy {
    /// The handle of an attribute, or `None` when the schema does not declare it.
    pub fn attribute(&self, entity_type: &str, name: &str) -> Option<AttributeHandle> {
        let ty = self.manifest().entity_type(entity_type)?;
        match &self.manifest().schema.entity_types.get(ty as usize)?.kind {
            EntityKind::Standard { attributes, .. } => {
                let index = attributes.iter().position(|a| a.name == name)?;
                Some(AttributeHandle { ty, index })
            }
            _ => None,
        }
    }
}

/// Collects entities and lays them out.
#[derive(Debug)]
pub struct EntitiesBuilder {
    policy: Policy,
    draft: Draft,
}

impl EntitiesBuilder {
    /// An empty store for a policy.
    pub fn new(policy: &Policy) -> Self {
        Self {
            policy: policy.clone(),
            draft: Draft::new(policy),
        }
    }

    /// A reference to an entity, as a value.
    ///
    /// # Errors
    ///
    /// When the type, or the id of an enumerated type or action, is not declared.
    pub fn reference(&mut self, entity_type: &str, id: &str) -> Result<Value, FactsError> {
        let uid = self.uid(entity_type, id)?;
        Ok(Value::Entity(self.draft.names().reference((&uid).into())))
    }

    /// Adds an entity with its attributes and parents.
    ///
    /// # Errors
    ///
    /// A missing required attribute, an attribute of another type or with a value that does not
    /// fit, a parent that the schema does not admit, the same entity twice with other content.
    pub fn add(
        &mut self,
        entity_type: &str,
        id: &str,
        attributes: impl IntoIterator<Item = (AttributeHandle, Value)>,
        parents: &[(&str, &str)],
    ) -> Result<(), FactsError> {
        let uid = self.uid(entity_type, id)?;
        let policy = self.policy.clone();
        let name = Path::Entity(&policy, (&uid).into());
        let declared = policy.manifest().schema.entity_types.get(uid.ty as usize);
        let empty = Vec::new();
        let fields = match declared.map(|t| &t.kind) {
            Some(EntityKind::Standard { attributes, .. }) => attributes,
            _ => &empty,
        };
        let mut values = vec![None; fields.len()];
        for (handle, value) in attributes {
            let (Some(field), Some(place)) =
                (fields.get(handle.index), values.get_mut(handle.index))
            else {
                return refuse(name, "an attribute of another type");
            };
            if handle.ty != uid.ty {
                return refuse(name, "an attribute of another type");
            }
            if !self.fits(&field.ty, &value) {
                return refuse(
                    name,
                    format_args!("the value of `{}` does not fit", field.name),
                );
            }
            *place = Some(canonical(value));
        }
        for (field, value) in fields.iter().zip(&values) {
            if field.required && value.is_none() {
                return refuse(
                    name,
                    format_args!("the attribute `{}` is missing", field.name),
                );
            }
        }
        let mut above = Vec::with_capacity(parents.len());
        for (ty, id) in parents {
            let parent = self.uid(ty, id)?;
            check_parent(&policy, &name, uid.ty, (&parent).into())?;
            above.push(self.draft.names().reference((&parent).into()));
        }
        self.draft
            .add((&uid).into(), Given::new(values, Vec::new(), above))
    }

    /// The store.
    ///
    /// # Errors
    ///
    /// A cycle among the parents.
    pub fn finish(self) -> Result<Entities, FactsError> {
        self.draft.finish()
    }

    /// Whether a value is of a type; a reference must be to an entity of it.
    fn fits(&self, ty: &Type, value: &Value) -> bool {
        match (ty, value) {
            (Type::Bool, Value::Bool(_))
            | (Type::String, Value::String(_))
            | (Type::Ip, Value::Ip(_)) => true,
            (Type::Entity(ty), Value::Entity(reference)) => {
                self.draft.type_of(*reference) == Some(*ty)
            }
            (_, Value::Integer(_)) => ty.is_integer(),
            (Type::Set(element), Value::Set(values)) => {
                values.iter().all(|v| self.fits(element, v))
            }
            (Type::Record(fields), Value::Record(values)) => {
                fields.len() == values.len()
                    && fields.iter().zip(values).all(|(f, v)| match v {
                        Some(value) => self.fits(&f.ty, value),
                        None => !f.required,
                    })
            }
            _ => false,
        }
    }

    fn uid(&self, entity_type: &str, id: &str) -> Result<EntityUid, FactsError> {
        declared_uid(&self.policy, "entity", entity_type, id).map(Uid::to_owned)
    }
}

/// Sets in the canonical order, however they were given.
fn canonical(value: Value) -> Value {
    match value {
        Value::Set(elements) => Value::set(elements.into_iter().map(canonical).collect()),
        Value::Record(fields) => {
            Value::Record(fields.into_iter().map(|f| f.map(canonical)).collect())
        }
        other => other,
    }
}
