//! Handles: attributes, contexts and views, resolved once, for a [`Batch`](super::batch::Batch).
//!
//! A handle says what it is of, what it holds and where that stands, in as few words as can be
//! compared when a value is written. Nothing here writes.

use super::entities::{Entities, EntityReference};
use super::names::length;
use crate::error::FactsError;
use crate::policy::Policy;
use privet_frame::layout::{StructLayout, round_up, struct_layout};
use privet_frame::manifest::EntityKind;
use privet_frame::types::{Field, Type};

/// What a handle is of: an entity type, or with [`OF_CONTEXT`] a context.
pub(super) type Owner = u32;
pub(super) const OF_CONTEXT: Owner = 1 << 31;

/// What a field holds: one of the kinds below, in the low half the entity type.
pub(super) type Content = u64;
pub(super) const BOOL: Content = 1 << 32;
pub(super) const INTEGER: Content = 2 << 32;
pub(super) const TEXT: Content = 3 << 32;
pub(super) const ENTITY: Content = 4 << 32;
pub(super) const ENTITIES: Content = 5 << 32;
pub(super) const RECORD: Content = 6 << 32;
/// What a batch does not write.
const OTHER: Content = 7 << 32;

/// The offset of a field that no policy reads.
pub(super) const NOT_LAID_OUT: u32 = u32::MAX;

/// An attribute or context field, resolved once; `a.b` is the field `b` of the record `a`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldHandle {
    pub(super) content: Content,
    /// A bit for the check that nothing is missing.
    pub(super) mark: u64,
    pub(super) owner: Owner,
    /// Offset in the struct, or [`NOT_LAID_OUT`].
    pub(super) offset: u32,
    /// The byte of the struct that says that it is there, with [`FieldHandle::bit`].
    pub(super) presence: u32,
    /// 0 where the field is always there.
    pub(super) bit: u8,
}

/// Records within a struct that a batch can check.
const MOST_RECORDS: usize = 8;

/// The struct of an entity type or of a context, for writing.
#[derive(Debug, Clone, Copy)]
pub struct StructHandle {
    pub(super) owner: Owner,
    pub(super) size: u32,
    /// What must be written.
    pub(super) required: u64,
    /// What must be written when a record is: its mark and the others.
    pub(super) nested: [(u64, u64); MOST_RECORDS],
    pub(super) records: usize,
    /// The context's field `view`, which the host sets.
    pub(super) view: Option<FieldHandle>,
}

/// A view with its place in the store, for the requests of a [`Batch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewHandle {
    pub(super) gate: u32,
    pub(super) entity: EntityReference,
}

/// The fields of a struct, nested ones flattened.
struct Fields {
    found: Vec<(String, FieldHandle)>,
    required: u64,
    nested: Vec<(u64, u64)>,
}

impl Fields {
    fn add(&mut self, owner: Owner, path: &str, base: u32, layout: &StructLayout) -> u64 {
        let mut required = 0;
        for field in &layout.fields {
            let mark = 1_u64.checked_shl(length(self.found.len())).unwrap_or(0);
            let name = format!("{path}{}", field.name);
            let place = field.presence;
            let handle = FieldHandle {
                content: content(&field.ty),
                mark,
                owner,
                offset: base + field.offset,
                presence: base + place.unwrap_or_default() / 8,
                bit: place.map_or(0, |bit| 1 << (bit % 8)),
            };
            self.found.push((name.clone(), handle));
            if place.is_none() {
                required |= mark;
            }
            if let Type::Record(fields) = &field.ty {
                let inner = struct_layout(fields);
                let path = format!("{name}.");
                let needs = self.add(owner, &path, base + field.offset, &inner);
                self.nested.push((mark, needs));
            }
        }
        required
    }

    fn of(owner: Owner, layout: &StructLayout) -> Self {
        let mut fields = Self {
            found: Vec::new(),
            required: 0,
            nested: Vec::new(),
        };
        fields.required = fields.add(owner, "", 0, layout);
        fields
    }
}

fn content(ty: &Type) -> Content {
    match ty {
        Type::Bool => BOOL,
        Type::String => TEXT,
        Type::Entity(ty) => ENTITY | u64::from(*ty),
        Type::Record(_) => RECORD,
        Type::Set(element) => match element.as_ref() {
            Type::Entity(ty) => ENTITIES | u64::from(*ty),
            _ => OTHER,
        },
        _ if ty.is_integer() => INTEGER,
        _ => OTHER,
    }
}

fn declared<'f>(fields: &'f [Field], path: &str) -> Option<&'f Field> {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let field = fields.iter().find(|f| f.name == name)?;
    match (rest, &field.ty) {
        (None, _) => Some(field),
        (Some(rest), Type::Record(fields)) => declared(fields, rest),
        _ => None,
    }
}

impl Entities {
    /// A view, for the requests of a [`Batch`].
    ///
    /// # Errors
    ///
    /// A view without a gate, or that this store does not name; a literal of the policies is always
    /// named.
    pub fn view(&self, view: &str) -> Result<ViewHandle, FactsError> {
        let policy = self.policy();
        let gates = (0..).zip(&policy.manifest().gates);
        let gate = gates.into_iter().find(|(_, g)| g.view == view);
        let types = policy.manifest().schema.entity_types.iter();
        let entity = types.filter_map(|t| match &t.kind {
            EntityKind::Enumerated(ids) if t.name == "View" || t.name.ends_with("::View") => ids
                .iter()
                .any(|id| id == view)
                .then(|| self.find(&t.name, view))?,
            _ => None,
        });
        match (gate, entity.into_iter().next()) {
            (Some((gate, _)), Some(entity)) => Ok(ViewHandle { gate, entity }),
            _ => refuse(format_args!(
                "no gate admits the view `{view}`, or the store does not name it"
            )),
        }
    }
}

impl Policy {
    /// The struct of an entity type, for a [`Batch`].
    ///
    /// # Errors
    ///
    /// A type that is not declared, or one with more laid-out fields than a batch can check.
    pub fn entity_struct(&self, entity_type: &str) -> Result<StructHandle, FactsError> {
        let Some(ty) = self.manifest().entity_type(entity_type) else {
            return refuse(format_args!(
                "the entity type `{entity_type}` is not declared"
            ));
        };
        match self.entity_layout(ty) {
            // Tags are a table of their own.
            Some(layout) if layout.tags.is_none() => structure(ty, layout.size, &layout.attributes),
            _ => refuse(format_args!(
                "`{entity_type}` has tags: give it through a store"
            )),
        }
    }

    /// The struct of the context of the plans for these types, for a [`Batch`].
    ///
    /// # Errors
    ///
    /// When no plan is made for these types, or the context has too many fields.
    pub fn context_struct(
        &self,
        principal: &str,
        resource: &str,
    ) -> Result<StructHandle, FactsError> {
        let context = self.planned_context(principal, resource)?;
        match self.context_layout(context) {
            Some(layout) => {
                let owner = OF_CONTEXT | context;
                let view = self.context_field(principal, resource, "view").ok();
                let shape = structure(owner, layout.size, layout)?;
                Ok(StructHandle { view, ..shape })
            }
            None => refuse("no such context type"),
        }
    }

    fn planned_context(&self, principal: &str, resource: &str) -> Result<u32, FactsError> {
        let manifest = self.manifest();
        let (principal_type, resource_type) = (
            manifest.entity_type(principal),
            manifest.entity_type(resource),
        );
        let planned = manifest.plans.iter();
        let mut planned = planned.filter_map(|p| manifest.signatures.get(p.signature as usize));
        let signature = planned
            .find(|s| Some(s.principal) == principal_type && Some(s.resource) == resource_type);
        match signature {
            Some(signature) => Ok(signature.context),
            None => refuse(format_args!(
                "no plan is made for `{principal}` and `{resource}`"
            )),
        }
    }

    /// An attribute of an entity type, for a [`Batch`].
    ///
    /// # Errors
    ///
    /// An attribute that is not declared.
    pub fn entity_field(&self, entity_type: &str, path: &str) -> Result<FieldHandle, FactsError> {
        let types = &self.manifest().schema.entity_types;
        let ty = self.manifest().entity_type(entity_type);
        let declared_type = ty.and_then(|ty| Some((ty, types.get(ty as usize)?)));
        let known = declared_type.and_then(|(ty, t)| match &t.kind {
            EntityKind::Standard { attributes, .. } => {
                let layout = self.entity_layout(ty)?;
                let field = declared(attributes, path)?;
                Some(handle(ty, &layout.attributes, field, path))
            }
            _ => None,
        });
        match known {
            Some(handle) => Ok(handle),
            None => refuse(format_args!("`{entity_type}` has no attribute `{path}`")),
        }
    }

    /// A field of the context of the plans for these types, for a [`Batch`].
    ///
    /// # Errors
    ///
    /// A field that is not declared; types without a plan.
    pub fn context_field(
        &self,
        principal: &str,
        resource: &str,
        path: &str,
    ) -> Result<FieldHandle, FactsError> {
        let context = self.planned_context(principal, resource)?;
        let known = self.manifest().schema.contexts.get(context as usize);
        let known = known.and_then(|c| {
            let layout = self.context_layout(context)?;
            let field = declared(&c.fields, path)?;
            Some(handle(OF_CONTEXT | context, layout, field, path))
        });
        match known {
            Some(handle) => Ok(handle),
            None => refuse(format_args!("the context has no field `{path}`")),
        }
    }
}

fn structure(owner: Owner, size: u32, layout: &StructLayout) -> Result<StructHandle, FactsError> {
    let fields = Fields::of(owner, layout);
    let mut nested = [(0, 0); MOST_RECORDS];
    let records = fields.nested.len();
    if fields.found.len() > 64 || fields.nested.len() > nested.len() {
        return refuse("more fields than a batch can check: give it through a store");
    }
    for (place, pair) in nested.iter_mut().zip(fields.nested) {
        *place = pair;
    }
    Ok(StructHandle {
        owner,
        size: round_up(size.max(4), 8),
        required: fields.required,
        nested,
        records,
        view: None,
    })
}

fn handle(owner: Owner, layout: &StructLayout, field: &Field, path: &str) -> FieldHandle {
    let found = Fields::of(owner, layout).found;
    match found.into_iter().find(|(name, _)| name == path) {
        Some((_, handle)) => handle,
        None => FieldHandle {
            content: content(&field.ty),
            mark: 0,
            owner,
            offset: NOT_LAID_OUT,
            presence: 0,
            bit: 0,
        },
    }
}

#[cold]
#[inline(never)]
pub(super) fn refuse<T>(what: impl std::fmt::Display) -> Result<T, FactsError> {
    Err(FactsError::new(what))
}
