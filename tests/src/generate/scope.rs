//! The heads of policies: constraints on principal, action and resource, slots included, and which
//! request environments a head admits.
//!
//! Which environments matter is only a guess for the generator, so that bodies mostly validate;
//! Cedar's validator decides.

use super::text;
use crate::facts::IDS;
use crate::random::Random;
use privet_frame::manifest::{EntityKind, Manifest};

/// A constraint on principal or resource.
#[derive(Debug, Clone, Copy)]
enum Admits {
    All,
    /// Entities of a type.
    Type(u32),
    /// Entities in one of a type.
    In(u32),
    /// Entities of a type, in one of another.
    TypeIn(u32, u32),
}

/// A slot's value.
#[derive(Debug, Clone)]
pub struct SlotValue {
    pub slot: &'static str,
    pub type_name: String,
    pub id: String,
}

/// A head as text, with the environments that it admits.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) text: String,
    pub(super) slots: Vec<SlotValue>,
    /// Indices of environments.
    pub(super) environments: Vec<usize>,
}

/// An id of an entity of that type.
pub(super) fn id(manifest: &Manifest, random: &mut Random, ty: u32) -> String {
    match &manifest.schema.entity_types[ty as usize].kind {
        EntityKind::Enumerated(ids) => random.pick(ids).clone(),
        EntityKind::Action => {
            let of_type: Vec<&String> = manifest
                .schema
                .actions
                .iter()
                .filter(|a| a.uid.ty == ty)
                .map(|a| &a.uid.id)
                .collect();
            (*random.pick(&of_type)).clone()
        }
        EntityKind::Standard { .. } => (*random.pick(&IDS)).to_owned(),
    }
}

/// A uid of an entity of that type, as text.
pub(super) fn uid(manifest: &Manifest, random: &mut Random, ty: u32) -> String {
    let id = id(manifest, random, ty);
    text::uid(&manifest.schema.entity_types[ty as usize].name, &id)
}

/// A type that an entity of type `ty` may be in.
pub(super) fn above(manifest: &Manifest, random: &mut Random, ty: u32) -> u32 {
    let parents = &manifest.schema.entity_types[ty as usize].parents;
    match parents.is_empty() || random.chance(15) {
        true => ty,
        false => *random.pick(parents),
    }
}

fn admits(manifest: &Manifest, constraint: Admits, ty: u32) -> bool {
    let below = |group: u32| {
        ty == group
            || manifest.schema.entity_types[ty as usize]
                .parents
                .contains(&group)
    };
    match constraint {
        Admits::All => true,
        Admits::Type(wanted) => ty == wanted,
        Admits::In(group) => below(group),
        Admits::TypeIn(wanted, group) => ty == wanted && below(group),
    }
}

fn entity(
    manifest: &Manifest,
    random: &mut Random,
    variable: &'static str,
    types: &[u32],
    template: bool,
    slots: &mut Vec<SlotValue>,
) -> (String, Admits) {
    let ty = *random.pick(types);
    let name = &manifest.schema.entity_types[ty as usize].name;
    let mut value = |random: &mut Random, ty: u32| {
        if !template || random.chance(30) {
            return uid(manifest, random, ty);
        }
        let slot = if variable == "principal" {
            "?principal"
        } else {
            "?resource"
        };
        slots.push(SlotValue {
            slot,
            type_name: manifest.schema.entity_types[ty as usize].name.clone(),
            id: id(manifest, random, ty),
        });
        slot.to_owned()
    };
    match random.below(if template { 5 } else { 11 }) {
        0 => (
            format!("{variable} == {}", value(random, ty)),
            Admits::Type(ty),
        ),
        1 | 2 => {
            let group = above(manifest, random, ty);
            let value = value(random, group);
            (format!("{variable} in {value}"), Admits::In(group))
        }
        3 => {
            let group = above(manifest, random, ty);
            let value = value(random, group);
            let text = format!("{variable} is {name} in {value}");
            (text, Admits::TypeIn(ty, group))
        }
        4..=7 => (format!("{variable} is {name}"), Admits::Type(ty)),
        _ => (variable.to_owned(), Admits::All),
    }
}

fn action(manifest: &Manifest, random: &mut Random) -> (String, Vec<u32>) {
    let actions = &manifest.schema.actions;
    let text = |index: u32| {
        let uid = &actions[index as usize].uid;
        text::uid(&manifest.schema.entity_types[uid.ty as usize].name, &uid.id)
    };
    let asked: Vec<u32> = manifest.environments.iter().map(|e| e.action).collect();
    let one = *random.pick(&asked);
    let with_groups = |index: u32| {
        let mut all = actions[index as usize].ancestors.clone();
        all.push(index);
        all
    };
    let below = |groups: &[u32]| {
        (0..)
            .zip(actions)
            .filter(|(i, a)| groups.iter().any(|g| g == i || a.ancestors.contains(g)))
            .map(|(i, _)| i)
            .collect()
    };
    match random.below(7) {
        0..=2 => (format!("action == {}", text(one)), vec![one]),
        3 => {
            let group = *random.pick(&with_groups(one));
            (format!("action in {}", text(group)), below(&[group]))
        }
        4 => {
            // Strict validation wants one type in a set.
            let of_type: Vec<u32> = (0..)
                .zip(actions)
                .filter(|(_, a)| a.uid.ty == actions[one as usize].uid.ty)
                .map(|(i, _)| i)
                .collect();
            let groups = [one, *random.pick(&of_type), *random.pick(&of_type)];
            let list: Vec<String> = groups.iter().map(|g| text(*g)).collect();
            (format!("action in [{}]", list.join(", ")), below(&groups))
        }
        _ => (
            "action".to_owned(),
            (0..).zip(actions).map(|(i, _)| i).collect(),
        ),
    }
}

/// A head; with slots when a template is wanted.
pub(super) fn head(manifest: &Manifest, random: &mut Random, template: bool) -> Head {
    let signature = |e: usize| manifest.signatures[manifest.environments[e].signature as usize];
    let all = 0..manifest.environments.len();
    let (action, actions) = action(manifest, random);
    let fits: Vec<usize> = all
        .filter(|e| actions.contains(&manifest.environments[*e].action))
        .collect();
    if fits.is_empty() {
        return Head::default();
    }
    let mut slots = Vec::new();
    let types: Vec<u32> = fits.iter().map(|e| signature(*e).principal).collect();
    let (principal, one) = entity(manifest, random, "principal", &types, template, &mut slots);
    let fits: Vec<usize> = fits
        .into_iter()
        .filter(|e| admits(manifest, one, signature(*e).principal))
        .collect();
    if fits.is_empty() {
        return Head::default();
    }
    let types: Vec<u32> = fits.iter().map(|e| signature(*e).resource).collect();
    let (resource, other) = entity(manifest, random, "resource", &types, template, &mut slots);
    let environments: Vec<usize> = fits
        .into_iter()
        .filter(|e| admits(manifest, other, signature(*e).resource))
        .collect();
    Head {
        text: format!("{principal}, {action}, {resource}"),
        slots,
        environments,
    }
}
