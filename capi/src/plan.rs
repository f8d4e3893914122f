//! A plan, and bodies by it, whole or in pieces.

use crate::facts::LoadedFacts;
use crate::status::{Error, Status};
use privet_gateway::combine::Answer;
use privet_gateway::{enforce, watermark};
use privet_host::{GateAnswer, Issued, KnownValues, Plan};
use privet_redact::{Delivery, OutputSink, Redactor, Settings};
use serde_json::{Map, json};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// How a gate answered.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// The viewer may see what the plan shows.
    Open = 0,
    /// The viewer may not know that the résumé exists. Also the answer to a null plan.
    NotFound = 1,
    /// The viewer may know that it exists, and no more.
    Forbidden = 2,
}

/// What happens to each class of fields, and what is owed for it.
#[derive(Debug)]
pub struct MadePlan {
    plan: Plan,
    issued: Issued,
    known: KnownValues,
}

impl MadePlan {
    pub(crate) fn new(facts: &LoadedFacts) -> Result<Self, Error> {
        let LoadedFacts {
            policy,
            facts,
            view,
        } = facts;
        Ok(Self {
            plan: policy
                .instance()?
                .plan(&facts.entities, &facts.request, view)?,
            issued: facts.issued.clone(),
            known: facts.known.clone(),
        })
    }

    pub(crate) fn gate(&self) -> Gate {
        match Answer::gate(&self.plan) {
            GateAnswer::Open => Gate::Open,
            GateAnswer::NotFound => Gate::NotFound,
            GateAnswer::Forbidden => Gate::Forbidden,
        }
    }

    /// `{gate, policies, classes: {class: rendering}, obligations}`.
    pub(crate) fn json(&self) -> Vec<u8> {
        let gate = match self.gate() {
            Gate::Open => "open",
            Gate::NotFound => "not-found",
            Gate::Forbidden => "forbidden",
        };
        let mut classes = Map::new();
        if self.gate() == Gate::Open {
            for (class, rung) in Answer::rungs(&self.plan) {
                let shown = rung.map_or("remove", |r| r.rendering.as_str());
                classes.insert(class.id.clone(), json!(shown));
            }
        }
        json!({
            "gate": gate,
            "policies": Answer::gate_reasons(&self.plan),
            "classes": classes,
            "obligations": Answer::obligations(&self.plan),
        })
        .to_string()
        .into_bytes()
    }

    pub(crate) fn redact(&self, body: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(enforce::body(&self.plan, &self.issued, &self.known, body)?)
    }

    pub(crate) fn redactor(&self) -> Result<Pieces, Error> {
        let rules = enforce::rules(&self.plan, &self.issued, &self.known)?;
        if watermark::is_obliged(&self.plan) {
            let text = "the plan obliges a watermark, which is not put on pieces";
            return Err(Error::new(Status::Obligation, text));
        }
        let settings = Settings {
            delivery: Delivery::Streaming,
            ..Settings::default()
        };
        let sink = Shared::default();
        Ok(Pieces {
            redactor: Some(Redactor::new(Arc::new(rules), settings, sink.clone())),
            sink,
            piece: Vec::new(),
        })
    }
}

/// Output that was not taken yet.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl OutputSink for Shared {
    fn write(&mut self, bytes: &[u8]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend_from_slice(bytes);
    }
}

/// A body in pieces.
pub struct Pieces {
    redactor: Option<Redactor<Shared>>,
    sink: Shared,
    piece: Vec<u8>,
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pieces")
    }
}

impl Pieces {
    /// What may go out after this piece came in.
    pub(crate) fn write(&mut self, piece: &[u8]) -> Result<&[u8], Error> {
        self.piece.clear();
        let Some(redactor) = &mut self.redactor else {
            return Err(Error::new(Status::Body, "the body has ended"));
        };
        let written = redactor.write(piece);
        written.map_err(|e| self.broken(&e))?;
        self.piece = self.sink.take();
        Ok(&self.piece)
    }

    /// What is left.
    pub(crate) fn end(&mut self) -> Result<&[u8], Error> {
        self.piece.clear();
        let Some(redactor) = self.redactor.take() else {
            return Err(Error::new(Status::Body, "the body has ended"));
        };
        redactor.end().map_err(|e| self.broken(&e))?;
        self.piece = self.sink.take();
        Ok(&self.piece)
    }

    fn broken(&mut self, error: &privet_redact::RedactError) -> Error {
        self.redactor = None;
        drop(self.sink.take());
        Error::new(Status::Body, error)
    }
}
