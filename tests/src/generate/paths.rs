//! What can be read from principal, resource, context and literal entities: attributes through
//! attributes, and tags, each with the guards that strict validation wants before it.

use super::{scope, text};
use crate::random::Random;
use privet_frame::manifest::{EntityKind, Manifest};
use privet_frame::types::{Field, Type};

/// Something to read.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) text: String,
    pub(super) ty: Type,
    /// Conditions that must stand before it, in this order.
    pub(super) guards: Vec<String>,
}

/// The types that a policy's variables have in all its environments; `None` where they differ.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Variables {
    pub(super) principal: Option<u32>,
    pub(super) resource: Option<u32>,
    pub(super) context: Option<u32>,
    pub(super) action: Option<u32>,
}

const MOST: usize = 260;
const DEEPEST: usize = 4;

/// Everything that a policy can read.
pub(super) fn all(manifest: &Manifest, random: &mut Random, variables: Variables) -> Vec<Path> {
    let root = |text: &str, ty| Path {
        text: text.to_owned(),
        ty,
        guards: Vec::new(),
    };
    let mut found = Vec::new();
    let entities = [
        ("principal", variables.principal),
        ("resource", variables.resource),
        ("action", variables.action),
    ];
    for (name, ty) in entities {
        found.extend(ty.map(|ty| root(name, Type::Entity(ty))));
    }
    if let Some(context) = variables.context {
        let fields = manifest.schema.contexts[context as usize].fields.clone();
        found.push(root("context", Type::Record(fields)));
    }
    for (ty, declared) in (0..).zip(&manifest.schema.entity_types) {
        let standard = matches!(declared.kind, EntityKind::Standard { .. });
        if standard && random.chance(50) {
            found.push(root(&scope::uid(manifest, random, ty), Type::Entity(ty)));
        }
    }
    let mut done = 0;
    for _ in 0..DEEPEST {
        let end = found.len();
        for place in done..end {
            if found.len() < MOST {
                let path = found[place].clone();
                expand(manifest, random, &path, &mut found);
            }
        }
        done = end;
    }
    found
}

fn expand(manifest: &Manifest, random: &mut Random, path: &Path, found: &mut Vec<Path>) {
    match &path.ty {
        Type::Record(fields) => fields.iter().for_each(|f| field(path, f, found)),
        Type::Entity(ty) => {
            let declared = &manifest.schema.entity_types[*ty as usize];
            let EntityKind::Standard {
                attributes, tags, ..
            } = &declared.kind
            else {
                return;
            };
            for attribute in attributes {
                field(path, attribute, found);
            }
            let Some(tag) = tags else { return };
            let computed: Vec<Path> = found
                .iter()
                .filter(|p| p.ty == Type::String)
                .cloned()
                .collect();
            for _ in 0..2 {
                let (key, mut guards) = match computed.is_empty() || random.chance(40) {
                    true => (
                        text::string(random.pick::<&str>(&crate::facts::TAGS)),
                        Vec::new(),
                    ),
                    false => {
                        let path = random.pick(&computed);
                        (path.text.clone(), path.guards.clone())
                    }
                };
                guards.extend(path.guards.iter().cloned());
                guards.push(format!("{}.hasTag({key})", path.text));
                found.push(Path {
                    text: format!("{}.getTag({key})", path.text),
                    ty: tag.clone(),
                    guards,
                });
            }
        }
        _ => {}
    }
}

fn field(path: &Path, field: &Field, found: &mut Vec<Path>) {
    let mut guards = path.guards.clone();
    if !field.required {
        guards.push(format!("({} has {})", path.text, text::key(&field.name)));
    }
    found.push(Path {
        text: text::access(&path.text, &field.name),
        ty: field.ty.clone(),
        guards,
    });
}
