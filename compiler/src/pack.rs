//! A pack's annotations: gates, field classes, rungs, obligations.
//!
//! The schema's annotations say which paths a class has and which rendering a rung stands for, so
//! schema and policies are the whole specification. Annotations that nobody knows are refused: a
//! misspelt one would silently promise nothing. What a rendering does is the redactor's business.

use crate::error::CompileError;
use crate::front::Parsed;
use crate::schema::Model;
use privet_frame::manifest::{Class, EntityUid, Gate, Rung};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The obligations that enforcement points understand; another one would deny everything.
pub const OBLIGATIONS: [&str; 5] = [
    "record",
    "notify-candidate",
    "watermark",
    "relay-lease",
    "alert",
];

const POLICY_ANNOTATIONS: [&str; 5] = ["id", "basis", "obligation", "answer", "doc"];
const ACTION_ANNOTATIONS: [&str; 5] = ["doc", "gate", "fields", "rendering", "rank"];

/// What the schema's annotations say.
#[derive(Debug, Default)]
pub(crate) struct PackModel {
    pub(crate) classes: Vec<Class>,
    pub(crate) gates: Vec<Gate>,
}

/// What a policy's annotations say.
#[derive(Debug, Default)]
pub(crate) struct PolicyAnnotations {
    /// Indices into [`OBLIGATIONS`].
    pub(crate) obligations: Vec<u32>,
    pub(crate) answers_forbidden: bool,
}

struct Declared<'a> {
    name: String,
    index: u32,
    annotations: BTreeMap<&'a str, &'a str>,
    groups: Vec<&'a str>,
}

fn refuse<T>(message: String) -> Result<T, CompileError> {
    Err(CompileError::pack(message))
}

impl PackModel {
    pub(crate) fn new(model: &Model, schema: &Value) -> Result<Self, CompileError> {
        let actions = declared(model, schema)?;
        let mut classes: BTreeMap<&str, Class> = BTreeMap::new();
        let mut owner: BTreeMap<String, &str> = BTreeMap::new();
        for action in &actions {
            let Some(fields) = action.annotations.get("fields") else {
                continue;
            };
            let fields = list(fields);
            for field in &fields {
                if let Some(other) = owner.insert(field.clone(), &action.name) {
                    return refuse(format!(
                        "the path `{field}` is in the class `{other}` and in `{}`",
                        action.name
                    ));
                }
            }
            classes.insert(
                &action.name,
                Class {
                    id: action.name.clone(),
                    fields,
                    rungs: Vec::new(),
                },
            );
        }
        let mut gates = Vec::new();
        for action in &actions {
            if let Some(view) = action.annotations.get("gate") {
                gates.push(Gate {
                    view: (*view).to_owned(),
                    action: action.index,
                });
            }
            rung(action, &mut classes)?;
        }
        gates.sort_by(|a, b| a.view.cmp(&b.view));
        if let Some(pair) = gates
            .windows(2)
            .find(|w| matches!(w, [a, b] if a.view == b.view))
        {
            return refuse(format!("two gates for one view: {pair:?}"));
        }
        let mut classes: Vec<Class> = classes.into_values().collect();
        for class in &mut classes {
            class.rungs.sort_by_key(|r| r.rank);
            let ranks: BTreeSet<u32> = class.rungs.iter().map(|r| r.rank).collect();
            if class.rungs.is_empty() {
                return refuse(format!("the class `{}` has no rung", class.id));
            }
            if ranks.len() < class.rungs.len() {
                return refuse(format!(
                    "two rungs of the class `{}` have one rank",
                    class.id
                ));
            }
        }
        let pack = Self { classes, gates };
        pack.one_context(model)?;
        Ok(pack)
    }

    /// The actions that a plan answers.
    pub(crate) fn actions(&self) -> impl Iterator<Item = u32> {
        let rungs = self.classes.iter().flat_map(|c| &c.rungs).map(|r| r.action);
        self.gates.iter().map(|g| g.action).chain(rungs)
    }

    /// A plan answers gates and rungs on one context.
    fn one_context(&self, model: &Model) -> Result<(), CompileError> {
        let action = |index: u32| model.schema.actions.get(index as usize);
        let contexts: BTreeSet<u32> = self
            .actions()
            .filter_map(action)
            .filter(|a| !a.principals.is_empty())
            .map(|a| a.context)
            .collect();
        if contexts.len() > 1 {
            return refuse("the gates and rungs have different context types".to_owned());
        }
        Ok(())
    }
}

fn rung<'a>(
    action: &Declared<'a>,
    classes: &mut BTreeMap<&'a str, Class>,
) -> Result<(), CompileError>
where
{
    let name = &action.name;
    let (rendering, rank) = match (
        action.annotations.get("rendering"),
        action.annotations.get("rank"),
    ) {
        (None, None) => return Ok(()),
        (Some(rendering), Some(rank)) => (*rendering, *rank),
        _ => {
            return refuse(format!(
                "action `{name}`: `@rendering` and `@rank` go together"
            ));
        }
    };
    let Ok(rank) = rank.parse::<u32>() else {
        return refuse(format!("action `{name}`: the rank `{rank}` is no number"));
    };
    let owners: Vec<&str> = action
        .groups
        .iter()
        .copied()
        .filter(|g| classes.contains_key(*g))
        .collect();
    let [owner] = owners.as_slice() else {
        return refuse(format!(
            "action `{name}` is a rung of {} classes; it must be in one",
            owners.len()
        ));
    };
    let Some(class) = classes.get_mut(owner) else {
        return Ok(());
    };
    let renderings = spread(name, rendering, &class.fields)?;
    class.rungs.push(Rung {
        action: action.index,
        rank,
        rendering: rendering.to_owned(),
        renderings,
    });
    if class.rungs.len() >= usize::from(privet_frame::abi::output::NO_RUNG) {
        return refuse(format!("the class `{owner}` has too many rungs"));
    }
    Ok(())
}

/// One rendering a field: the same for all, or a vector of `path=rendering`, the rest removed.
fn spread(action: &str, rendering: &str, fields: &[String]) -> Result<Vec<String>, CompileError> {
    if !rendering.contains('=') {
        return Ok(fields.iter().map(|_| rendering.to_owned()).collect());
    }
    let mut by_path = BTreeMap::new();
    for part in list(rendering) {
        let Some((path, one)) = part.split_once('=') else {
            return refuse(format!(
                "action `{action}`: `{part}` is no `path=rendering`"
            ));
        };
        let (path, one) = (path.trim().to_owned(), one.trim().to_owned());
        if !fields.contains(&path) {
            return refuse(format!(
                "action `{action}`: the path `{path}` is not in its class"
            ));
        }
        if by_path.insert(path.clone(), one).is_some() {
            return refuse(format!("action `{action}`: the path `{path}` stands twice"));
        }
    }
    Ok(fields
        .iter()
        .map(|f| by_path.remove(f).unwrap_or_else(|| "remove".to_owned()))
        .collect())
}

fn list(text: &str) -> Vec<String> {
    text.split(';')
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The actions with their annotations, out of the schema's JSON form.
fn declared<'a>(model: &Model, schema: &'a Value) -> Result<Vec<Declared<'a>>, CompileError> {
    let mut all = Vec::new();
    let namespaces = schema.as_object().into_iter().flatten();
    for (namespace, content) in namespaces {
        let actions = content.get("actions").and_then(Value::as_object);
        let ty = if namespace.is_empty() {
            "Action".to_owned()
        } else {
            format!("{namespace}::Action")
        };
        for (id, action) in actions.into_iter().flatten() {
            let annotations: BTreeMap<&str, &str> = action
                .get("annotations")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(k, v)| (k.as_str(), v.as_str().unwrap_or_default()))
                .collect();
            if let Some(unknown) = annotations.keys().find(|k| !ACTION_ANNOTATIONS.contains(k)) {
                return refuse(format!("action `{id}`: unknown annotation `@{unknown}`"));
            }
            let groups = action.get("memberOf").and_then(Value::as_array);
            let types = model.schema.entity_types.iter().zip(0..);
            let Some((_, ty)) = types.into_iter().find(|(t, _)| t.name == ty) else {
                continue;
            };
            all.push(Declared {
                name: id.clone(),
                index: model.action(&EntityUid { ty, id: id.clone() })?,
                annotations,
                groups: groups
                    .into_iter()
                    .flatten()
                    .filter_map(|g| g.get("id")?.as_str())
                    .collect(),
            });
        }
    }
    Ok(all)
}

/// A policy's annotations, checked.
pub(crate) fn annotations(parsed: &Parsed) -> Result<PolicyAnnotations, CompileError> {
    let id = &parsed.id;
    let mut known = PolicyAnnotations::default();
    for (key, value) in parsed.policy.annotations() {
        if !POLICY_ANNOTATIONS.contains(&key) {
            return refuse(format!(
                "{}: policy `{id}`: unknown annotation `@{key}`",
                parsed.file
            ));
        }
        match key {
            "obligation" => {
                for name in value.split_whitespace() {
                    match (0..).zip(OBLIGATIONS).find(|(_, o)| *o == name) {
                        Some((index, _)) => known.obligations.push(index),
                        None => {
                            return refuse(format!(
                                "{}: policy `{id}`: nobody knows the obligation `{name}`",
                                parsed.file
                            ));
                        }
                    }
                }
            }
            "answer" => match value {
                "forbidden" => known.answers_forbidden = true,
                "not-found" => {}
                _ => {
                    return refuse(format!(
                        "{}: policy `{id}`: `@answer` is `forbidden` or `not-found`, not `{value}`",
                        parsed.file
                    ));
                }
            },
            _ => {}
        }
    }
    Ok(known)
}
