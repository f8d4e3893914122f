//! One request and its answer, in a gateway that keeps its own connection to the service: Envoy over
//! `ext_proc`, and every gateway that enforces in its own process.
//!
//! ```text
//! request ─► go up as told, pass, or answer ─► response ─► these headers, or answer ─► body ─► this, or answer
//! ```
//!
//! Whatever comes in another order is refused. What must never be here: a transport, a second table
//! of failures, a byte of a body that was not enforced.

mod request;
mod terms;

pub use terms::{Asked, Refusal, Upward, Verdict, local};

use crate::answer::{Answer, revised};
use crate::enforce::Case;
use crate::live::{Enforced, Live, RouteKind};
use crate::metrics::Door;
use crate::proxy::{enforced, shown};
use crate::release::Released;
use crate::room::Place;
use crate::server::Server;
use crate::trace::Span;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName};
use privet_gateway::coding::Coding;
use privet_gateway::decide::{Decision, Question};
use privet_gateway::exchange;
use privet_gateway::failure::Failure;
use std::fmt;
use std::sync::Arc;

/// A request and its answer, wholly of the revision that was live when it began.
pub struct Exchange {
    server: Arc<Server>,
    live: Arc<Live>,
    door: Door,
    span: Span,
    state: State,
}

enum State {
    /// Nothing came yet.
    Fresh,
    /// Nothing is enforced.
    Passing,
    /// A question stands; the decision too, unless it waits for the body.
    Asked(Box<Pending>),
    /// The answer was admitted, and its body is awaited, in a coding that is undone first.
    Admitted(Box<Pending>, Option<Coding>),
    /// All was said.
    Done,
}

struct Pending {
    path: String,
    is_head: bool,
    question: Arc<Question>,
    decision: Option<Decision>,
    _place: Place,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("revision", &self.live.revision)
            .finish_non_exhaustive()
    }
}

impl Exchange {
    /// Begins one on what is live now.
    pub fn new(server: Arc<Server>, door: Door) -> Self {
        Self {
            live: server.live(),
            server,
            door,
            span: Span::default(),
            state: State::Fresh,
        }
    }

    /// Whether nothing of this exchange is enforced, so that its answer is as the service made it.
    pub fn is_passing(&self) -> bool {
        matches!(self.state, State::Passing)
    }

    /// Whether nothing has been asked yet.
    pub fn is_fresh(&self) -> bool {
        matches!(self.state, State::Fresh)
    }

    /// The longest body of the service's that is enforced, in bytes.
    pub fn body_limit(&self) -> usize {
        self.live.config.limits.response_body_bytes
    }

    /// Decides a request.
    ///
    /// # Errors
    ///
    /// The answer that the client gets, and nothing goes up.
    pub fn request(&mut self, asked: Asked<'_>) -> Result<Verdict, Refusal> {
        let state = std::mem::replace(&mut self.state, State::Done);
        let result = match state {
            State::Fresh => {
                self.span = self.server.span(self.door, asked.headers);
                self.ask(asked)
            }
            _ => Err(Failure::Internal),
        };
        match result {
            Ok((state, verdict)) => {
                self.state = state;
                if self.is_passing() {
                    self.end(None);
                }
                Ok(verdict)
            }
            Err(failure) => Err(self.refused(failure)),
        }
    }

    /// Takes the head of the service's answer: the headers that the client gets, all of them but
    /// the length. None of the service's may stay.
    ///
    /// # Errors
    ///
    /// The answer that the client gets in its place.
    pub fn response(
        &mut self,
        status: u16,
        headers: &HeaderMap,
        has_body: bool,
    ) -> Result<HeaderMap, Refusal> {
        let state = std::mem::replace(&mut self.state, State::Done);
        let State::Asked(pending) = state else {
            return Err(self.refused(Failure::Internal));
        };
        match self.admit(&pending, status, headers, has_body) {
            Ok((headers, coding)) => {
                match pending.is_head {
                    true => self.end(None),
                    false => self.state = State::Admitted(pending, coding),
                }
                Ok(headers)
            }
            Err(failure) => Err(self.refused(failure)),
        }
    }

    fn admit(
        &self,
        pending: &Pending,
        status: u16,
        headers: &HeaderMap,
        has_body: bool,
    ) -> Result<(HeaderMap, Option<Coding>), Failure> {
        let all = |name: &HeaderName| {
            let values = headers.get_all(name).iter();
            let list = values
                .map(|v| v.to_str().unwrap_or("?"))
                .collect::<Vec<_>>()
                .join(",");
            headers.contains_key(name).then_some(list)
        };
        let (content_type, codings) = (all(&header::CONTENT_TYPE), all(&header::CONTENT_ENCODING));
        let admitted = exchange::Head {
            status,
            content_type: content_type.as_deref(),
            content_encoding: codings.as_deref(),
        }
        .admit(&self.live.config.limits.codings);
        let route = self.route(&pending.path)?;
        let case = self.case(route);
        let coding = admitted.inspect_err(|failure| {
            let why = format!("status {status}, or a body that is no plain JSON");
            case.upstream_failed(pending.decision.as_ref(), &pending.question, *failure, &why);
        })?;
        match (&pending.decision, pending.is_head, has_body) {
            (Some(decision), true, _) => case.admit(decision)?,
            // Without a body there is no item to decide, and no envelope.
            (None, true, _) if route.list.is_none() => return Err(Failure::Decision),
            (_, true, _) => {}
            (_, false, false) => return Err(Failure::Upstream),
            (_, false, true) => {}
        }
        if pending.is_head {
            self.server.metrics.answer(self.door, None);
        }
        let answer = shown(Vec::new(), &pending.question.view, true);
        let answer: Answer = revised(answer, &self.live.revision);
        let mut headers = answer.headers().clone();
        headers.remove(header::CONTENT_LENGTH);
        Ok((headers, coding))
    }

    /// Enforces the service's whole body: what the client gets, with its own length. The thread
    /// waits for the disk, where something must be there before.
    ///
    /// # Errors
    ///
    /// The answer that the client gets in its place; no byte of the body may leave.
    pub fn body(&mut self, body: impl Into<Bytes>) -> Result<Vec<u8>, Refusal> {
        let enforced = self.admitted().and_then(|(pending, coding)| {
            let (case, released) = self.enforce(&pending, coding, body.into())?;
            case.settle(released, pending.decision.as_ref(), &pending.question)
        });
        self.answered(enforced)
    }

    /// The same where others go on while this waits, if a runtime of tokio's runs it.
    ///
    /// # Errors
    ///
    /// As [`Exchange::body`].
    pub async fn body_later(&mut self, body: impl Into<Bytes>) -> Result<Vec<u8>, Refusal> {
        let admitted = self.admitted();
        let enforced = async {
            let (pending, coding) = admitted?;
            let (case, released) = self.enforce(&pending, coding, body.into())?;
            let (decision, question) = (pending.decision.as_ref(), &pending.question);
            case.settled(released, decision, question).await
        };
        let enforced = enforced.await;
        self.answered(enforced)
    }

    /// What was admitted; nothing more may come.
    fn admitted(&mut self) -> Result<(Box<Pending>, Option<Coding>), Failure> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Admitted(pending, coding) => Ok((pending, coding)),
            _ => Err(Failure::Internal),
        }
    }

    fn answered(&mut self, enforced: Result<Vec<u8>, Failure>) -> Result<Vec<u8>, Refusal> {
        match enforced {
            Ok(body) => {
                self.server.metrics.answer(self.door, None);
                self.end(None);
                Ok(body)
            }
            Err(failure) => Err(self.refused(failure)),
        }
    }

    fn enforce(
        &self,
        pending: &Pending,
        coding: Option<Coding>,
        body: Bytes,
    ) -> Result<(Case<'_>, Released), Failure> {
        let case = self.case(self.route(&pending.path)?);
        let most = self.body_limit();
        let failed = |why: &dyn fmt::Display| {
            let (decision, question) = (pending.decision.as_ref(), &pending.question);
            case.upstream_failed(decision, question, Failure::Upstream, &why.to_string());
            Failure::Upstream
        };
        let body = match coding {
            None if body.len() > most => return Err(failed(&"the body is larger than the limit")),
            None => body,
            Some(coding) => coding.undo(&body, most).map_err(|e| failed(&e))?.into(),
        };
        let (decision, question) = (pending.decision.as_ref(), &pending.question);
        let released = enforced(&case, question, decision, &body, false)?;
        Ok((case, released))
    }

    /// Ends the exchange without the service's answer, whatever came of it: the service could not be
    /// reached, was late, broke off, sent too much.
    pub fn fail(&mut self, failure: Failure, why: &str) -> Refusal {
        let state = std::mem::replace(&mut self.state, State::Done);
        if let State::Asked(pending) | State::Admitted(pending, _) = state
            && let Ok(route) = self.route(&pending.path)
        {
            let decision = pending.decision.as_ref();
            self.case(route)
                .upstream_failed(decision, &pending.question, failure, why);
        }
        self.refused(failure)
    }

    fn route(&self, path: &str) -> Result<&Enforced, Failure> {
        match &self.live.route(path)?.route.kind {
            RouteKind::Enforced(route) => Ok(route),
            RouteKind::Pass(_) => Err(Failure::Internal),
        }
    }

    fn case<'a>(&'a self, enforced: &'a Enforced) -> Case<'a> {
        Case {
            live: &self.live,
            enforced,
            door: self.door,
            metrics: &self.server.metrics,
            span: &self.span,
        }
    }

    fn refused(&mut self, failure: Failure) -> Refusal {
        self.server.metrics.answer(self.door, Some(failure));
        self.end(Some(failure));
        Refusal { failure }
    }

    /// Ends the span; a gateway may keep an exchange for longer.
    fn end(&mut self, failure: Option<Failure>) {
        let span = std::mem::take(&mut self.span);
        span.answered(&self.live.revision, failure);
    }
}
