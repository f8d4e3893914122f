//! Encodes the layouts that [`crate::verify`] checks a frame against.
//!
//! A flat sequence of 32-bit words, so that the guest reads it without allocating. The format is
//! described at the reader, in [`crate::verify`].

use crate::layout::{StructLayout, shape};
use crate::manifest::{EntityKind, EntityType, EntityUid, Manifest, TagLayout};
use crate::types::Type;
use crate::verify::{self, kind, table as place};
use std::collections::{BTreeMap, BTreeSet};
use std::vec;
use std::vec::Vec;

/// The layout table of a manifest, as little-endian words.
pub fn encode(manifest: &Manifest) -> Vec<u32> {
    let mut table = Table::default();
    let literals: Vec<u32> = manifest.literals.iter().map(|uid| uid.ty).collect();
    let groups: Vec<u32> = manifest
        .literals
        .iter()
        .map(|uid| match groups(manifest, uid) {
            Some(groups) => table.list(groups),
            None => verify::NONE,
        })
        .collect();
    let mut entity_types = Vec::new();
    for (index, entity_type) in (0..).zip(&manifest.schema.entity_types) {
        let (is_action, above) = above(manifest, index, entity_type);
        let mut run = vec![u32::from(is_action), length(above.len())];
        run.extend(above);
        let above = table.add(run);
        let layout = entity_type.layout();
        let node = table.record(&layout.attributes);
        let (tags, value) = match (layout.tags, tag_type(entity_type)) {
            (Some(offset), Some(ty)) => {
                let tag = TagLayout::new(ty);
                let value = table.node(ty);
                (offset, table.add(vec![value, tag.value, tag.stride]))
            }
            _ => (verify::NONE, verify::NONE),
        };
        entity_types.extend([node, tags, value, above]);
    }
    let mut signatures = Vec::new();
    for signature in &manifest.signatures {
        let context = manifest
            .schema
            .contexts
            .get(signature.context as usize)
            .map_or(verify::NONE, |c| table.record(&c.layout()));
        signatures.extend([signature.principal, signature.resource, context]);
    }
    let environments: Vec<u32> = manifest.environments.iter().map(|e| e.signature).collect();
    let plans: Vec<u32> = manifest.plans.iter().map(|p| p.signature).collect();
    let mut header = [0; place::SIZE as usize];
    for (word, value) in [
        (place::BASE, manifest.frame_base),
        (place::LITERALS, length(literals.len())),
        (place::TYPES, length(manifest.schema.entity_types.len())),
        (place::SIGNATURES, length(manifest.signatures.len())),
        (place::LITERAL_PLACE, table.add(literals)),
        (place::TYPE_PLACE, table.add(entity_types)),
        (place::SIGNATURE_PLACE, table.add(signatures)),
        (place::GROUP_PLACE, table.add(groups)),
        (place::ENVIRONMENTS, length(environments.len())),
        (place::ENVIRONMENT_PLACE, table.add(environments)),
        (place::PLANS, length(plans.len())),
        (place::PLAN_PLACE, table.add(plans)),
    ] {
        if let Some(place) = header.get_mut(word as usize) {
            *place = value;
        }
    }
    let mut words = header.to_vec();
    words.extend(table.words);
    words
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// For a literal action, the indices of the literals that are its groups.
fn groups(manifest: &Manifest, uid: &EntityUid) -> Option<Vec<u32>> {
    let actions = &manifest.schema.actions;
    let action = actions.get(manifest.action(uid)? as usize)?;
    let is_group = |literal: &EntityUid| {
        manifest
            .action(literal)
            .is_some_and(|g| action.ancestors.contains(&g))
    };
    let literals = (0..).zip(&manifest.literals);
    Some(
        literals
            .filter(|(_, l)| is_group(l))
            .map(|(i, _)| i)
            .collect(),
    )
}

/// Whether a type is one of actions, and the types of what may stand above its entities.
fn above(manifest: &Manifest, ty: u32, entity_type: &EntityType) -> (bool, Vec<u32>) {
    if entity_type.kind != EntityKind::Action {
        return (false, entity_type.parents.clone());
    }
    let actions = &manifest.schema.actions;
    let of_type = actions.iter().filter(|a| a.uid.ty == ty);
    let groups = of_type.flat_map(|a| &a.ancestors);
    let types: BTreeSet<u32> = groups
        .filter_map(|g| Some(actions.get(*g as usize)?.uid.ty))
        .collect();
    (true, types.into_iter().collect())
}

fn tag_type(entity_type: &EntityType) -> Option<&Type> {
    match &entity_type.kind {
        EntityKind::Standard { tags, .. } => tags.as_ref(),
        _ => None,
    }
}

#[derive(Default)]
struct Table {
    words: Vec<u32>,
    known: BTreeMap<Vec<u32>, u32>,
}

impl Table {
    /// Adds a run of words, once, and returns its place in the finished table.
    fn add(&mut self, run: Vec<u32>) -> u32 {
        if let Some(&place) = self.known.get(&run) {
            return place;
        }
        let place = place::SIZE + u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.extend(&run);
        self.known.insert(run, place);
        place
    }

    /// Adds a count and as many words.
    fn list(&mut self, words: Vec<u32>) -> u32 {
        let mut run = vec![length(words.len())];
        run.extend(words);
        self.add(run)
    }

    fn node(&mut self, ty: &Type) -> u32 {
        let run = match ty {
            Type::Bool => vec![kind::BOOL],
            Type::Long | Type::Decimal | Type::Datetime | Type::Duration => vec![kind::INTEGER],
            Type::String => vec![kind::STRING],
            Type::Ip => vec![kind::IP],
            Type::Entity(index) => vec![kind::ENTITY, *index],
            Type::Set(element) => {
                let node = self.node(element);
                vec![kind::SET, node, shape(element).stride()]
            }
            Type::Record(fields) => return self.record(&crate::layout::struct_layout(fields)),
        };
        self.add(run)
    }

    fn record(&mut self, layout: &StructLayout) -> u32 {
        let mut run = vec![
            kind::RECORD,
            layout.size,
            u32::try_from(layout.fields.len()).unwrap_or(u32::MAX),
        ];
        for field in &layout.fields {
            let node = self.node(&field.ty);
            run.extend([field.offset, node, field.presence.unwrap_or(verify::NONE)]);
        }
        self.add(run)
    }
}
