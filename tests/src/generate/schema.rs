//! Random schemas as Cedar text.
//!
//! Every schema has a type with an attribute of each kind, so that no kind is rare; the rest is
//! chance: namespaces, which types may be parents of which, enumerations, tags, common types,
//! optional and nested attributes, action groups within and across namespaces, actions that share a
//! context and actions that do not.

use super::text;
use crate::random::Random;

/// Names of attributes; some cannot stand behind a point.
pub const NAMES: [&str; 12] = [
    "a",
    "b",
    "name",
    "level",
    "owner",
    "tags",
    "type",
    "if",
    "two words",
    "姓名",
    "",
    "x*y",
];

/// Ids of the enumerated types' entities.
const ENUM_IDS: [&str; 4] = ["red", "green", "深蓝", "a b"];

pub(super) struct Schema<'r> {
    pub(super) random: &'r mut Random,
    /// Names with their namespaces.
    pub(super) entities: Vec<String>,
    pub(super) enums: Vec<String>,
    commons: Vec<String>,
}

/// One namespace's declarations.
#[derive(Default)]
struct Namespace {
    name: &'static str,
    body: String,
}

/// A schema.
pub fn schema(random: &mut Random) -> String {
    let count = 1 + random.below(3);
    let names = ["", "Resume", "Org::Team"];
    let first = random.below(names.len());
    let mut namespaces: Vec<Namespace> = (0..count)
        .map(|i| Namespace {
            name: names[(first + i) % names.len()],
            body: String::new(),
        })
        .collect();
    let mut schema = Schema::new(random, &[], &[]);
    let standard = ["User", "Doc", "Group", "Folder", "Job"];
    let kinds = 2 + schema.random.below(4);
    let homes: Vec<usize> = (0..7).map(|_| schema.random.below(count)).collect();
    let full = |home: usize, name: &str, all: &[Namespace]| match all[home].name {
        "" => name.to_owned(),
        namespace => format!("{namespace}::{name}"),
    };
    for (name, home) in standard.iter().take(kinds).zip(&homes) {
        schema.entities.push(full(*home, name, &namespaces));
    }
    for (name, home) in ["Color", "View"]
        .iter()
        .take(schema.random.below(3))
        .zip(&homes[5..])
    {
        schema.enums.push(full(*home, name, &namespaces));
        let ids: Vec<String> = ENUM_IDS[..2 + schema.random.below(3)]
            .iter()
            .map(|id| text::string(id))
            .collect();
        let line = format!("entity {name} enum [{}];\n", ids.join(", "));
        namespaces[*home].body.push_str(&line);
    }
    for name in ["Address", "Asked"].iter().take(schema.random.below(3)) {
        let home = schema.random.below(count);
        let body = schema.record(2);
        namespaces[home]
            .body
            .push_str(&format!("type {name} = {body};\n"));
        schema.commons.push(full(home, name, &namespaces));
    }
    for (index, (name, home)) in standard.iter().take(kinds).zip(&homes).enumerate() {
        let line = schema.entity(name, index == 0);
        namespaces[*home].body.push_str(&line);
    }
    schema.actions(&mut namespaces);
    namespaces
        .into_iter()
        .map(|n| match n.name {
            "" => n.body,
            name => format!("namespace {name} {{\n{}}}\n", n.body),
        })
        .collect()
}

impl<'r> Schema<'r> {
    /// A schema that declares these types, and nothing else yet.
    pub(super) fn new(random: &'r mut Random, entities: &[&str], enums: &[&str]) -> Self {
        let owned = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        Self {
            random,
            entities: owned(entities),
            enums: owned(enums),
            commons: Vec::new(),
        }
    }

    pub(super) fn entity(&mut self, name: &str, rich: bool) -> String {
        let all: Vec<String> = self.entities.iter().chain(&self.enums).cloned().collect();
        let parents: Vec<String> = all.into_iter().filter(|_| self.random.chance(40)).collect();
        let parents = match parents.as_slice() {
            [] => String::new(),
            all => format!(" in [{}]", all.join(", ")),
        };
        let mut fields = Vec::new();
        if rich {
            let own = self.entities[0].clone();
            fields = [
                ("active", "Bool".to_owned()),
                ("age", "Long".to_owned()),
                ("city", "String".to_owned()),
                ("balance", "decimal".to_owned()),
                ("joined", "datetime".to_owned()),
                ("quota", "duration".to_owned()),
                ("ip", "ipaddr".to_owned()),
                ("manager", own.clone()),
                ("numbers", "Set<Long>".to_owned()),
                ("friends", format!("Set<{own}>")),
                ("nested", "Set<Set<Long>>".to_owned()),
                ("records", "Set<{ a: Long, b: Bool }>".to_owned()),
                (
                    "place",
                    "{ zip: Long, \"deep\"?: { at: String, ip?: ipaddr } }".to_owned(),
                ),
            ]
            .into_iter()
            .map(|(name, ty)| format!("{name}{}: {ty}", self.mark()))
            .collect();
        }
        for name in NAMES {
            if self.random.chance(25) {
                let ty = self.ty(2);
                fields.push(format!("{}{}: {ty}", text::key(name), self.mark()));
            }
        }
        let tags = match self.random.chance(if rich { 80 } else { 40 }) {
            true => format!(" tags {}", self.ty(1)),
            false => String::new(),
        };
        format!(
            "entity {name}{parents} = {{ {} }}{tags};\n",
            fields.join(", ")
        )
    }

    fn mark(&mut self) -> &'static str {
        if self.random.chance(30) { "?" } else { "" }
    }

    pub(super) fn record(&mut self, depth: usize) -> String {
        let mut fields = Vec::new();
        for name in NAMES {
            if fields.len() < 4 && self.random.chance(30) {
                let mark = self.mark();
                let ty = self.ty(depth.saturating_sub(1));
                fields.push(format!("{}{mark}: {ty}", text::key(name)));
            }
        }
        format!("{{ {} }}", fields.join(", "))
    }

    fn ty(&mut self, depth: usize) -> String {
        match self.random.below(if depth > 0 { 16 } else { 11 }) {
            0 => "Bool".to_owned(),
            1 => "Long".to_owned(),
            2 => "String".to_owned(),
            3 => "__cedar::Long".to_owned(),
            4 => "decimal".to_owned(),
            5 => "datetime".to_owned(),
            6 => "duration".to_owned(),
            7 => "ipaddr".to_owned(),
            8 if !self.enums.is_empty() => self.random.pick(&self.enums).clone(),
            9 if !self.commons.is_empty() => self.random.pick(&self.commons).clone(),
            8..=10 => self.random.pick(&self.entities).clone(),
            11..=13 => format!("Set<{}>", self.ty(depth - 1)),
            _ => self.record(depth - 1),
        }
    }

    fn actions(&mut self, namespaces: &mut [Namespace]) {
        let mut groups: Vec<String> = Vec::new();
        let qualified = |namespace: &str, id: &str| match namespace {
            "" => text::uid("Action", id),
            name => text::uid(&format!("{name}::Action"), id),
        };
        for namespace in namespaces.iter_mut() {
            // A name outside of namespaces that stands inside of one too is refused, mostly.
            let hidden = namespace.name.is_empty() && self.random.chance(95);
            let ids = match hidden {
                true => ["every", "change sets"],
                false => ["any", "change set"],
            };
            for id in ids {
                if !self.random.chance(70) {
                    continue;
                }
                let member = self.members(&groups);
                namespace
                    .body
                    .push_str(&format!("action {}{member};\n", text::key(id)));
                groups.push(qualified(namespace.name, id));
            }
        }
        let shared = match self.commons.is_empty() {
            true => self.record(2),
            false => self.random.pick(&self.commons).clone(),
        };
        for (place, namespace) in namespaces.iter_mut().enumerate() {
            let count = usize::from(place == 0) + self.random.below(3);
            let hidden = namespace.name.is_empty() && self.random.chance(95);
            let ids = match hidden {
                true => ["look", "edit it", "share"],
                false => ["view", "edit", "share it"],
            };
            for id in ids.iter().take(count) {
                let member = self.members(&groups);
                let (principals, resources) = (self.some_types(true), self.some_types(false));
                let context = match self.random.below(3) {
                    0 => shared.clone(),
                    1 => self.record(2),
                    _ => format!(
                        "{{ mfa?: Bool, key: String, level: Long, now?: datetime, to: {} }}",
                        self.entities[0]
                    ),
                };
                namespace.body.push_str(&format!(
                    "action {}{member} appliesTo {{ principal: [{principals}], resource: [{resources}], context: {context} }};\n",
                    text::key(id)
                ));
            }
        }
    }

    fn members(&mut self, groups: &[String]) -> String {
        let some: Vec<&str> = groups
            .iter()
            .filter(|_| self.random.chance(40))
            .map(String::as_str)
            .collect();
        match some.as_slice() {
            [] => String::new(),
            some => format!(" in [{}]", some.join(", ")),
        }
    }

    /// The first type is a principal most of the time; an enumerated one may be either.
    fn some_types(&mut self, principal: bool) -> String {
        let all: Vec<String> = self.entities.iter().chain(&self.enums).cloned().collect();
        let mut chosen: Vec<String> = all
            .iter()
            .filter(|_| self.random.chance(25))
            .cloned()
            .collect();
        let usual = &all[if principal { 0 } else { 1 }];
        if (chosen.is_empty() || self.random.chance(60)) && !chosen.contains(usual) {
            chosen.push(usual.clone());
        }
        chosen.truncate(3);
        chosen.join(", ")
    }
}

/// Counts what a schema has that policies and facts then meet.
pub fn count(text: &str, coverage: &mut crate::coverage::Coverage) {
    for (what, sign) in [
        ("schema: namespace", "namespace "),
        ("schema: nested namespace", "namespace Org::Team"),
        ("schema: enumerated type", " enum ["),
        ("schema: common type", "type Address"),
        ("schema: tags", " tags "),
        ("schema: tags that are sets", " tags Set<"),
        ("schema: tags that are records", " tags {"),
        ("schema: optional attribute", "?: "),
        ("schema: hierarchy", " in ["),
    ] {
        if text.contains(sign) {
            coverage.add(what);
        }
    }
    let mut namespace = "";
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("namespace ") {
            namespace = name.trim_end_matches(" {");
        }
        if line == "}" {
            namespace = "";
        }
        if !line.starts_with("action ") {
            continue;
        }
        let own = match namespace {
            "" => "Action::\"".to_owned(),
            name => format!("{name}::Action::\""),
        };
        let groups = line.split(" in [").nth(1).and_then(|l| l.split(']').next());
        for group in groups.into_iter().flat_map(|g| g.split(", ")) {
            coverage.add(match group.starts_with(&own) {
                true => "schema: action group",
                false => "schema: action group of another namespace",
            });
        }
        let list = |what: &str| {
            line.split(what)
                .nth(1)?
                .split(']')
                .next()
                .map(|l| l.contains(','))
        };
        if list("principal: [") == Some(true) || list("resource: [") == Some(true) {
            coverage.add("schema: action for several types");
        }
    }
}
