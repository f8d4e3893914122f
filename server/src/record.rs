//! A line of the decision log and of the queues: ids, classes, renderings, policies.
//!
//! What must never be here: a value of a résumé; an id that only a client wrote.

use crate::live::Live;
use crate::metrics::Door;
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
    live: &Live,
    door: Door,
    decision: Option<&Decision>,
    question: &Question,
    failure: Option<Failure>,
) -> serde_json::Result<Vec<u8>> {
    let job = question.context.get("job").and_then(Uid::from_json);
    let facts = live.facts.read().unwrap_or_else(PoisonError::into_inner);
    let (principal, resource) = (
        name(live, &facts, &question.principal),
        name(live, &facts, &question.resource),
    );
    let job = job.as_ref().map(|job| name(live, &facts, job));
    drop(facts);
    let line = Line {
        time: question.now,
        revision: &live.revision,
        door: door.name(),
        principal,
        view: &question.view,
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

/// An id that nobody knows was written by the client, and might be anything; an envelope's are known
/// to the service.
fn name<'a>(live: &Live, facts: &FactStore, uid: &'a Uid) -> Name<'a> {
    let is_told = live.config.facts.envelope.is_some() || facts.contains(uid);
    Name {
        entity_type: &uid.entity_type,
        id: is_told.then_some(uid.id.as_str()),
    }
}

#[derive(Serialize)]
struct Line<'a> {
    time: i64,
    revision: &'a str,
    door: &'static str,
    principal: Name<'a>,
    view: &'a str,
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
    #[serde(rename = "type")]
    entity_type: &'a str,
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
