//! A body that was enforced, and what must be on the disk before it leaves.
//!
//! What must never be here: a way to the body past that.

use crate::enforce::Case;
use crate::sinks::LineFile;
use crate::trace::Span;
use privet_gateway::decide::{Decision, Question};
use privet_gateway::failure::Failure;
use std::fmt;
use std::io;
use std::sync::Arc;

/// A line of a queue that is written, and perhaps not yet on the disk.
struct Owed {
    obligation: &'static str,
    queue: Arc<LineFile>,
    line: u64,
}

/// Lines that are waited for together.
#[derive(Default)]
pub(crate) struct Debts {
    owed: Vec<Owed>,
}

/// Why a line is not on the disk, and of which queue it is.
type Lost = (&'static str, io::Error);

impl Debts {
    pub(crate) fn add(&mut self, obligation: &'static str, queue: &Arc<LineFile>, line: u64) {
        if queue.is_synced() {
            self.owed.push(Owed {
                obligation,
                queue: Arc::clone(queue),
                line,
            });
        }
    }

    /// Adds all of others.
    pub(crate) fn extend(&mut self, others: Self) {
        self.owed.extend(others.owed);
    }

    fn settle(self) -> Result<(), Lost> {
        for owed in self.owed {
            let settled = owed.queue.settle(owed.line);
            settled.map_err(|error| (owed.obligation, error))?;
        }
        Ok(())
    }
}

/// A body that is enforced and marked, and not yet recorded.
pub(crate) struct Draft(Vec<u8>);

impl Draft {
    pub(crate) fn new(body: Vec<u8>) -> Self {
        Self(body)
    }

    /// Nothing: a HEAD shows no more.
    pub(crate) fn empty() -> Self {
        Self(Vec::new())
    }
}

/// A body that may leave when its debts are settled.
#[must_use = "a body leaves when its debts are settled"]
pub struct Released {
    body: Vec<u8>,
    debts: Debts,
}

impl fmt::Debug for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Released({} bytes, {} debts)",
            self.body.len(),
            self.debts.owed.len()
        )
    }
}

impl Released {
    pub(crate) fn new(Draft(body): Draft, debts: Debts) -> Self {
        Self { body, debts }
    }

    /// The body of many, made of their drafts. They are owed for when it is made, so that nothing is
    /// recorded of one that cannot be.
    ///
    /// # Errors
    ///
    /// What `join` and `owe` give.
    pub(crate) fn join<E>(
        drafts: Vec<(String, Draft)>,
        join: impl FnOnce(Vec<(String, Vec<u8>)>) -> Result<Vec<u8>, E>,
        owe: impl FnOnce() -> Result<Debts, E>,
    ) -> Result<Self, E> {
        let bodies = drafts.into_iter().map(|(id, Draft(body))| (id, body));
        let body = join(bodies.collect())?;
        Ok(Self {
            body,
            debts: owe()?,
        })
    }
}

impl Case<'_> {
    /// The body, when its debts are settled; the thread waits.
    ///
    /// # Errors
    ///
    /// A line that may not be on the disk. The refusal is recorded.
    pub fn settle(
        &self,
        released: Released,
        decision: Option<&Decision>,
        question: &Question,
    ) -> Result<Vec<u8>, Failure> {
        let Released { body, debts } = released;
        let span = self.settling(&debts);
        let settled = debts.settle();
        span.outcome(settled.as_ref().err().map(|_| Failure::Obligation));
        settled.map_err(|lost| self.lost(lost, decision, question))?;
        Ok(body)
    }

    /// The same where others go on while this waits, if a runtime of tokio's runs it.
    ///
    /// # Errors
    ///
    /// As [`Case::settle`].
    pub async fn settled(
        &self,
        released: Released,
        decision: Option<&Decision>,
        question: &Question,
    ) -> Result<Vec<u8>, Failure> {
        let Released { body, debts } = released;
        let span = self.settling(&debts);
        let settled = match tokio::runtime::Handle::try_current() {
            Ok(runtime) if !debts.owed.is_empty() => {
                let settled = runtime.spawn_blocking(|| debts.settle()).await;
                settled.unwrap_or_else(|error| Err(("wait", io::Error::other(error))))
            }
            // Nothing to wait for, or nobody to go on meanwhile.
            _ => debts.settle(),
        };
        span.outcome(settled.as_ref().err().map(|_| Failure::Obligation));
        settled.map_err(|lost| self.lost(lost, decision, question))?;
        Ok(body)
    }

    /// The span of the wait, if there is one.
    fn settling(&self, debts: &Debts) -> Span {
        match debts.owed.is_empty() {
            true => Span::default(),
            false => self.span.child("settle"),
        }
    }

    fn lost(
        &self,
        (obligation, error): Lost,
        decision: Option<&Decision>,
        question: &Question,
    ) -> Failure {
        self.dropped(obligation, &error);
        self.refuse(decision, question, Failure::Obligation);
        Failure::Obligation
    }
}
