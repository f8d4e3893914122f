//! Facts damaged at random, as text: what a reader of JSON must refuse, and odd forms that it must
//! accept.
//!
//! The damage is done to a tree that keeps repeated keys and the spelling of numbers, because Cedar
//! tells them apart. Each kind of damage has a name, so that a test can show that it was met.

use crate::facts::Facts;
use crate::random::Random;
use privet_frame::manifest::EntityKind;
use serde_json::{Value, json};

/// JSON with repeated keys and numbers as they are written.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// Null, booleans, numbers: as written.
    Token(String),
    Text(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl From<&Value> for Tree {
    fn from(value: &Value) -> Self {
        match value {
            Value::String(text) => Tree::Text(text.clone()),
            Value::Array(items) => Tree::Array(items.iter().map(Tree::from).collect()),
            Value::Object(members) => {
                let members = members.iter().map(|(k, v)| (k.clone(), Tree::from(v)));
                Tree::Object(members.collect())
            }
            other => Tree::Token(other.to_string()),
        }
    }
}

impl Tree {
    /// The JSON text.
    pub fn text(&self) -> String {
        let string = |text: &String| Value::String(text.clone()).to_string();
        match self {
            Tree::Token(token) => token.clone(),
            Tree::Text(text) => string(text),
            Tree::Array(items) => {
                let items: Vec<String> = items.iter().map(Tree::text).collect();
                format!("[{}]", items.join(","))
            }
            Tree::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(k, v)| format!("{}:{}", string(k), v.text()))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }
}

/// Damages a tree at a random place and says how.
pub fn anywhere(facts: &mut Facts<'_>, tree: &mut Tree) -> &'static str {
    let inner = facts.random.chance(88);
    match tree {
        Tree::Array(items) if inner && !items.is_empty() => {
            let index = facts.random.below(items.len());
            match facts.random.below(12) {
                0 => {
                    items.remove(index);
                    "element removed"
                }
                1 => {
                    items.push(items[index].clone());
                    "element twice"
                }
                _ => anywhere(facts, &mut items[index]),
            }
        }
        Tree::Object(members) if inner && !members.is_empty() => {
            let index = facts.random.below(members.len());
            match facts.random.below(14) {
                0 => {
                    members.remove(index);
                    "member removed"
                }
                1 => {
                    members.push(("more".to_owned(), Tree::Token("1".to_owned())));
                    "member added"
                }
                2 => {
                    members[index].0.push('x');
                    "member renamed"
                }
                3 => {
                    members.push(members[index].clone());
                    "key twice, equal values"
                }
                4 => {
                    let mut copy = members[index].clone();
                    let _ = value(facts, &mut copy.1);
                    members.insert(0, copy);
                    "key twice, the first wrong"
                }
                _ => anywhere(facts, &mut members[index].1),
            }
        }
        _ => value(facts, tree),
    }
}

/// Puts something else in place of a value, or the same in another form.
fn value(facts: &mut Facts<'_>, tree: &mut Tree) -> &'static str {
    let parse = |json: Value| Tree::from(&json);
    let random = &mut facts.random;
    let pick = |random: &mut Random, list: &[&str]| (*random.pick(list)).to_owned();
    match random.below(12) {
        0 => {
            *tree = Tree::Token("null".to_owned());
            "null"
        }
        1 => {
            let tokens = [
                "1.0",
                "1e2",
                "-0",
                "9223372036854775808",
                "1.5",
                "0",
                "true",
            ];
            *tree = Tree::Token(pick(random, &tokens));
            "number or boolean"
        }
        2 => {
            let texts = [
                "",
                "x",
                "1970-01-01",
                "2024-02-30",
                "1.25",
                "1.23456",
                "10.0.0.1/8",
                "::1/129",
                "010.0.0.1",
                "2h3s",
                "3s2h",
                "User::\"a\"",
            ];
            *tree = Tree::Text(pick(random, &texts));
            "text"
        }
        3 => {
            let lists = [
                json!([]),
                json!([1, 1]),
                json!(["a", "a"]),
                json!([[1, 2], [2, 1]]),
            ];
            *tree = parse(random.pick(&lists).clone());
            "array"
        }
        4 => {
            *tree = Tree::Object(Vec::new());
            "empty object"
        }
        5 | 6 => {
            let types = 0..facts.manifest.schema.entity_types.len();
            let types: Vec<u32> = types.map(|t| t as u32).collect();
            let ty = *facts.random.pick(&types);
            let mut uid = facts.uid(ty);
            match facts.random.below(6) {
                0 => uid["id"] = json!("undeclared perhaps"),
                1 => uid["type"] = json!("Nobody"),
                2 => uid["more"] = json!(1),
                _ => {}
            }
            let explicit = facts.random.chance(50);
            *tree = parse(if explicit {
                json!({ "__entity": uid })
            } else {
                uid
            });
            "entity"
        }
        7 | 8 => {
            let calls = [
                json!({"fn": "ip", "arg": "::1"}),
                json!({"fn": "decimal", "args": ["1.0"]}),
                json!({"fn": "datetime", "arg": "2024-01-01", "args": []}),
                json!({"fn": "duration", "args": ["1h", "2h"]}),
                json!({"__extn": {"fn": "decimal", "arg": "1.0"}}),
                json!({"__extn": {"fn": "duration", "arg": "1h"}}),
                json!({"__extn": {"fn": "datetime", "arg": "soon"}}),
                json!({"__extn": {"fn": "ip", "arg": "1.2.3.4"}, "more": 1}),
                json!({"__extn": {"fn": "offset", "args": ["2024-01-01", "1d"]}}),
                json!({"fn": "offset", "args": ["2024-01-01", "9223372036854775807ms"]}),
                json!({"fn": "offset", "args": [{"fn": "toDate", "args": ["2024-01-01"]}, {"__extn": {"fn": "duration", "arg": "1d"}}]}),
                json!({"__extn": {"fn": "durationSince", "args": ["2024-01-01", "1970-01-01"]}}),
                json!({"__extn": {"fn": "toTime", "args": ["2024-01-01T01:00:00Z"]}}),
                json!({"__extn": {"fn": "nothing", "arg": "1.0"}}),
            ];
            *tree = parse(facts.random.pick(&calls).clone());
            "call of an extension function"
        }
        9 | 10 => {
            let calls = [
                json!({"__extn": {"fn": "toMilliseconds", "args": [{"__extn": {"fn": "duration", "arg": "1h"}}]}}),
                json!({"__extn": {"fn": "toMilliseconds", "args": ["1h"]}}),
                json!({"__extn": {"fn": "toDays", "arg": {"fn": "duration", "arg": "1h"}}}),
                json!({"fn": "toMilliseconds", "args": [{"__extn": {"fn": "duration", "arg": "1h"}}]}),
                json!({"__extn": {"fn": "isIpv4", "args": [{"__extn": {"fn": "ip", "arg": "::1"}}]}}),
                json!({"__extn": {"fn": "isIpv4", "args": ["::1"]}}),
                json!({"__extn": {"fn": "lessThan", "args": [{"__extn": {"fn": "decimal", "arg": "1.0"}}, {"__extn": {"fn": "decimal", "arg": "1.1"}}]}}),
            ];
            *tree = parse(facts.random.pick(&calls).clone());
            "call that returns a Bool or a Long"
        }
        _ => {
            let odd = [
                json!({"__expr": "1"}),
                json!({"__entity": "a"}),
                json!({"__extn": 1}),
            ];
            *tree = parse(random.pick(&odd).clone());
            "reserved key"
        }
    }
}

/// Damage that only makes sense in a list of entities.
pub fn entities(facts: &mut Facts<'_>, tree: &mut Tree) -> &'static str {
    let Tree::Array(all) = tree else {
        return "nothing";
    };
    let get = |entity: &Tree, key: &str| match entity {
        Tree::Object(members) => members
            .iter()
            .find(|(k, _)| k == key)
            .map(|(_, v)| v.clone()),
        _ => None,
    };
    let uids: Vec<Tree> = all.iter().filter_map(|e| get(e, "uid")).collect();
    let action = |facts: &mut Facts<'_>| {
        let actions = facts.manifest.schema.actions.clone();
        let action = facts.random.pick(&actions).clone();
        let name = |ty: u32| facts.manifest.schema.entity_types[ty as usize].name.clone();
        let uid = json!({ "type": name(action.uid.ty), "id": action.uid.id });
        let groups: Vec<Value> = action
            .ancestors
            .iter()
            .map(|g| &actions[*g as usize].uid)
            .map(|g| json!({ "type": name(g.ty), "id": g.id }))
            .collect();
        (uid, groups)
    };
    match facts.random.below(8) {
        0 | 1 => {
            // A parent at random: of a type that may be none, missing, or above itself.
            if all.is_empty() || uids.is_empty() {
                return "nothing";
            }
            let parent = facts.random.pick(&uids).clone();
            let index = facts.random.below(all.len());
            if let Tree::Object(members) = &mut all[index] {
                for (key, value) in members {
                    if let (true, Tree::Array(parents)) = (key == "parents", value) {
                        parents.push(parent.clone());
                    }
                }
            }
            "parent added"
        }
        2 => {
            let (uid, groups) = action(facts);
            all.push(Tree::from(
                &json!({ "uid": uid, "attrs": {}, "parents": groups }),
            ));
            "action with its groups"
        }
        3 => {
            let (uid, mut groups) = action(facts);
            groups.pop();
            let attrs = match facts.random.chance(30) {
                true => json!({ "a": 1 }),
                false => json!({}),
            };
            all.push(Tree::from(
                &json!({ "uid": uid, "attrs": attrs, "parents": groups }),
            ));
            "action with other groups or attributes"
        }
        4 => {
            let count = facts.manifest.schema.actions.len();
            for index in 0..count {
                let actions = &facts.manifest.schema.actions;
                let name = |ty: u32| &facts.manifest.schema.entity_types[ty as usize].name;
                let uid =
                    |i: usize| json!({ "type": name(actions[i].uid.ty), "id": actions[i].uid.id });
                let groups: Vec<Value> = actions[index]
                    .ancestors
                    .iter()
                    .map(|g| uid(*g as usize))
                    .collect();
                all.push(Tree::from(
                    &json!({ "uid": uid(index), "attrs": {}, "parents": groups }),
                ));
            }
            "all actions"
        }
        5 => {
            // The same entity again, with values that may be equal in another spelling.
            if all.is_empty() {
                return "nothing";
            }
            let mut copy = facts.random.pick(all).clone();
            respell(&mut copy);
            if facts.random.chance(50) {
                all.push(copy);
                return "entity twice, respelt";
            }
            anywhere(facts, &mut copy);
            all.push(copy);
            "entity twice, perhaps different"
        }
        6 => {
            let types: Vec<u32> = (0..)
                .zip(&facts.manifest.schema.entity_types)
                .filter(|(_, t)| matches!(t.kind, EntityKind::Enumerated(_)))
                .map(|(i, _)| i)
                .collect();
            if types.is_empty() {
                return "nothing";
            }
            let ty = *facts.random.pick(&types);
            let mut uid = facts.uid(ty);
            if facts.random.chance(40) {
                uid["id"] = json!("no such id");
            }
            all.push(Tree::from(
                &json!({ "uid": uid, "attrs": {}, "parents": [] }),
            ));
            "enumerated entity"
        }
        _ => {
            let index = facts.random.below(all.len().max(1));
            if let Some(Tree::Object(members)) = all.get_mut(index) {
                let tags = [
                    json!(null),
                    json!({}),
                    json!({"k": "v"}),
                    json!({"k": 1}),
                    json!([]),
                ];
                members.retain(|(k, _)| k != "tags");
                members.push(("tags".to_owned(), Tree::from(facts.random.pick(&tags))));
            }
            "tags replaced"
        }
    }
}

/// The same values, written otherwise where that is easy to see.
fn respell(tree: &mut Tree) {
    match tree {
        Tree::Text(text) => {
            let other = match text.as_str() {
                "10.0.0.1" => "10.0.0.1/32",
                "::1" => "0:0::1/128",
                "1.5" => "1.50",
                "1d" => "24h",
                "1970-01-01" => "1970-01-01T00:00:00Z",
                _ => return,
            };
            *text = other.to_owned();
        }
        Tree::Token(_) => {}
        Tree::Array(items) => {
            items.reverse();
            items.iter_mut().for_each(respell);
        }
        Tree::Object(members) => members.iter_mut().for_each(|(_, v)| respell(v)),
    }
}
