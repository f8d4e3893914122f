//! Handles: structs and views, compared with the schema once, for a [`Batch`](super::batch::Batch).
//!
//! A handle says what it is of, and where each attribute stands. Nothing here writes.

use super::attribute::{Attributes, MOST_SLOTS};
use super::entities::{Entities, EntityReference};
use crate::error::FactsError;
use crate::policy::Policy;
use privet_frame::layout::{FieldLayout, StructLayout, round_up, struct_layout};
use privet_frame::manifest::EntityKind;
use privet_frame::types::{Field, Type};
use std::marker::PhantomData;

/// What a handle is of: an entity type, or with [`OF_CONTEXT`] a context.
pub(super) type Owner = u32;
pub(super) const OF_CONTEXT: Owner = 1 << 31;

/// The context's field that the request sets.
const VIEW: &str = "view";

/// Where an attribute stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Slot {
    /// Offset of the value in the struct, in words of 32 bits.
    pub(super) word: u8,
    /// The word whose [`Slot::bit`] says that it is there.
    pub(super) presence: u8,
    /// Whether policies read it; if not, it has no place.
    pub(super) laid_out: bool,
    /// 0 where the attribute is always there.
    pub(super) bit: u32,
    /// The entity type of what it refers to.
    pub(super) ty: u32,
}

/// The struct of an entity type or of a context, written from values of these types.
pub struct StructHandle<A> {
    pub(super) policy: u64,
    pub(super) owner: Owner,
    pub(super) size: u32,
    /// The struct itself, then its attributes in the order of their names.
    pub(super) slots: [Slot; MOST_SLOTS],
    /// The context's field `view`, which the host sets.
    pub(super) view: Option<Slot>,
    values: PhantomData<fn(A)>,
}

impl<A> std::fmt::Debug for StructHandle<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StructHandle")
            .field("owner", &self.owner)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// A view with its place in the store, for the requests of a [`Batch`](super::batch::Batch).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewHandle {
    pub(super) gate: u32,
    pub(super) entity: EntityReference,
}

/// Compares the names and types of a struct with the schema, one after the other.
#[derive(Debug)]
pub struct Binder<'n> {
    names: std::slice::Iter<'n, &'n str>,
    slots: Vec<Slot>,
    /// The struct or record that is being compared.
    level: Level<'n>,
}

#[derive(Debug)]
struct Level<'n> {
    /// What stands before the names: empty, or a record's path and a dot.
    path: String,
    declared: &'n [Field],
    /// Where its fields stand; none when policies read none of it.
    layout: Option<StructLayout>,
    /// Offset of the record in the struct.
    base: u32,
    named: Vec<&'n str>,
}

impl<'n> Level<'n> {
    fn new(path: String, declared: &'n [Field], layout: Option<StructLayout>, base: u32) -> Self {
        Self {
            path,
            declared,
            layout,
            base,
            named: Vec::new(),
        }
    }

    /// What must be given and was not.
    fn missing(&self) -> Option<&str> {
        let fields = self.layout.iter().flat_map(|l| &l.fields);
        let mut required = fields.filter(|f| f.presence.is_none());
        let missing = required.find(|f| !self.named.contains(&f.name.as_str()));
        missing.map(|f| f.name.as_str())
    }

    fn slot(&self, laid_out: &FieldLayout) -> Option<Slot> {
        let word = |offset: u32| u8::try_from(offset / 4).ok();
        Some(Slot {
            word: word(self.base + laid_out.offset)?,
            presence: word(self.base + laid_out.presence.unwrap_or_default() / 32 * 4)?,
            laid_out: true,
            bit: laid_out.presence.map_or(0, |bit| 1 << (bit % 32)),
            ty: 0,
        })
    }
}

impl<'n> Binder<'n> {
    /// The next name as what the schema declares, with its place.
    fn next(&mut self, optional: bool) -> Result<(&'n Field, Slot), FactsError> {
        let Some(name) = self.names.next() else {
            return refuse("there are fewer names than attributes");
        };
        let level = &mut self.level;
        let declared = name.strip_prefix(level.path.as_str());
        let declared = declared.and_then(|name| level.declared.iter().find(|f| f.name == name));
        let Some(field) = declared else {
            return refuse(format_args!("no attribute `{name}` is declared there"));
        };
        if level.named.contains(&field.name.as_str()) {
            return refuse(format_args!(
                "`{name}` stands twice, or is set by the request"
            ));
        }
        level.named.push(&field.name);
        if optional && field.required {
            return refuse(format_args!("`{name}` must be there, and is no `Option`"));
        }
        let laid_out = level.layout.as_ref().and_then(|l| l.field(&field.name));
        let slot = match laid_out.map(|f| level.slot(f)) {
            None => Slot::default(),
            Some(Some(slot)) => slot,
            Some(None) => return refuse(TOO_LARGE),
        };
        Ok((field, slot))
    }

    /// An attribute that is no record; `admits` knows its types, and the entity type behind it.
    pub(super) fn plain(
        &mut self,
        optional: bool,
        admits: impl FnOnce(&Type) -> Option<u32>,
    ) -> Result<(), FactsError> {
        let (field, slot) = self.next(optional)?;
        let Some(ty) = admits(&field.ty) else {
            return refuse(format_args!("`{}` is of another type", field.name));
        };
        self.slots.push(Slot { ty, ..slot });
        Ok(())
    }

    /// A record; `inside` takes the names of its fields.
    pub(super) fn record(
        &mut self,
        optional: bool,
        inside: impl FnOnce(&mut Self) -> Result<(), FactsError>,
    ) -> Result<(), FactsError> {
        let (field, slot) = self.next(optional)?;
        let Type::Record(declared) = &field.ty else {
            return refuse(format_args!("`{}` is no record", field.name));
        };
        self.slots.push(slot);
        let layout = slot.laid_out.then(|| struct_layout(declared));
        let path = format!("{}{}.", self.level.path, field.name);
        let base = u32::from(slot.word) * 4;
        let level = Level::new(path, declared, layout, base);
        let outer = std::mem::replace(&mut self.level, level);
        inside(self)?;
        let inner = std::mem::replace(&mut self.level, outer);
        match inner.missing() {
            Some(name) => refuse(format_args!("`{}{name}` is missing", inner.path)),
            None => Ok(()),
        }
    }
}

const TOO_LARGE: &str = "larger than a batch writes: give it through a store";

/// A struct whose attributes have these names, in the order of their types.
fn structure<A: Attributes>(
    policy: &Policy,
    owner: Owner,
    (declared, layout, size): (&[Field], &StructLayout, u32),
    names: &[&str],
) -> Result<StructHandle<A>, FactsError> {
    let mut binder = Binder {
        names: names.iter(),
        slots: vec![Slot::default()],
        level: Level::new(String::new(), declared, Some(layout.clone()), 0),
    };
    let mut view = None;
    if owner & OF_CONTEXT != 0
        && let Some(field) = layout.field(VIEW)
        && let Type::Entity(ty) = field.ty
    {
        binder.level.named.push(VIEW);
        view = binder.level.slot(field).map(|slot| Slot { ty, ..slot });
    }
    A::bind_all(&mut binder)?;
    if let Some(name) = binder.names.next() {
        return refuse(format_args!("`{name}` has no type"));
    }
    if let Some(name) = binder.level.missing() {
        return refuse(format_args!("`{name}` is missing"));
    }
    let size = round_up(size.max(4), 8);
    let mut slots = [Slot::default(); MOST_SLOTS];
    // The last word that a slot can name is the last of a struct.
    if binder.slots.len() > slots.len() || size > 255 * 4 {
        return refuse(TOO_LARGE);
    }
    for (place, slot) in slots.iter_mut().zip(binder.slots) {
        *place = slot;
    }
    Ok(StructHandle {
        policy: policy.identity(),
        owner,
        size,
        slots,
        view,
        values: PhantomData,
    })
}

impl Entities {
    /// A view, for the requests of a [`Batch`](super::batch::Batch).
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
    /// The struct of an entity type with the names of its attributes, for a
    /// [`Batch`](super::batch::Batch). The fields of a record follow it, as `record.field`.
    ///
    /// # Errors
    ///
    /// A type or an attribute that is not declared or of another type, a required one that policies
    /// read and that is not named, a type with tags or larger than a batch writes.
    pub fn entity_struct<A: Attributes>(
        &self,
        entity_type: &str,
        names: &[&str],
    ) -> Result<StructHandle<A>, FactsError> {
        let types = &self.manifest().schema.entity_types;
        let ty = self.manifest().entity_type(entity_type);
        let known = ty.and_then(|ty| Some((ty, types.get(ty as usize)?, self.entity_layout(ty)?)));
        let Some((ty, declared, layout)) = known else {
            return refuse(format_args!(
                "the entity type `{entity_type}` is not declared"
            ));
        };
        match &declared.kind {
            // Tags are a table of their own.
            EntityKind::Standard { attributes, .. } if layout.tags.is_none() => {
                let shape = (attributes.as_slice(), &layout.attributes, layout.size);
                structure(self, ty, shape, names)
                    .map_err(|e| FactsError::new(format!("`{entity_type}`: {e}")))
            }
            _ => refuse(format_args!(
                "`{entity_type}` has tags or no attributes: give it through a store"
            )),
        }
    }

    /// The struct of the context of the plans for these types with the names of its fields, for a
    /// [`Batch`](super::batch::Batch). `view` is not among them: the request sets it.
    ///
    /// # Errors
    ///
    /// When no plan is made for these types; otherwise as for an entity type.
    pub fn context_struct<A: Attributes>(
        &self,
        principal: &str,
        resource: &str,
        names: &[&str],
    ) -> Result<StructHandle<A>, FactsError> {
        let context = self.planned_context(principal, resource)?;
        let declared = self.manifest().schema.contexts.get(context as usize);
        match (declared, self.context_layout(context)) {
            (Some(declared), Some(layout)) => {
                let shape = (declared.fields.as_slice(), layout, layout.size);
                structure(self, OF_CONTEXT | context, shape, names)
                    .map_err(|e| FactsError::new(format!("the context: {e}")))
            }
            _ => refuse("no such context type"),
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
}

#[cold]
#[inline(never)]
pub(super) fn refuse<T>(what: impl std::fmt::Display) -> Result<T, FactsError> {
    Err(FactsError::new(what))
}
