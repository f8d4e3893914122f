//! From a question and what is known to a decision, and from a decision to the body that may leave.
//!
//! A decision holds its plan, what renderings need and whom it is for; all of it is of one moment
//! and of one set of packs. No value of a résumé is in it but what `known` and `issued` hold, and
//! that is in no `Debug` output.

use crate::combine::{Answer, Combined, Packs};
use crate::enforce::{self, EnforceError};
use crate::facts::{FactStore, Slice};
use crate::failure::Failure;
use crate::known::TrueValues;
use crate::rule_sets::Way;
use crate::uid::Uid;
use crate::watermark::{self, Download};
use privet_host::{CallError, Entities, FactsError, GateAnswer, Issued, Plan, Policy, Request};
use privet_redact::Rules;
use privet_watermark::{Disclosure, Ledger, MarkId, Marker, Named};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Who asks, for which résumé, how and when. A gateway makes it of the session, the route and its
/// own clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Who asks.
    pub principal: Uid,
    /// For which résumé.
    pub resource: Uid,
    /// How: a view of the packs.
    pub view: String,
    /// The rest of the context, in Cedar's JSON, without `view` and `now`.
    pub context: Map<String, Value>,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
}

/// Why there is no decision. Whoever asked must deny.
#[derive(Debug)]
pub struct DecideError {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Facts(FactsError),
    Call(CallError),
    Other(String),
}

impl DecideError {
    fn other(what: impl fmt::Display) -> Self {
        Self {
            kind: Kind::Other(what.to_string()),
        }
    }

    /// A word for metrics.
    pub fn cause(&self) -> &'static str {
        match &self.kind {
            Kind::Facts(_) => "facts",
            Kind::Call(e) if e.is_timeout() => "deadline",
            Kind::Call(e) if e.is_memory() => "memory",
            Kind::Call(e) if e.is_trap() => "trap",
            Kind::Call(_) | Kind::Other(_) => "other",
        }
    }
}

impl fmt::Display for DecideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            // It goes to a log, and half of a question is what its client wrote.
            Kind::Facts(error) => f.write_str(error.nameless()),
            Kind::Call(error) => write!(f, "{error}"),
            Kind::Other(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for DecideError {}

/// The answer to a question.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Random, as logs and marks have it.
    pub id: String,
    /// The question.
    pub question: Arc<Question>,
    /// The stricter answer of all the packs.
    pub plan: Combined,
    issued: Issued,
    known: Arc<TrueValues>,
    /// How an open gate shows the résumé, or why it cannot be shown so.
    way: Option<Result<Arc<Way>, String>>,
    company: Option<String>,
    packs: Arc<str>,
    /// Those that an envelope knows of whom the question names.
    vouched: Vec<Uid>,
}

/// What a watermark is made with.
#[derive(Clone, Copy)]
pub struct Marking<'a> {
    /// The key and the settings.
    pub marker: &'a Marker,
    /// Where the row goes before the body leaves.
    pub ledger: &'a dyn Ledger,
}

impl fmt::Debug for Marking<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Marking({:?})", self.marker)
    }
}

impl Packs {
    /// Answers a question.
    ///
    /// # Errors
    ///
    /// Facts that the schema does not admit, a view without a gate, a guest that traps, is late or
    /// lacks memory.
    pub fn decide(
        &self,
        question: impl Into<Arc<Question>>,
        slice: &Slice,
    ) -> Result<Decision, DecideError> {
        let question: Arc<Question> = question.into();
        let context = match slice.context() {
            Some(more) if !more.is_empty() => {
                let mut context = question.context.clone();
                context.extend(more.iter().map(|(k, v)| (k.clone(), v.clone())));
                Cow::Owned(context)
            }
            _ => Cow::Borrowed(&question.context),
        };
        if !TIMES.contains(&question.now) {
            return Err(DecideError::other("a time that no clock of ours tells"));
        }
        let mut plans = Vec::with_capacity(self.policies().len());
        for (index, policy) in self.policies().iter().enumerate() {
            let whole = slice.whole.as_ref().and_then(|all| all.get(index));
            let entities = match whole {
                Some(entities) => entities.clone(),
                None => part(policy, slice)?,
            };
            plans.push(plan(policy, &question, &entities, &context)?);
        }
        let plan = self.combine(plans).map_err(DecideError::other)?;
        // Behind a closed gate a fault in these facts would tell that the résumé exists.
        let is_open = plan.gate() == GateAnswer::Open;
        let (mut issued, known) = match is_open {
            true => (
                slice.about.issued(slice.between.as_deref())?,
                slice.about.known()?,
            ),
            false => (Issued::default(), Arc::default()),
        };
        issued.now = Some(question.now);
        let way = is_open.then(|| self.rule_sets().of(&plan, &issued));
        Ok(Decision {
            id: MarkId::random().map_err(DecideError::other)?.to_string(),
            plan,
            way: way.map(|way| way.map_err(|error| error.to_string())),
            packs: Arc::clone(self.names()),
            company: company(slice, &question.principal),
            known,
            question,
            issued,
            vouched: Vec::new(),
        })
    }
}

/// Milliseconds of the years 0 to 9999, which a datetime of Cedar's can write.
const TIMES: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// The entities of a slice, which were read before.
fn part(policy: &Policy, slice: &Slice) -> Result<Entities, FactsError> {
    let read: Vec<_> = slice.entities.iter().map(|e| e.read(policy)).collect();
    let mut entities = Vec::with_capacity(read.len());
    for entity in &read {
        entities.push(entity.as_ref().as_ref().map_err(FactsError::clone)?);
    }
    Entities::of(policy, entities)
}

/// One policy's plan.
fn plan(
    policy: &Policy,
    question: &Question,
    entities: &Entities,
    context: &Map<String, Value>,
) -> Result<Plan, DecideError> {
    let request = Request::of_view(
        entities,
        question.principal.parts(),
        question.resource.parts(),
        context,
        &question.view,
        question.now,
    )?;
    // Nothing of one question is read by the next: each brings its own request, and a store that is
    // another is written anew.
    let plan = policy.ask(|instance| instance.plan(entities, &request, &question.view));
    plan.map_err(|e| DecideError {
        kind: Kind::Call(e),
    })
}

impl From<FactsError> for DecideError {
    fn from(error: FactsError) -> Self {
        Self {
            kind: Kind::Facts(error),
        }
    }
}

/// The company of a principal, as the entities tell.
fn company(slice: &Slice, principal: &Uid) -> Option<String> {
    let mut entities = slice.entities.iter().map(|e| e.value());
    let is_principal =
        |e: &&Value| e.get("uid").and_then(Uid::from_json).as_ref() == Some(principal);
    let company = entities.find(is_principal)?.pointer("/attrs/company")?;
    Some(Uid::from_json(company)?.id)
}

impl Decision {
    /// Why nothing may be shown, if the gate is closed.
    pub fn refusal(&self) -> Option<Failure> {
        match self.plan.gate() {
            GateAnswer::Open => None,
            GateAnswer::NotFound => Some(Failure::NotFound),
            GateAnswer::Forbidden => Some(Failure::Forbidden),
        }
    }

    /// Notes whom of the question the facts of an envelope know: the service told of them, where
    /// else only the client did.
    pub fn vouch(&mut self, envelope: &FactStore) {
        let question = &self.question;
        let job = question.context.get("job").and_then(Uid::from_json);
        let named = [&question.principal, &question.resource];
        let named = named.into_iter().cloned().chain(job);
        self.vouched = named.filter(|uid| envelope.contains(uid)).collect();
    }

    /// Whether an envelope knows an entity of the question.
    pub fn is_vouched(&self, uid: &Uid) -> bool {
        self.vouched.contains(uid)
    }

    /// Whether the plan obliges something of that name.
    pub fn obliges(&self, obligation: &str) -> bool {
        self.plan.obligations().contains(&obligation)
    }

    /// The packs that decided, with their revisions.
    pub fn packs(&self) -> &str {
        &self.packs
    }

    /// A number that decisions share whose classes are shown alike, and no others in this process;
    /// none where the gate is closed.
    pub fn way(&self) -> Option<u64> {
        let way = self.way.as_ref()?.as_ref().ok()?;
        Some(way.id)
    }

    /// Each class with how it is shown; `remove` where nothing is.
    pub fn classes(&self) -> impl Iterator<Item = (&str, &str)> {
        let rungs = self.plan.rungs();
        rungs.map(|(class, rung)| {
            let shown = rung.map_or("remove", |r| r.rendering.as_str());
            (class.id.as_str(), shown)
        })
    }

    /// The body that the viewer may see, marked where the plan obliges it. One of more than `most`
    /// bytes is refused.
    ///
    /// # Errors
    ///
    /// As [`watermark::body`]. In every case no byte may leave.
    pub fn body(
        &self,
        body: &[u8],
        most: usize,
        marking: Option<Marking<'_>>,
    ) -> Result<Vec<u8>, EnforceError> {
        let rules = self.rules()?;
        let is_obliged = watermark::is_obliged(&self.plan);
        let disclosure = is_obliged.then(|| self.disclosure());
        let download = match (marking, &disclosure) {
            (Some(marking), Some(disclosure)) => Some(Download {
                marker: marking.marker,
                ledger: marking.ledger,
                disclosure,
            }),
            _ => None,
        };
        let limits = enforce::limits(most);
        watermark::by_rules(is_obliged, rules, limits, body, download.as_ref())
    }

    /// What the body shows, before its obligations are met: to tell its size, never to send.
    ///
    /// # Errors
    ///
    /// As [`enforce::redacted`].
    pub fn preview(&self, body: &[u8], most: usize) -> Result<Vec<u8>, EnforceError> {
        enforce::by_rules(self.rules()?, enforce::limits(most), body)
    }

    fn rules(&self) -> Result<Rules, EnforceError> {
        enforce::open(&self.plan)?;
        match &self.way {
            Some(Ok(way)) => enforce::rules_over(Arc::clone(&way.rules), &self.issued, &self.known),
            Some(Err(why)) => Err(EnforceError::rules(why)),
            None => Err(EnforceError::rules("the gate is closed")),
        }
    }

    /// Whom a mark names. Who is of no company, as an investigator is, stands for themselves: with the
    /// type, so that it is no company's id.
    fn disclosure(&self) -> Disclosure {
        let named = |id: String| Named::new(id, "");
        let principal = &self.question.principal;
        let job = self.question.context.get("job").and_then(Uid::from_json);
        let company = self.company.clone();
        Disclosure {
            company: named(company.unwrap_or_else(|| principal.to_string())),
            viewer: named(principal.id.clone()),
            job: job.map(|uid| named(uid.id)),
            time: self.question.now.div_euclid(1000),
            decision: self.id.clone(),
            pack: self.packs.to_string(),
            resume: self.question.resource.id.clone(),
        }
    }
}

impl EnforceError {
    /// What the failure looks like to a client.
    pub fn failure(&self) -> Failure {
        match self.closed() {
            Some(GateAnswer::Forbidden) => Failure::Forbidden,
            Some(_) => Failure::NotFound,
            None if self.is_unmarked() || self.is_disclosure() || self.is_ledger() => {
                Failure::Obligation
            }
            None => Failure::Upstream,
        }
    }
}
