//! Encodes the layouts that [`crate::verify`] checks a frame against.
//!
//! A flat sequence of 32-bit words, so that the guest reads it without allocating. The format is
//! described at the reader, in [`crate::verify`].

use crate::layout::{StructLayout, shape};
use crate::manifest::{Manifest, TagLayout};
use crate::types::Type;
use crate::verify::{self, kind};
use std::collections::BTreeMap;
use std::vec;
use std::vec::Vec;

/// The layout table of a manifest, as little-endian words.
pub fn encode(manifest: &Manifest) -> Vec<u32> {
    let mut table = Table::default();
    let literals: Vec<u32> = manifest.literals.iter().map(|uid| uid.ty).collect();
    let mut entity_types = Vec::new();
    for entity_type in &manifest.schema.entity_types {
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
        entity_types.extend([node, tags, value]);
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
    let counts = [literals.len(), entity_types.len() / 3, signatures.len() / 3];
    let places = [literals, entity_types, signatures].map(|words| table.add(words));
    let mut words = vec![manifest.frame_base];
    words.extend(counts.map(|n| u32::try_from(n).unwrap_or(u32::MAX)));
    words.extend(places);
    words.resize(verify::TABLE_HEADER as usize, 0);
    words.extend(table.words);
    words
}

fn tag_type(entity_type: &crate::manifest::EntityType) -> Option<&Type> {
    match &entity_type.kind {
        crate::manifest::EntityKind::Standard { tags, .. } => tags.as_ref(),
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
        let place = verify::TABLE_HEADER + u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.extend(&run);
        self.known.insert(run, place);
        place
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
