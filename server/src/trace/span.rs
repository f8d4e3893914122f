//! A span from its making until it is dropped, and what it may be told.

use super::Tracer;
use super::parent::{Parent, TRACEPARENT, TRACESTATE, copy};
use crate::metrics::Door;
use hyper::Method;
use hyper::header::{HeaderMap, HeaderValue};
use opentelemetry::trace::{SpanContext, SpanKind, Status, TraceState};
use opentelemetry::{KeyValue, SpanId, TraceFlags, TraceId, Value};
use opentelemetry_sdk::trace::{IdGenerator, SpanData, SpanEvents, SpanLinks};
use privet_gateway::combine::Answer as _;
use privet_gateway::decide::Decision;
use privet_gateway::failure::Failure;
use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Spans of one request; a page of a thousand résumés has no more.
const MOST_SPANS: u32 = 256;

/// What happens in a request, from its making until it is dropped; or nothing of that.
#[derive(Debug, Default)]
pub struct Span(State);

#[derive(Debug, Default)]
enum State {
    /// There are no traces.
    #[default]
    Off,
    /// This one is not sampled, by its parent's wish or by the ratio.
    Unsampled,
    Open(Box<Open>),
}

#[derive(Debug)]
struct Open {
    tracer: Arc<Tracer>,
    opened: Opened,
    id: SpanId,
    start: SystemTime,
    told: Mutex<Told>,
}

#[derive(Debug)]
pub(super) struct Opened {
    pub trace: TraceId,
    pub parent: SpanId,
    /// Whether the parent is another process's.
    pub is_remote: bool,
    pub kind: SpanKind,
    pub name: &'static str,
    /// Spans of the request so far.
    pub count: Arc<AtomicU32>,
}

#[derive(Debug)]
struct Told {
    name: Cow<'static, str>,
    attributes: Vec<KeyValue>,
    /// Whether its outcome is known.
    is_told: bool,
    is_fault: bool,
}

impl Span {
    /// One that says nothing.
    pub(super) fn unsampled() -> Self {
        Self(State::Unsampled)
    }

    pub(super) fn open(tracer: &Arc<Tracer>, opened: Opened) -> Self {
        Self(State::Open(Box::new(Open {
            tracer: Arc::clone(tracer),
            id: tracer.ids.new_span_id(),
            start: SystemTime::now(),
            told: Mutex::new(Told {
                name: Cow::Borrowed(opened.name),
                attributes: Vec::with_capacity(10),
                is_told: false,
                is_fault: false,
            }),
            opened,
        })))
    }

    /// The span of a request; nothing without a tracer.
    pub fn of(tracer: Option<&Arc<Tracer>>, door: Door, headers: &HeaderMap) -> Self {
        match tracer {
            None => Self::default(),
            Some(tracer) => tracer.root(door, headers),
        }
    }

    /// A span in this one.
    pub fn child(&self, name: &'static str) -> Self {
        self.inside(name, SpanKind::Internal)
    }

    /// A span in this one, of a request that goes to another process.
    pub fn client(&self, name: &'static str) -> Self {
        self.inside(name, SpanKind::Client)
    }

    fn inside(&self, name: &'static str, kind: SpanKind) -> Self {
        match &self.0 {
            State::Off => Self(State::Off),
            State::Unsampled => Self(State::Unsampled),
            State::Open(open) => {
                let Opened { trace, count, .. } = &open.opened;
                if count.fetch_add(1, Ordering::Relaxed) >= MOST_SPANS {
                    return Self(State::Unsampled);
                }
                Self::open(
                    &open.tracer,
                    Opened {
                        trace: *trace,
                        parent: open.id,
                        is_remote: false,
                        kind,
                        name,
                        count: Arc::clone(count),
                    },
                )
            }
        }
    }

    fn tell(&self, tell: impl FnOnce(&mut Told)) {
        if let State::Open(open) = &self.0 {
            tell(&mut open.told.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Tells a name of the configuration's or of a pack's.
    pub fn text(&self, key: &'static str, value: &str) {
        self.tell(|told| told.add(key, value.to_owned()));
    }

    /// Tells a number.
    pub fn number(&self, key: &'static str, value: usize) {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        self.tell(|told| told.add(key, value));
    }

    /// Tells the method and the route of the request: the route's pattern, not the path.
    pub fn route(&self, method: &Method, route: &str) {
        self.tell(|told| {
            let method = known(method);
            told.name = Cow::Owned(format!("{method} {route}"));
            told.add("http.request.method", method);
            told.add("http.route", route.to_owned());
        });
    }

    /// Tells how the request was answered, and by which revision.
    pub fn answered(&self, revision: &str, failure: Option<Failure>) {
        self.text("privet.revision", revision);
        self.outcome(failure);
    }

    /// Tells how it ended; `None` is what was shown or allowed.
    pub fn outcome(&self, failure: Option<Failure>) {
        self.tell(|told| {
            told.is_told = true;
            told.is_fault |= failure.is_some_and(|f| f.row().status >= 500);
            told.add("privet.outcome", failure.map_or("open", |f| f.row().name));
        });
    }

    /// Tells what was decided: numbers, and under which id the record has the rest.
    pub fn decision(&self, decision: &Decision) {
        self.text("privet.decision", &decision.id);
        self.text("privet.packs", decision.packs());
        self.tell(|told| {
            let count = |count| i64::try_from(count).unwrap_or(i64::MAX);
            let obligations = decision.plan.obligations().len();
            told.add("privet.obligations", count(obligations));
            let shown = decision.classes().filter(|(_, shown)| *shown != "remove");
            told.add("privet.classes_shown", count(shown.count()));
        });
        self.outcome(decision.refusal());
    }

    /// Tells the status of the answer, and so how it ended if nothing else says that.
    pub fn status(&self, status: u16) {
        self.number("http.response.status_code", usize::from(status));
        self.tell(|told| {
            told.is_told = true;
            told.is_fault |= status >= 500;
        });
    }

    /// What the next one is told of the trace; none where this is not sampled.
    pub fn traceparent(&self) -> Option<HeaderValue> {
        let State::Open(open) = &self.0 else {
            return None;
        };
        let next = Parent {
            trace: open.opened.trace,
            span: open.id,
            flags: TraceFlags::SAMPLED,
        };
        next.header()
    }

    /// Writes into the headers of a request that goes up what it is told of the trace, given those
    /// of the one that came.
    pub fn hand_on(&self, from: &HeaderMap, to: &mut HeaderMap) {
        if matches!(self.0, State::Off) {
            return;
        }
        copy(from, to);
        self.hand_on_own(to);
    }

    /// The same where the headers that came are those that go up. A trace that is not sampled goes
    /// on as it came, without a span in between; what is no parent goes no further.
    pub fn hand_on_own(&self, headers: &mut HeaderMap) {
        if matches!(self.0, State::Off) {
            return;
        }
        if Parent::of(headers).is_none() {
            headers.remove(TRACEPARENT);
            headers.remove(TRACESTATE);
        }
        if let Some(value) = self.traceparent() {
            headers.insert(TRACEPARENT, value);
        }
    }

    /// Puts the parent that a gateway names for its own question in the place of its client's.
    pub fn adopt(tracer: Option<&Arc<Tracer>>, from: &HeaderMap, to: &mut HeaderMap) {
        if tracer.is_some()
            && Parent::of(from).is_some()
            && let Some(value) = from.get(TRACEPARENT)
        {
            to.insert(TRACEPARENT, value.clone());
        }
    }
}

impl Told {
    fn add(&mut self, key: &'static str, value: impl Into<Value>) {
        self.attributes.push(KeyValue::new(key, value));
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let told = self.told.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !told.is_told {
            // Whoever asked went away, or it broke off.
            told.add("privet.outcome", "gone");
        }
        let opened = &self.opened;
        let count = opened.count.load(Ordering::Relaxed);
        if opened.kind == SpanKind::Server && count > MOST_SPANS {
            told.add("privet.spans_left_out", i64::from(count - MOST_SPANS));
        }
        let (trace, flags) = (opened.trace, TraceFlags::SAMPLED);
        self.tracer.end(SpanData {
            span_context: SpanContext::new(trace, self.id, flags, false, TraceState::NONE),
            parent_span_id: opened.parent,
            parent_span_is_remote: opened.is_remote,
            span_kind: opened.kind.clone(),
            name: std::mem::take(&mut told.name),
            start_time: self.start,
            // A clock that was set back would make a span without an end.
            end_time: SystemTime::now().max(self.start),
            attributes: std::mem::take(&mut told.attributes),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: match told.is_fault {
                true => Status::error(""),
                false => Status::Unset,
            },
            instrumentation_scope: self.tracer.scope.clone(),
        });
    }
}

/// The method, if it is one that everybody knows: a client may write any word there.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => "_OTHER",
    }
}
