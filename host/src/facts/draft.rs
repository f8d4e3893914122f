//! Entities on their way into a store: what is given twice, the hierarchy closed, all laid out.
//!
//! Literal entities stand first, at the addresses that emitted code knows. Nothing here reads JSON.

use super::entities::Entities;
use super::hierarchy;
use super::names::{Interner, Names, Uid, length};
use super::path::Path;
use super::value::refuse;
use crate::error::FactsError;
use crate::policy::Policy;
use privet_frame::abi::{FRAME_MAGIC, entity, header};
use privet_frame::encode::Encoder;
use privet_frame::manifest::{Action, EntityKind, EntityUid, TagLayout};
use privet_frame::types::Type;
use privet_frame::value::Value;

/// One entity as it was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Given {
    pub(super) attributes: Vec<Option<Value>>,
    pub(super) tags: Vec<(String, Value)>,
    /// References, ascending.
    pub(super) parents: Vec<u32>,
}

impl Given {
    /// Values that are checked; `tags` in the order of the frame.
    pub(crate) fn new(
        attributes: Vec<Option<Value>>,
        tags: Vec<(String, Value)>,
        mut parents: Vec<u32>,
    ) -> Self {
        parents.sort_unstable();
        parents.dedup();
        Self {
            attributes,
            tags,
            parents,
        }
    }
}

/// Entities on their way into a store.
#[derive(Debug)]
pub(crate) struct Draft {
    policy: Policy,
    names: Names,
    /// By the position of the name.
    given: Vec<Option<Given>>,
}

impl Draft {
    pub(crate) fn new(policy: &Policy) -> Self {
        let mut names = Names::at(policy.manifest().frame_base + header::SIZE);
        for uid in &policy.manifest().literals {
            names.reference(uid.into());
        }
        Self {
            policy: policy.clone(),
            names,
            given: Vec::new(),
        }
    }

    pub(crate) fn names(&mut self) -> &mut Names {
        &mut self.names
    }

    /// The type of the entity behind a reference.
    pub(crate) fn type_of(&self, reference: u32) -> Option<u32> {
        Some(self.names.get(self.names.position(reference)?)?.ty)
    }

    /// Adds an entity whose values are checked.
    pub(crate) fn add(&mut self, uid: Uid<'_>, given: Given) -> Result<(), FactsError> {
        let reference = self.names.reference(uid);
        let position = self.names.position(reference).unwrap_or_default() as usize;
        if self.given.len() <= position {
            self.given.resize(position + 1, None);
        }
        match self.given.get_mut(position) {
            Some(Some(other)) if *other != given => refuse(
                Path::Entity(&self.policy, uid),
                "given twice, with different attributes or parents",
            ),
            Some(place) => {
                *place = Some(given);
                Ok(())
            }
            None => refuse(Path::Entity(&self.policy, uid), "one entity too many"),
        }
    }

    /// Closes the hierarchy and lays everything out.
    pub(crate) fn finish(mut self) -> Result<Entities, FactsError> {
        // Every action that is named brings its groups.
        let mut next = 0;
        while let Some(uid) = self.names.get(next) {
            for group in declared_groups(&self.policy, uid) {
                self.names.reference((&group).into());
            }
            next += 1;
        }
        let closed = self.closed()?;
        let base = self.policy.manifest().frame_base;
        let mut encoder = Encoder::new(base);
        encoder.reserve(header::SIZE, 8);
        let count = self.names.len();
        encoder.reserve(count * entity::SIZE, 8);
        for (position, (uid, ancestors)) in (0..).zip(self.names.iter().zip(&closed)) {
            self.lay_out(&mut encoder, position, uid, ancestors);
        }
        encoder.reserve(0, 16);
        encoder.put(base + header::MAGIC, FRAME_MAGIC);
        encoder.put(base + header::STORE_ENTITIES, count);
        let (bytes, _) = encoder.into_parts();
        Ok(Entities::laid_out(self.policy, self.names, bytes))
    }

    fn given(&self, position: u32) -> Option<&Given> {
        self.given.get(position as usize)?.as_ref()
    }

    /// The ancestors of every named entity, as ascending references.
    fn closed(&self) -> Result<Vec<Vec<u32>>, FactsError> {
        let positions = |references: &[u32]| {
            references
                .iter()
                .filter_map(|reference| self.names.position(*reference))
                .collect::<Vec<_>>()
        };
        let parents: Vec<Vec<u32>> = (0..self.names.len())
            .map(|position| match self.given(position) {
                Some(given) => positions(&given.parents),
                None => Vec::new(),
            })
            .collect();
        let mut closed = hierarchy::close(&parents).map_err(|cycle| {
            let name = self.names.get(cycle.entity);
            let name = name.map(|uid| self.policy.describe(uid.into()));
            let name = name.unwrap_or_default();
            FactsError::new(format!("entities: `{name}` is among its own ancestors"))
        })?;
        for (position, (uid, ancestors)) in (0..).zip(self.names.iter().zip(&mut closed)) {
            for ancestor in ancestors.iter_mut() {
                *ancestor = self.names.reference_at(*ancestor);
            }
            if action(&self.policy, uid).is_none() {
                continue;
            }
            let groups = declared_groups(&self.policy, uid);
            let mut declared: Vec<u32> = groups
                .iter()
                .filter_map(|group| self.names.find(group.into()))
                .collect();
            declared.sort_unstable();
            if self.given(position).is_some() && *ancestors != declared {
                return refuse(
                    Path::Entity(&self.policy, uid.into()),
                    "the action's groups are not those of the schema",
                );
            }
            *ancestors = declared;
        }
        Ok(closed)
    }

    /// Writes an entity's entry and struct.
    fn lay_out(&self, encoder: &mut Encoder, position: u32, uid: &EntityUid, ancestors: &[u32]) {
        let reference = self.names.reference_at(position);
        encoder.put(reference + entity::TYPE, uid.ty);
        if !ancestors.is_empty() {
            let list = encoder.append_words(ancestors);
            encoder.put(reference + entity::ANCESTORS, list);
            encoder.put(reference + entity::ANCESTOR_COUNT, length(ancestors.len()));
        }
        let (Some(given), Some(layout)) = (self.given(position), self.policy.entity_layout(uid.ty))
        else {
            return;
        };
        let data = encoder.reserve(layout.size.max(4), 8);
        encoder.put(reference + entity::DATA, data);
        let types = &self.policy.manifest().schema.entity_types;
        let Some(EntityKind::Standard { laid_out, tags, .. }) =
            types.get(uid.ty as usize).map(|t| &t.kind)
        else {
            return;
        };
        let values = laid_out
            .iter()
            .map(|i| given.attributes.get(*i as usize).and_then(Option::as_ref));
        encoder.fields(data, &layout.attributes, values);
        if let (Some(offset), Some(ty)) = (layout.tags, tags) {
            let tag = TagLayout::new(ty);
            let table = encoder.reserve(length(given.tags.len()) * tag.stride, 8);
            let mut entry = table;
            for (key, value) in &given.tags {
                encoder.value(entry, &Type::String, &Value::String(key.clone()));
                encoder.value(entry + tag.value, ty, value);
                entry += tag.stride;
            }
            encoder.put(data + offset, table);
            encoder.put(data + offset + 4, length(given.tags.len()));
        }
    }
}

/// Whether the schema admits an entity of the parent's type above one of this type.
pub(crate) fn check_parent(
    policy: &Policy,
    path: &Path<'_>,
    ty: u32,
    parent: Uid<'_>,
) -> Result<(), FactsError> {
    let types = &policy.manifest().schema.entity_types;
    let allowed = match types.get(ty as usize) {
        // Actions are compared with the schema when all are known.
        Some(t) if t.kind == EntityKind::Action => true,
        Some(t) => t.parents.contains(&parent.ty),
        None => false,
    };
    if allowed {
        return Ok(());
    }
    let parent = Path::Entity(policy, parent);
    refuse(
        path,
        format_args!("`{parent}` cannot be a parent of this type"),
    )
}

/// The action of that name. Other types are told apart without a search among the actions.
fn action<'p>(policy: &'p Policy, uid: &EntityUid) -> Option<&'p Action> {
    let schema = &policy.manifest().schema;
    let entity_type = schema.entity_types.get(uid.ty as usize)?;
    if entity_type.kind != EntityKind::Action {
        return None;
    }
    schema.actions.get(policy.manifest().action(uid)? as usize)
}

/// The groups that an action is in, directly or not.
pub(crate) fn declared_groups(policy: &Policy, uid: &EntityUid) -> Vec<EntityUid> {
    let actions = &policy.manifest().schema.actions;
    let groups = action(policy, uid).map(|action| &action.ancestors);
    groups
        .into_iter()
        .flatten()
        .filter_map(|g| Some(actions.get(*g as usize)?.uid.clone()))
        .collect()
}
