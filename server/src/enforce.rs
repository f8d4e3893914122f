//! What all doors do: decide, meet obligations, record. The order keeps it tight: nothing leaves
//! before its mark and its notices are written and its record is; a record that cannot be written
//! right is dropped and counted, and refuses the views that require one.
//!
//! What must never be here: a transport, a value in a record.

use crate::live::{Enforced, Live};
use crate::log;
use crate::metrics::{Door, Metrics};
use crate::record;
use crate::release::{Debts, Draft, Released};
use crate::sinks::LineFile;
use crate::trace::Span;
use crate::wait::blocking;
use anyhow::Context as _;
use privet_gateway::combine::Answer;
use privet_gateway::decide::{Decision, Question};
use privet_gateway::facts::{FactStore, Slice};
use privet_gateway::failure::Failure;
use privet_gateway::strict;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

/// One request on its way through an enforced route.
#[derive(Debug)]
pub struct Case<'l> {
    /// What is live for this request.
    pub live: &'l Live,
    /// The route.
    pub enforced: &'l Enforced,
    /// Which way it came.
    pub door: Door,
    /// Where it is counted.
    pub metrics: &'l Metrics,
    /// The span of the request.
    pub span: &'l Span,
}

/// Obligations whose failure refuses the body. Without its record a view that is required refuses
/// too.
const QUEUED: [&str; 3] = ["notify-candidate", "relay-lease", "alert"];

impl Case<'_> {
    /// Decides by the facts that are held, with those of an envelope on top.
    ///
    /// # Errors
    ///
    /// [`Failure::Decision`], which is recorded; a closed gate is no error here.
    pub fn decide(
        &self,
        question: impl Into<Arc<Question>>,
        envelope: Option<&FactStore>,
    ) -> Result<Decision, Failure> {
        let question: Arc<Question> = question.into();
        let asked = Arc::clone(&question);
        let span = self.span.child("decide");
        // A gate of the packs has that name.
        span.text("privet.view", &question.view);
        let start = Instant::now();
        let slice = self.slice(&question, envelope);
        let decided = self.enforced.packs.decide(question, &slice);
        self.metrics.decided(start.elapsed());
        let mut decision = decided.map_err(|error| {
            span.outcome(Some(Failure::Decision));
            self.fault(error.cause(), &error);
            self.refuse(None, &asked, Failure::Decision);
            Failure::Decision
        })?;
        if let Some(envelope) = envelope {
            decision.vouch(envelope);
        }
        span.decision(&decision);
        if decision.refusal().is_none() {
            self.metrics.plan(&decision);
        }
        Ok(decision)
    }

    fn slice(&self, question: &Question, envelope: Option<&FactStore>) -> Slice {
        let literals = self.enforced.packs.literals();
        let Question {
            principal,
            resource,
            context,
            ..
        } = question;
        let facts = self
            .live
            .facts
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        match envelope {
            None => facts.known_to(&self.enforced.packs, principal, resource, context),
            Some(envelope) => {
                // Every entity that an envelope brings is part of the decision, and what it refers
                // to may be held here.
                let mut merged = facts.reachable(literals, principal, resource, context, envelope);
                merged.extend(envelope.clone());
                merged.slice(literals, principal, resource, context)
            }
        }
    }

    /// The facts in the envelope of a body.
    ///
    /// # Errors
    ///
    /// [`Failure::Decision`] where the envelope is missing or no facts, which is recorded.
    pub fn envelope(&self, question: &Question, body: &[u8]) -> Result<Option<FactStore>, Failure> {
        let Some(name) = &self.live.config.facts.envelope else {
            return Ok(None);
        };
        let read = || {
            let body = strict::parse(body)?;
            let envelope = body.get(name).context("the body has no envelope")?;
            Ok::<_, anyhow::Error>(FactStore::from_value(envelope)?)
        };
        read().map(Some).map_err(|error| {
            self.fault("envelope", &error);
            self.refuse(None, question, Failure::Decision);
            Failure::Decision
        })
    }

    /// The body that leaves when its debts are settled: enforced, marked, recorded, its notices
    /// queued.
    ///
    /// # Errors
    ///
    /// A closed gate, a body that cannot be enforced, an obligation that cannot be met. The refusal
    /// is recorded.
    pub fn release(&self, decision: &Decision, body: &[u8]) -> Result<Released, Failure> {
        let released = self
            .draft(decision, body)
            .and_then(|draft| Ok(Released::new(draft, self.owe(decision)?)));
        if let Err(failure) = released {
            self.refuse(Some(decision), &decision.question, failure);
        }
        released
    }

    /// The body that is enforced and marked; nothing is recorded yet, whatever comes of it.
    ///
    /// # Errors
    ///
    /// As [`Case::release`].
    pub(crate) fn draft(&self, decision: &Decision, body: &[u8]) -> Result<Draft, Failure> {
        let sinks = &self.live.sinks;
        if let Some(failure) = decision.refusal() {
            return Err(failure);
        }
        // An obligation for which nothing is configured is known before anything is written.
        for obligation in decision.plan.obligations() {
            self.configured(obligation)?;
        }
        let span = self.span.child("redact");
        span.text("privet.decision", &decision.id);
        let start = Instant::now();
        let most = self.live.config.limits.response_body_bytes;
        let draft = || decision.body(body, most, sinks.marking());
        // A mark waits for the disk. A gateway's own thread is its gateway's to give.
        let body = match decision.obliges("watermark") && self.door != Door::Inside {
            true => blocking(draft),
            false => draft(),
        };
        self.metrics.redacted(start.elapsed());
        let body = body.inspect(|body| {
            span.number("privet.shown_bytes", body.len());
            span.outcome(None);
        });
        let body = body.map_err(|error| {
            span.outcome(Some(error.failure()));
            let cause = if error.known_value().is_some() {
                "known-value"
            } else {
                "body"
            };
            self.fault(cause, &error);
            error.failure()
        })?;
        Ok(Draft::new(body))
    }

    /// Records that a draft leaves, and queues its notices.
    ///
    /// # Errors
    ///
    /// [`Failure::Obligation`].
    pub(crate) fn owe(&self, decision: &Decision) -> Result<Debts, Failure> {
        let line = self.line(Some(decision), &decision.question, None)?;
        self.record(&line, &decision.question)?;
        let mut debts = Debts::default();
        for obligation in QUEUED {
            if decision.obliges(obligation) {
                let (queue, line) = self.queue(obligation, &line)?;
                debts.add(obligation, queue, line);
            }
        }
        Ok(debts)
    }

    fn configured(&self, obligation: &str) -> Result<(), Failure> {
        if self.live.sinks.has(obligation) {
            return Ok(());
        }
        Err(self.unmet(&format_args!("nothing is configured for `{obligation}`")))
    }

    /// An obligation that cannot be met, and why.
    pub(crate) fn unmet(&self, why: &dyn std::fmt::Display) -> Failure {
        self.fault("obligation", why);
        Failure::Obligation
    }

    /// Records a decision that shows nothing of a body: an answer of a decision point, a HEAD.
    ///
    /// # Errors
    ///
    /// A closed gate; a record that is obliged and has no place, or is required and cannot be
    /// written.
    pub fn admit(&self, decision: &Decision) -> Result<(), Failure> {
        if let Some(failure) = decision.refusal() {
            self.refuse(Some(decision), &decision.question, failure);
            return Err(failure);
        }
        if decision.obliges("record") {
            self.configured("record")?;
        }
        let line = self.line(Some(decision), &decision.question, None)?;
        self.record(&line, &decision.question)
    }

    /// Records a refusal, and queues the alert that it obliges. Whether that succeeds changes
    /// nothing: nothing is shown either way.
    pub fn refuse(&self, decision: Option<&Decision>, question: &Question, failure: Failure) {
        let Ok(line) = self.line(decision, question, Some(failure)) else {
            return;
        };
        let _ = self.record(&line, question);
        if decision.is_some_and(|d| d.refusal().is_some() && d.obliges("alert")) {
            let _ = self.queue("alert", &line);
        }
    }

    /// Queues a line: where, and its number there.
    fn queue(&self, obligation: &str, line: &[u8]) -> Result<(&Arc<LineFile>, u64), Failure> {
        let queue = self.live.sinks.queue(obligation);
        let queue = queue.ok_or(Failure::Obligation)?;
        let number = queue.append(line).map_err(|error| {
            self.dropped(obligation, &error);
            Failure::Obligation
        })?;
        Ok((queue, number))
    }

    /// Counts a notice that is not kept.
    pub(crate) fn dropped(&self, obligation: &str, error: &dyn std::fmt::Display) {
        self.metrics.dropped.inc();
        self.fault("obligation", &format_args!("{obligation}: {error}"));
    }

    /// Writes the record. One that cannot be written is dropped and counted; a view that requires
    /// it is then refused.
    fn record(&self, line: &[u8], question: &Question) -> Result<(), Failure> {
        let Some(log) = &self.live.sinks.record else {
            return Ok(());
        };
        let Err(error) = log.append(line) else {
            return Ok(());
        };
        self.metrics.dropped.inc();
        self.fault("record", &error);
        match self.live.config.obligations.requires_record(&question.view) {
            true => Err(Failure::Obligation),
            false => Ok(()),
        }
    }

    fn line(
        &self,
        decision: Option<&Decision>,
        question: &Question,
        failure: Option<Failure>,
    ) -> Result<Vec<u8>, Failure> {
        let line = record::line(self, decision, question, failure);
        line.map_err(|error| {
            self.fault("record", &error);
            Failure::Obligation
        })
    }

    /// Tells whoever runs the server what went wrong. No value is in such a message, and no id that
    /// only a client wrote.
    fn fault(&self, cause: &'static str, error: &dyn std::fmt::Display) {
        self.metrics.error(cause);
        let door = self.door.name();
        log::tell(log::one_line(format_args!("{door}: {cause}: {error}")));
    }
}

impl Case<'_> {
    /// A decision whose gate is open; a closed one is recorded.
    ///
    /// # Errors
    ///
    /// As [`Case::decide`], and a closed gate.
    pub fn decide_open(&self, question: impl Into<Arc<Question>>) -> Result<Decision, Failure> {
        let decision = self.decide(question, None)?;
        match decision.refusal() {
            Some(failure) => {
                self.refuse(Some(&decision), &decision.question, failure);
                Err(failure)
            }
            None => Ok(decision),
        }
    }

    /// Whether a body could be shown; nothing of it is.
    ///
    /// # Errors
    ///
    /// A body that cannot be enforced.
    pub fn preview(&self, decision: &Decision, body: &[u8]) -> Result<(), Failure> {
        let most = self.live.config.limits.response_body_bytes;
        let shown = decision.preview(body, most).map_err(|error| {
            self.fault("body", &error);
            error.failure()
        });
        shown.map(drop)
    }

    /// Records that the upstream gave nothing that may be shown.
    pub fn upstream_failed(
        &self,
        decision: Option<&Decision>,
        question: &Question,
        failure: Failure,
        why: &str,
    ) {
        if failure != Failure::NotFound {
            self.fault("upstream", &why);
        }
        self.refuse(decision, question, failure);
    }
}
