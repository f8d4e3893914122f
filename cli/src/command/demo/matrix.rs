//! The matrix as JSON: what each viewer sees of each class, and how it came about.
//!
//! Every value in a viewer's cell is out of the body that the proxy would send. The originals stand
//! in a column of their own, because the page is there to compare them; no gateway has such a page.

use super::pack::{Answer, DemoPack, Source};
use super::resumes::Resume;
use super::values;
use super::world::Settings;
use anyhow::{Context, Result};
use privet_host::GateAnswer;
use privet_host::manifest::{Class, Effect, Rung};
use privet_redact::Path;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A viewer's answer with the body that it allows, or with why that body may not leave.
struct Seen {
    answer: Answer,
    body: Option<Vec<u8>>,
    refused: Option<String>,
    document: Value,
}

fn see(
    pack: &DemoPack,
    viewer: &str,
    view: &str,
    resume: &Resume,
    settings: &Settings,
) -> Result<Seen> {
    let answer = pack
        .answer(viewer, view, resume, settings)?
        .context("no such viewer")?;
    let (body, refused) = match answer.plan.gate() {
        GateAnswer::Open => match answer.body(&resume.document) {
            Ok(body) => (Some(body), None),
            Err(error) => (None, Some(error.to_string())),
        },
        GateAnswer::NotFound | GateAnswer::Forbidden => (None, None),
    };
    let document = body.as_deref().map(serde_json::from_slice).transpose()?;
    Ok(Seen {
        answer,
        body,
        refused,
        document: document.unwrap_or(Value::Null),
    })
}

/// The whole matrix.
pub fn matrix(pack: &DemoPack, view: &str, resume: &Resume, settings: &Settings) -> Result<Value> {
    let original: Value = serde_json::from_slice(&resume.document)?;
    let classes = &pack.policy.manifest().classes;
    let rows: Vec<Value> = classes
        .iter()
        .map(|c| json!({ "id": c.id, "original": values::of(c, &original) }))
        .collect();
    let viewers = pack.viewers.names().iter();
    let columns: Result<Vec<Value>> = viewers
        .map(|viewer| {
            let seen = see(pack, viewer, view, resume, settings)?;
            let plan = &seen.answer.plan;
            let cells: Vec<Value> = plan
                .rungs()
                .map(|(class, rung)| cell(class, rung, &seen.document))
                .collect();
            let standing = pack.viewers.standing(viewer, settings).context("facts")?;
            Ok(json!({
                "name": viewer,
                "kind": standing.kind,
                "applied": standing.applied,
                "blocklisted": standing.blocklisted,
                "currentEmployer": standing.current_employer,
                "gate": gate(&seen),
                "obligations": plan.obligations(),
                "cells": cells,
            }))
        })
        .collect();
    let own = pack.viewers.standings(settings).context("facts")?;
    Ok(json!({
        "pack": pack.name,
        "view": view,
        "resume": resume.slug,
        "settings": {
            "visibility": own.visibility,
            "phoneProtected": own.phone_protected,
            "nameProtected": own.name_protected,
        },
        "classes": rows,
        "viewers": columns?,
    }))
}

fn gate(seen: &Seen) -> Value {
    let plan = &seen.answer.plan;
    let (answer, status) = match (plan.gate(), &seen.refused) {
        (GateAnswer::Open, None) => ("open", 200),
        (GateAnswer::Open, Some(_)) => ("refused", 502),
        (GateAnswer::NotFound, _) => ("not-found", 404),
        (GateAnswer::Forbidden, _) => ("forbidden", 403),
    };
    json!({
        "answer": answer,
        "status": status,
        "policies": plan.gate_reasons(),
        "refused": seen.refused,
    })
}

fn cell(class: &Class, rung: Option<&Rung>, document: &Value) -> Value {
    let shown = values::of(class, document);
    json!({
        "rendering": rung.map_or("remove", |r| r.rendering.as_str()),
        "kind": kind(rung, shown.is_empty()),
        "shown": shown,
    })
}

/// The kind of what is shown, for a legend; a rung that shows nothing here is a removal.
fn kind(rung: Option<&Rung>, nothing: bool) -> &'static str {
    let Some(rung) = rung.filter(|_| !nothing) else {
        return "remove";
    };
    let kinds: BTreeSet<&str> = rung
        .renderings
        .iter()
        .map(|r| r.split(':').next().unwrap_or_default())
        .collect();
    match (kinds.first(), kinds.len()) {
        (Some(&"reveal"), 1) => "reveal",
        (Some(&"scrub"), 1) => "scrub",
        (Some(&"mask"), 1) => "mask",
        (Some(&"generalise"), 1) => "generalise",
        (Some(&"relay"), 1) => "relay",
        (Some(&"pseudonym"), 1) => "pseudonym",
        _ => "part",
    }
}

/// Everything about one cell: its ladder with the policies that decided each rung.
pub fn explain(
    pack: &DemoPack,
    viewer: &str,
    view: &str,
    class: &str,
    resume: &Resume,
    settings: &Settings,
) -> Result<Option<Value>> {
    let manifest = pack.policy.manifest();
    let Some(class) = manifest.classes.iter().find(|c| c.id == class) else {
        return Ok(None);
    };
    let original: Value = serde_json::from_slice(&resume.document)?;
    let seen = see(pack, viewer, view, resume, settings)?;
    let plan = &seen.answer.plan;
    let open = seen.body.is_some();
    let taken = plan.rung(&class.id).filter(|_| open);
    let mut ids: BTreeSet<&str> = plan.gate_reasons().into_iter().collect();
    let mut ladder = Vec::new();
    for rung in &class.rungs {
        let reasons = plan.reasons(rung.action);
        let errors = plan.errors_on(rung.action);
        ids.extend(reasons.iter().copied());
        let permits = |id: &&str| pack.source(id).is_some_and(|s| s.effect == Effect::Permit);
        let erring = |id: &&str| pack.source(id).is_some_and(|s| s.effect == Effect::Forbid);
        let stopped = manifest.strict && errors.iter().any(erring);
        let action = manifest.schema.actions.get(usize::try_from(rung.action)?);
        ladder.push(json!({
            "rank": rung.rank,
            "rendering": rung.rendering,
            "action": action.map(|a| a.uid.id.as_str()),
            "allowed": !stopped && !reasons.is_empty() && reasons.iter().all(permits),
            "taken": taken.is_some_and(|t| t.action == rung.action),
            "policies": reasons,
            "errors": errors,
        }));
    }
    let fields: Vec<Value> = class
        .fields
        .iter()
        .enumerate()
        .map(|(i, field)| {
            let path = field.parse::<Path>().ok();
            let at = |document| path.as_ref().map(|p| values::at(document, p));
            json!({
                "path": field,
                "rendering": taken.and_then(|t| t.renderings.get(i)).map_or("remove", String::as_str),
                "original": at(&original),
                "shown": at(&seen.document),
            })
        })
        .collect();
    Ok(Some(json!({
        "class": class.id,
        "viewer": viewer,
        "gate": gate(&seen),
        "obligations": plan.obligations(),
        "ladder": ladder,
        "fields": fields,
        "sources": sources(pack, ids),
    })))
}

fn sources<'i>(pack: &DemoPack, ids: impl IntoIterator<Item = &'i str>) -> Vec<Value> {
    let known = ids.into_iter().filter_map(|id| pack.source(id));
    known
        .map(|source: &Source| {
            json!({
                "id": source.id,
                "effect": match source.effect {
                    Effect::Permit => "permit",
                    Effect::Forbid => "forbid",
                },
                "file": source.file,
                "line": source.line,
                "text": source.text,
                "basis": source.basis,
                "obligations": source.obligations,
            })
        })
        .collect()
}

/// The whole body of a viewer beside the original, both as they are on the wire.
pub fn viewer(
    pack: &DemoPack,
    viewer: &str,
    view: &str,
    resume: &Resume,
    settings: &Settings,
) -> Result<Value> {
    let seen = see(pack, viewer, view, resume, settings)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(json!({
        "viewer": viewer,
        "gate": gate(&seen),
        "obligations": seen.answer.plan.obligations(),
        "facts": shown_facts(pack, viewer, resume, settings),
        "original": text(&resume.document),
        "shown": seen.body.as_deref().map(text),
        "sources": sources(pack, seen.answer.plan.gate_reasons()),
    }))
}

/// The facts for a page: all but the true values, which no page needs.
fn shown_facts(
    pack: &DemoPack,
    viewer: &str,
    resume: &Resume,
    settings: &Settings,
) -> Option<Value> {
    let mut facts = pack.facts(viewer, resume, settings)?;
    facts.as_object_mut()?.remove("known");
    Some(facts)
}
