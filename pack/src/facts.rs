//! Changes to a viewer's facts, as a case writes them.
//!
//! `set` is a table of roots: `now`, `context`, `principal`, `resource`, `company` (the recruiter's),
//! `job` (that of the context), or an entity in Cedar's syntax, `Company::"company-1"`. A table under
//! a root changes attributes; a text under `principal` or `resource` names another entity. A text
//! such as `Job::"job-1"` is an entity wherever it stands. Whether the facts fit the schema is the
//! host's business.

use serde_json::{Map, Value, json};
use toml::Table;

/// Puts the entries of one table over those of another, tables into tables.
pub(crate) fn merge(into: &mut Table, over: &Table) {
    for (key, value) in over {
        match (into.get_mut(key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => merge(below, above),
            _ => drop(into.insert(key.clone(), value.clone())),
        }
    }
}

/// `Type::"id"` as `{type, id}`.
fn uid(text: &str) -> Option<Value> {
    let (ty, id) = text.split_once("::\"")?;
    let id = id.strip_suffix('"')?;
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let capital = ty.starts_with(|c: char| c.is_ascii_uppercase());
    (capital && ty.chars().all(name) && !id.contains('"')).then(|| json!({ "type": ty, "id": id }))
}

fn value(toml: &toml::Value) -> Result<Value, String> {
    Ok(match toml {
        toml::Value::String(text) => uid(text).unwrap_or_else(|| json!(text)),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Boolean(boolean) => json!(boolean),
        toml::Value::Array(items) => {
            Value::Array(items.iter().map(value).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => {
            let members = table.iter().map(|(k, v)| Ok((k.clone(), value(v)?)));
            Value::Object(members.collect::<Result<Map<_, _>, String>>()?)
        }
        toml::Value::Float(_) => return Err("Cedar has no floating-point numbers".to_owned()),
        toml::Value::Datetime(_) => return Err("write times as texts".to_owned()),
    })
}

/// Puts values over those of a record, records into records.
fn put(into: &mut Value, over: Value) {
    match (into, over) {
        (Value::Object(into), Value::Object(over)) if !is_uid(into) && !is_uid(&over) => {
            for (key, value) in over {
                put(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, over) => *into = over,
    }
}

fn is_uid(members: &Map<String, Value>) -> bool {
    members.len() == 2 && members.contains_key("type") && members.contains_key("id")
}

/// Changes facts by a table of roots.
///
/// # Errors
///
/// A root that means no entity here; a value that Cedar has no type for.
pub fn change(facts: &mut Value, set: &Table) -> Result<(), String> {
    // First what says which entities the other roots mean.
    let first = |root: &str| matches!(root, "now" | "context" | "principal" | "resource");
    let (before, after): (Vec<_>, Vec<_>) = set.iter().partition(|(root, _)| first(root));
    for (root, change) in before {
        let over = value(change)?;
        let whole = root == "now" || root == "context" || !change.is_table();
        match whole {
            true => put(member(facts, root)?, over),
            false => attributes(facts, root, over)?,
        }
    }
    for (root, change) in after {
        attributes(facts, root, value(change)?)?;
    }
    Ok(())
}

fn member<'f>(facts: &'f mut Value, key: &str) -> Result<&'f mut Value, String> {
    let members = facts.as_object_mut().ok_or("the facts are no object")?;
    Ok(members.entry(key).or_insert_with(|| json!({})))
}

/// The uid that a root means.
fn meant(facts: &Value, root: &str) -> Result<Value, String> {
    let context = |key: &str| facts.get("context").and_then(|c| c.get(key)).cloned();
    let found = match root {
        "principal" | "resource" => facts.get(root).cloned(),
        "job" => context("job"),
        "company" => {
            let principal = facts.get("principal");
            let entity = principal.and_then(|uid| find(facts, uid));
            entity.and_then(|e| e.pointer("/attrs/company")).cloned()
        }
        root => uid(root),
    };
    found.ok_or_else(|| format!("`{root}` is no entity here"))
}

fn find<'f>(facts: &'f Value, uid: &Value) -> Option<&'f Value> {
    let entities = facts.get("entities")?.as_array()?;
    entities.iter().find(|e| e.get("uid") == Some(uid))
}

/// Changes the attributes of an entity, or adds it; `parents` are its parents.
fn attributes(facts: &mut Value, root: &str, over: Value) -> Result<(), String> {
    let uid = meant(facts, root)?;
    let Value::Object(mut over) = over else {
        return Err(format!("`{root}` takes attributes"));
    };
    let entities = facts.get_mut("entities").and_then(Value::as_array_mut);
    let entities = entities.ok_or("the facts have no entities")?;
    let at = entities.iter().position(|e| e.get("uid") == Some(&uid));
    if at.is_none() {
        entities.push(json!({ "uid": uid, "attrs": {}, "parents": [] }));
    }
    let entity = match at {
        Some(at) => entities.get_mut(at),
        None => entities.last_mut(),
    };
    let entity = entity.ok_or("no such entity")?;
    if let Some(parents) = over.remove("parents") {
        put(member(entity, "parents")?, parents);
    }
    put(member(entity, "attrs")?, Value::Object(over));
    Ok(())
}

/// Removes a fact: `context.job`, `company.contract`, or a whole entity, `Company::"company-1"`.
///
/// # Errors
///
/// When it is not there: a case that removes nothing does not show what it says.
pub fn remove(facts: &mut Value, place: &str) -> Result<(), String> {
    let nothing = || format!("`{place}` is not there to be unset");
    // The id of an entity may have dots.
    let split = place.rfind('"').map_or(0, |quote| quote + 1);
    let (quoted, rest) = place.split_at_checked(split).ok_or_else(nothing)?;
    let mut names = rest.split('.');
    let first = names.next().unwrap_or_default();
    let root = [quoted, first].concat();
    let names: Vec<&str> = names.collect();
    let Some((last, between)) = names.split_last() else {
        let uid = meant(facts, &root)?;
        let entities = facts.get_mut("entities").and_then(Value::as_array_mut);
        let entities = entities.ok_or_else(nothing)?;
        let before = entities.len();
        entities.retain(|e| e.get("uid") != Some(&uid));
        return match entities.len() < before {
            true => Ok(()),
            false => Err(nothing()),
        };
    };
    let mut record = match root.as_str() {
        "context" => member(facts, "context")?,
        root => {
            let uid = meant(facts, root)?;
            let entities = facts.get_mut("entities").and_then(Value::as_array_mut);
            let mut entities = entities.into_iter().flatten();
            let entity = entities.find(|e| e.get("uid") == Some(&uid));
            member(entity.ok_or_else(nothing)?, "attrs")?
        }
    };
    for name in between {
        record = record.get_mut(name).ok_or_else(nothing)?;
    }
    let removed = record.as_object_mut().and_then(|r| r.remove(*last));
    removed.map(drop).ok_or_else(nothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Value {
        json!({
            "principal": {"type": "R", "id": "r.1"},
            "context": {"job": {"type": "J", "id": "j"}},
            "entities": [
                {"uid": {"type": "R", "id": "r.1"}, "attrs": {"company": {"type": "C", "id": "c"}}, "parents": []},
                {"uid": {"type": "C", "id": "c"}, "attrs": {"contract": {"left": 1, "until": "x"}}, "parents": []},
            ],
        })
    }

    #[test]
    fn roots_reach_their_entities() {
        let mut facts = facts();
        let set: Table = toml::from_str(
            "now = \"2021-01-01\"\ncompany.contract.left = 0\ncompany.parents = ['B::\"b\"']\njob.open = true\nprincipal.company = 'C::\"d\"'\n'M::\"m\"'.kind = 'K::\"k\"'",
        )
        .unwrap();
        change(&mut facts, &set).unwrap();
        assert_eq!(facts["now"], "2021-01-01");
        let d = find(&facts, &json!({"type": "C", "id": "d"})).unwrap();
        assert_eq!(d["attrs"], json!({"contract": {"left": 0}}));
        assert_eq!(d["parents"], json!([{"type": "B", "id": "b"}]));
        assert_eq!(
            find(&facts, &json!({"type": "J", "id": "j"})).unwrap()["attrs"]["open"],
            true
        );
        assert_eq!(
            find(&facts, &json!({"type": "M", "id": "m"})).unwrap()["attrs"]["kind"]["id"],
            "k"
        );
    }

    #[test]
    fn what_is_removed_must_be_there() {
        let mut facts = facts();
        remove(&mut facts, "company.contract.until").unwrap();
        remove(&mut facts, "R::\"r.1\".company").unwrap();
        remove(&mut facts, "context.job").unwrap();
        remove(&mut facts, "C::\"c\"").unwrap();
        for gone in [
            "context.job",
            "company.contract",
            "C::\"c\"",
            "nobody",
            "now",
        ] {
            assert!(remove(&mut facts, gone).is_err(), "{gone}");
        }
    }

    #[test]
    fn only_cedar_uids_are_entities() {
        for text in ["a::\"b\"", "A::b", "A::\"b", "A::\"b\"c\"", "12:00"] {
            assert_eq!(uid(text), None, "{text}");
        }
    }
}
