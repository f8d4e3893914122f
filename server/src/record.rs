//! A line of the decision log and of the queues: ids, classes, renderings, policies.
//!
//! What must never be here: a value of a résumé; an id that only a client wrote.

use crate::enforce::Case;
use crate::live::Enforced;
use privet_gateway::combine::Answer;
use privet_gateway::decide::{Decision, Question};
use privet_gateway::facts::FactStore;
use privet_gateway::failure::Failure;
use privet_gateway::uid::Uid;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::sync::PoisonError;

/// One line, its end included.
///
/// # Errors
///
/// None is known: everything in it is text or a number.
pub fn line(
    case: &Case<'_>,
    decision: Option<&Decision>,
    question: &Question,
    failure: Option<Failure>,
) -> serde_json::Result<Vec<u8>> {
    let (live, enforced) = (case.live, case.enforced);
    let job = question.context.get("job").and_then(Uid::from_json);
    let facts = live.facts.read().unwrap_or_else(PoisonError::into_inner);
    let is_told = |uid: &Uid| told(&facts, decision, uid);
    let (principal, resource) = (
        name(enforced, is_told, &question.principal),
        name(enforced, is_told, &question.resource),
    );
    let job = job.as_ref().map(|job| name(enforced, is_told, job));
    drop(facts);
    let line = Line {
        time: question.now,
        revision: &live.revision,
        door: case.door.name(),
        principal,
        // What no pack has, a decision point's caller may have written.
        view: Some(question.view.as_str()).filter(|view| enforced.has_view(view)),
        resource,
        outcome: failure.map_or("open", |f| f.row().name),
        job,
        decision: decision.map(|d| d.id.as_str()),
        packs: decision.map(Decision::packs),
        policies: decision.map(|d| d.plan.gate_reasons()),
        obligations: decision.map(|d| d.plan.obligations()),
        classes: decision.filter(|d| d.refusal().is_none()).map(Classes),
    };
    let mut bytes = Vec::with_capacity(2048);
    serde_json::to_writer(&mut bytes, &line)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// An id that nobody knows was written by the client, and might be anything; the service knows those
/// of the envelope that it brought.
fn told(facts: &FactStore, decision: Option<&Decision>, uid: &Uid) -> bool {
    facts.contains(uid) || decision.is_some_and(|d| d.is_vouched(uid))
}

fn name<'a>(enforced: &Enforced, is_told: impl Fn(&Uid) -> bool, uid: &'a Uid) -> Name<'a> {
    Name {
        entity_type: Some(uid.entity_type.as_str()).filter(|ty| enforced.declares(ty)),
        id: is_told(uid).then_some(uid.id.as_str()),
    }
}

#[derive(Serialize)]
struct Line<'a> {
    time: i64,
    revision: &'a str,
    door: &'static str,
    principal: Name<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<&'a str>,
    resource: Name<'a>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<Name<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packs: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policies: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    obligations: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<Classes<'a>>,
}

#[derive(Serialize)]
struct Name<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    entity_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// Each class with how it is shown.
struct Classes<'a>(&'a Decision);

impl Serialize for Classes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (class, shown) in self.0.classes() {
            map.serialize_entry(class, shown)?;
        }
        map.end()
    }
}
