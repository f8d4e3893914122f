//! What is counted. Labels are bounded: doors, outcomes, classes, renderings, causes. Never a value, an id
//! or a path.

use privet_gateway::decide::Decision;
use privet_gateway::failure::Failure;
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// The ways in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The reverse proxy.
    Proxy,
    /// AuthZEN.
    Authzen,
    /// `forward_auth`, `auth_request`, `ext_authz` over HTTP.
    Check,
    /// Envoy's `ext_authz` over gRPC.
    ExtAuthz,
    /// Envoy's `ext_proc`.
    ExtProc,
    /// HAProxy's agent protocol.
    Spoe,
    /// A gateway that enforces in its own process.
    Inside,
}

impl Door {
    /// In logs and labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            Self::Authzen => "authzen",
            Self::Check => "check",
            Self::ExtAuthz => "ext_authz",
            Self::ExtProc => "ext_proc",
            Self::Spoe => "spoe",
            Self::Inside => "inside",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    door: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Rung {
    class: String,
    rendering: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Cause {
    cause: &'static str,
}

/// All that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    decisions: Family<Outcome, Counter>,
    rungs: Family<Rung, Counter>,
    errors: Family<Cause, Counter>,
    decide_seconds: Histogram,
    redact_seconds: Histogram,
    request_seconds: Histogram,
    in_flight: Gauge,
    /// Records and notices that could not be written.
    pub dropped: Counter,
    /// Spans that were not exported.
    pub dropped_spans: Counter,
    reloads: Family<Cause, Counter>,
    /// The counters of the classes of each way in which a résumé is shown.
    ways: RwLock<HashMap<u64, Vec<Counter>>>,
}

/// Ways whose counters are kept.
const MOST_WAYS: usize = 4096;

fn count(counter: &Counter) {
    counter.inc();
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("privet");
        // 1 µs to about 4 s.
        let histogram = || Histogram::new(exponential_buckets(1e-6, 4.0, 12));
        let metrics = Self {
            decisions: Family::default(),
            rungs: Family::default(),
            errors: Family::default(),
            decide_seconds: histogram(),
            redact_seconds: histogram(),
            request_seconds: histogram(),
            in_flight: Gauge::default(),
            dropped: Counter::default(),
            dropped_spans: Counter::default(),
            reloads: Family::default(),
            ways: RwLock::default(),
            registry: Registry::default(),
        };
        registry.register(
            "answers",
            "Answers by door and outcome",
            metrics.decisions.clone(),
        );
        registry.register("rungs", "Renderings taken, by class", metrics.rungs.clone());
        registry.register("errors", "Faults by cause", metrics.errors.clone());
        registry.register(
            "decide_seconds",
            "Facts and plan",
            metrics.decide_seconds.clone(),
        );
        registry.register(
            "redact_seconds",
            "Enforcement of a body",
            metrics.redact_seconds.clone(),
        );
        registry.register(
            "request_seconds",
            "A request, with its upstream",
            metrics.request_seconds.clone(),
        );
        registry.register(
            "in_flight",
            "Requests being answered",
            metrics.in_flight.clone(),
        );
        registry.register(
            "dropped_records",
            "Records not written",
            metrics.dropped.clone(),
        );
        registry.register(
            "dropped_spans",
            "Spans not exported",
            metrics.dropped_spans.clone(),
        );
        registry.register("reloads", "Reloads by result", metrics.reloads.clone());
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "This program", version);
        Self {
            registry,
            ..metrics
        }
    }
}

/// A request that is being answered, until this is dropped.
#[derive(Debug)]
#[must_use = "a request is counted while this is there"]
pub struct InFlight<'m>(&'m Gauge);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Counts a request that is being answered; its client may go away at any time.
    pub fn in_flight(&self) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight(&self.in_flight)
    }

    /// Counts an answer; `None` is what was shown or allowed.
    pub fn answer(&self, door: Door, failure: Option<Failure>) {
        let outcome = failure.map_or("open", |f| f.row().name);
        let labels = Outcome {
            door: door.name(),
            outcome,
        };
        self.decisions.get_or_create(&labels).inc();
    }

    /// Counts the renderings of a plan that is open.
    pub fn plan(&self, decision: &Decision) {
        let Some(way) = decision.way() else {
            return self.counters(decision).iter().for_each(count);
        };
        let ways = self.ways.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counters) = ways.get(&way) {
            return counters.iter().for_each(count);
        }
        drop(ways);
        let counters = self.counters(decision);
        counters.iter().for_each(count);
        let mut ways = self.ways.write().unwrap_or_else(PoisonError::into_inner);
        if ways.len() >= MOST_WAYS {
            ways.clear();
        }
        ways.insert(way, counters);
    }

    fn counters(&self, decision: &Decision) -> Vec<Counter> {
        let classes = decision.classes().map(|(class, rendering)| {
            let (class, rendering) = (class.to_owned(), rendering.to_owned());
            self.rungs.get_or_create_owned(&Rung { class, rendering })
        });
        classes.collect()
    }

    /// Counts a fault.
    pub fn error(&self, cause: &'static str) {
        self.errors.get_or_create(&Cause { cause }).inc();
    }

    /// Counts a reload.
    pub fn reload(&self, succeeded: bool) {
        let cause = if succeeded { "taken" } else { "refused" };
        self.reloads.get_or_create(&Cause { cause }).inc();
    }

    /// Notes how long a decision took.
    pub fn decided(&self, time: Duration) {
        self.decide_seconds.observe(time.as_secs_f64());
    }

    /// Notes how long enforcement took.
    pub fn redacted(&self, time: Duration) {
        self.redact_seconds.observe(time.as_secs_f64());
    }

    /// Notes how long a whole request took.
    pub fn served(&self, time: Duration) {
        self.request_seconds.observe(time.as_secs_f64());
    }

    /// The text that Prometheus reads (OpenMetrics 1.0).
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
