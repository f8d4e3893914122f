//! A pack's annotations: gates, field classes, rungs, obligations.
//!
//! The schema's annotations say which paths a class has and which rendering a rung stands for, so
//! schema and policies are the whole specification. Annotations that nobody knows are refused: a
//! misspelt one would silently promise nothing. What a rendering does is the redactor's business.

mod places;
mod policy;

pub(crate) use places::Places;
pub(crate) use policy::{PolicyAnnotations, annotations, fault};

use crate::error::CompileError;
use crate::schema::Model;
use crate::source::SourceFile;
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

const ACTION_ANNOTATIONS: [&str; 5] = ["doc", "gate", "fields", "rendering", "rank"];

/// What the schema's annotations say.
#[derive(Debug, Default)]
pub(crate) struct PackModel {
    pub(crate) classes: Vec<Class>,
    pub(crate) gates: Vec<Gate>,
}

struct Declared<'a> {
    name: String,
    index: u32,
    annotations: BTreeMap<&'a str, &'a str>,
    groups: Vec<&'a str>,
}

impl Places<'_> {
    /// Refuses for an annotation of an action.
    fn refuse<T>(
        self,
        action: &str,
        key: &str,
        what: impl std::fmt::Display,
        label: &str,
    ) -> Result<T, CompileError> {
        Err(self.fault(action, key, format!("action `{action}`: {what}"), label))
    }
}

impl PackModel {
    pub(crate) fn new(
        model: &Model,
        schema: &Value,
        files: &[SourceFile],
    ) -> Result<Self, CompileError> {
        let places = Places { files };
        let actions = declared(model, schema, places)?;
        let mut classes: BTreeMap<&str, Class> = BTreeMap::new();
        let mut owner: BTreeMap<String, &str> = BTreeMap::new();
        for action in &actions {
            let Some(fields) = action.annotations.get("fields") else {
                continue;
            };
            let fields = list(fields);
            for field in &fields {
                if let Some(other) = owner.insert(field.clone(), &action.name) {
                    let what = format!("the path `{field}` is in the class `{other}` too");
                    return places.refuse(&action.name, "fields", what, "a path has one class");
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
            rung(action, &mut classes, places)?;
        }
        gates.sort_by(|a, b| a.view.cmp(&b.view));
        for pair in gates.windows(2) {
            if let [a, b] = pair
                && a.view == b.view
            {
                let name = |gate: &Gate| {
                    let action = actions.iter().find(|d| d.index == gate.action);
                    action.map(|d| d.name.clone()).unwrap_or_default()
                };
                let what = format!("`{}` is the gate of `{}` already", name(a), a.view);
                return places.refuse(&name(b), "gate", what, "a view has one gate");
            }
        }
        let mut classes: Vec<Class> = classes.into_values().collect();
        for class in &mut classes {
            class.rungs.sort_by_key(|r| r.rank);
            if class.rungs.is_empty() {
                return places.refuse(&class.id, "fields", "the class has no rung", "no rung");
            }
            for pair in class.rungs.windows(2) {
                if let [a, b] = pair
                    && a.rank == b.rank
                {
                    let name = |rung: &Rung| {
                        let action = actions.iter().find(|d| d.index == rung.action);
                        action.map(|d| d.name.clone()).unwrap_or_default()
                    };
                    let what = format!(
                        "the rung `{}` of the class `{}` has the rank {} already",
                        name(a),
                        class.id,
                        a.rank
                    );
                    let label = "the most revealing rung has rank 1, the next a higher one";
                    return places.refuse(&name(b), "rank", what, label);
                }
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
            let what = "the gates and rungs have different context types";
            return Err(CompileError::pack(what.to_owned()));
        }
        Ok(())
    }
}

fn rung<'a>(
    action: &Declared<'a>,
    classes: &mut BTreeMap<&'a str, Class>,
    places: Places<'_>,
) -> Result<(), CompileError> {
    let name = &action.name;
    let (rendering, rank) = match (
        action.annotations.get("rendering"),
        action.annotations.get("rank"),
    ) {
        (None, None) => return Ok(()),
        (Some(rendering), Some(rank)) => (*rendering, *rank),
        (Some(_), None) => {
            let what = "`@rendering` without `@rank`";
            return places.refuse(name, "rendering", what, "the two go together");
        }
        (None, Some(_)) => {
            let what = "`@rank` without `@rendering`";
            return places.refuse(name, "rank", what, "the two go together");
        }
    };
    let Ok(rank) = rank.parse::<u32>() else {
        let what = format!("the rank `{rank}` is no number");
        return places.refuse(name, "rank", what, "a number from 1");
    };
    let owners: Vec<&str> = action
        .groups
        .iter()
        .copied()
        .filter(|g| classes.contains_key(*g))
        .collect();
    let [owner] = owners.as_slice() else {
        let what = format!("a rung of {} classes", owners.len());
        return places.refuse(name, "rendering", what, "it must be in one");
    };
    let Some(class) = classes.get_mut(owner) else {
        return Ok(());
    };
    let renderings = match spread(rendering, &class.fields) {
        Ok(renderings) => renderings,
        Err(what) => return places.refuse(name, "rendering", what, "here"),
    };
    class.rungs.push(Rung {
        action: action.index,
        rank,
        rendering: rendering.to_owned(),
        renderings,
    });
    if class.rungs.len() >= usize::from(privet_frame::abi::output::NO_RUNG) {
        let what = format!("the class `{owner}` has too many rungs");
        return places.refuse(name, "rank", what, "one too many");
    }
    Ok(())
}

/// One rendering a field: the same for all, or a vector of `path=rendering`, the rest removed.
fn spread(rendering: &str, fields: &[String]) -> Result<Vec<String>, String> {
    if !rendering.contains('=') {
        return Ok(fields.iter().map(|_| rendering.to_owned()).collect());
    }
    let mut by_path = BTreeMap::new();
    for part in list(rendering) {
        let Some((path, one)) = part.split_once('=') else {
            return Err(format!("`{part}` is no `path=rendering`"));
        };
        let (path, one) = (path.trim().to_owned(), one.trim().to_owned());
        if !fields.contains(&path) {
            return Err(format!("the path `{path}` is not in its class"));
        }
        if by_path.insert(path.clone(), one).is_some() {
            return Err(format!("the path `{path}` stands twice"));
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
fn declared<'a>(
    model: &Model,
    schema: &'a Value,
    places: Places<'_>,
) -> Result<Vec<Declared<'a>>, CompileError> {
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
                let what = format!("unknown annotation `@{unknown}`");
                let label = format!("known are @{}", ACTION_ANNOTATIONS.join(", @"));
                return places.refuse(id, unknown, what, &label);
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
