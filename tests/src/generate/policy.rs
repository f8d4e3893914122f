//! Policy sets: static policies, templates and links, in Cedar's text or in its JSON.
//!
//! Policies that Cedar's validator refuses are taken out again and counted, so that what is left
//! compiles. Sets are empty now and then, and now and then large.

use super::expression::Expressions;
use super::paths::{self, Variables};
use super::scope::{self, SlotValue};
use crate::random::Random;
use cedar_policy::{
    EntityId, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, SlotId, Template,
    ValidationMode, Validator,
};
use privet_compiler::SourceFile;
use privet_frame::manifest::Manifest;
use privet_frame::types::Type;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;

/// A policy set that validates.
#[derive(Debug)]
pub struct Generated {
    /// What the compiler takes: text, or JSON with links.
    pub file: SourceFile,
    /// The same as Cedar reads it.
    pub set: PolicySet,
    /// Indices of the request environments that some policy's head admits.
    pub environments: Vec<usize>,
    /// How many policies and links were made, and how many of them did not validate.
    pub made: usize,
    pub refused: usize,
}

fn body(
    manifest: &Manifest,
    random: &mut Random,
    environments: &[usize],
    conditions: usize,
) -> String {
    let all: Vec<_> = environments
        .iter()
        .map(|e| &manifest.environments[*e])
        .collect();
    let signature = |s: u32| manifest.signatures[s as usize];
    let only = |values: BTreeSet<u32>| match values.len() {
        1 => values.first().copied(),
        _ => None,
    };
    let action = |a: u32| manifest.schema.actions[a as usize].uid.ty;
    let variables = Variables {
        principal: only(
            all.iter()
                .map(|e| signature(e.signature).principal)
                .collect(),
        ),
        resource: only(
            all.iter()
                .map(|e| signature(e.signature).resource)
                .collect(),
        ),
        context: only(all.iter().map(|e| signature(e.signature).context).collect()),
        action: only(all.iter().map(|e| action(e.action)).collect()),
    };
    let paths = paths::all(manifest, random, variables);
    let mut types: BTreeSet<Type> = paths.iter().map(|p| p.ty.clone()).collect();
    types.extend([
        Type::Bool,
        Type::Long,
        Type::String,
        Type::Decimal,
        Type::Ip,
        Type::Datetime,
        Type::Duration,
        Type::Set(Box::new(Type::Long)),
    ]);
    let mut expressions = Expressions {
        manifest,
        random,
        paths,
        types: types.into_iter().collect(),
        guards: Vec::new(),
    };
    let mut text = String::new();
    for _ in 0..conditions {
        let kind = match expressions.random.chance(75) {
            true => "when",
            false => "unless",
        };
        let depth = 1 + expressions.random.below(4);
        let condition = expressions.bool(depth);
        text.push_str(&format!(" {kind} {{ {condition} }}"));
    }
    text
}

/// One policy or template over a schema, as text, with a value for each slot.
pub fn policy(
    manifest: &Manifest,
    random: &mut Random,
    template: bool,
    environments: &mut BTreeSet<usize>,
) -> (String, Vec<SlotValue>) {
    let head = loop {
        let head = scope::head(manifest, random, template);
        if !head.environments.is_empty() {
            break head;
        }
    };
    let effect = if random.chance(60) {
        "permit"
    } else {
        "forbid"
    };
    environments.extend(&head.environments);
    let conditions = if random.chance(12) {
        0
    } else {
        1 + random.below(2)
    };
    let body = body(manifest, random, &head.environments, conditions);
    (format!("{effect} ({}){body};", head.text), head.slots)
}

fn value(slot: &SlotValue) -> (SlotId, EntityUid) {
    let name = EntityTypeName::from_str(&slot.type_name).expect("a type's name");
    let uid = EntityUid::from_type_name_and_id(name, EntityId::new(&slot.id));
    match slot.slot {
        "?principal" => (SlotId::principal(), uid),
        _ => (SlotId::resource(), uid),
    }
}

/// An id, ordinary or odd.
fn id(random: &mut Random, number: usize) -> PolicyId {
    PolicyId::new(match random.below(6) {
        0 => format!("名 {number}"),
        1 => format!("\"{number}\"\\"),
        2 => format!("p{number}"),
        _ => format!("policy{number}"),
    })
}

/// A policy set over a schema.
pub fn set(manifest: &Manifest, validator: &Validator, random: &mut Random) -> Generated {
    let count = match random.below(25) {
        0 => 0,
        1 => 20,
        _ => 1 + random.below(7),
    };
    let as_json = random.chance(50);
    let mut all = PolicySet::new();
    let mut texts: BTreeMap<usize, (PolicyId, String)> = BTreeMap::new();
    let mut made = 0;
    let mut environments = BTreeSet::new();
    for number in 0..count {
        let template = random.chance(25);
        let (text, slots) = policy(manifest, random, template, &mut environments);
        let id = id(random, number);
        made += 1;
        if slots.is_empty() {
            let policy = Policy::parse(Some(id.clone()), &text)
                .unwrap_or_else(|e| panic!("a generated policy does not parse: {e:?}\n{text}"));
            all.add(policy).expect("a new id");
        } else {
            let template = Template::parse(Some(id.clone()), &text)
                .unwrap_or_else(|e| panic!("a generated template does not parse: {e:?}\n{text}"));
            all.add_template(template).expect("a new id");
            let links = if as_json { random.below(4) } else { 0 };
            for link in 0..links {
                made += 1;
                let mut values: HashMap<SlotId, EntityUid> = HashMap::new();
                for slot in &slots {
                    let mut slot = slot.clone();
                    if link > 0 {
                        let ty = manifest.entity_type(&slot.type_name).expect("a type");
                        slot.id = scope::id(manifest, random, ty);
                    }
                    values.extend([value(&slot)]);
                }
                let new = PolicyId::new(format!("link {link} of {number}"));
                all.link(id.clone(), new, values).expect("links");
            }
        }
        texts.insert(number, (id, text));
    }
    let environments = environments.into_iter().collect();
    let mut refused = 0;
    let result = validator.validate(&all, ValidationMode::Strict);
    let wrong: BTreeSet<PolicyId> = result
        .validation_errors()
        .map(|e| e.policy_id().clone())
        .collect();
    for id in &wrong {
        refused += 1;
        let links: Vec<PolicyId> = all
            .get_linked_policies(id.clone())
            .map(|links| links.cloned().collect())
            .unwrap_or_default();
        for link in links {
            let _ = all.unlink(link);
        }
        if all.unlink(id.clone()).is_err()
            && all.remove_static(id.clone()).is_err()
            && all.remove_template(id.clone()).is_err()
        {
            // Taken out with its template.
        }
        texts.retain(|_, (other, _)| other != id);
    }
    if as_json {
        let text = all.to_json().expect("JSON").to_string();
        let set = PolicySet::from_json_str(&text).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
        let name = "policies.json".to_owned();
        return Generated {
            file: SourceFile { name, text },
            set,
            environments,
            made,
            refused,
        };
    }
    let text: String = texts.into_values().map(|(_, text)| text + "\n").collect();
    Generated {
        set: PolicySet::from_str(&text).expect("parses again"),
        file: SourceFile {
            name: "policies.cedar".to_owned(),
            text,
        },
        environments,
        made,
        refused,
    }
}
