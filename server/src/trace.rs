//! Traces: the spans of a request, and whose children they are.
//!
//! Off costs a branch. A request that is not sampled allocates nothing and reads no clock. A span
//! that ended is put into a bounded queue or dropped: nothing here ever waits. It is told only what
//! the configuration, the packs and the table of failures name, counts, and the id of the decision,
//! under which the record has the rest. What must never be here: a value, an id or a name that a
//! client wrote, a path, a query, a header.

mod export;
mod parent;
mod span;

pub use parent::{Parent, TRACEPARENT, TRACESTATE};
pub use span::Span;

use crate::config::TracingConfig;
use crate::metrics::{Door, Metrics};
use anyhow::Result;
use export::Exporter;
use hyper::header::HeaderMap;
use opentelemetry::trace::SpanKind;
use opentelemetry::{InstrumentationScope, SpanId, TraceId};
use opentelemetry_sdk::trace::SamplingDecision::RecordAndSample;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, Sampler, ShouldSample, SpanData};
use prometheus_client::metrics::counter::Counter;
use span::Opened;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use tokio::sync::mpsc;

/// What makes spans and hands them to their export.
pub struct Tracer {
    ids: RandomIdGenerator,
    sampler: Sampler,
    parent_decides: bool,
    scope: InstrumentationScope,
    queue: mpsc::Sender<SpanData>,
    dropped: Counter,
    exporter: Exporter,
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tracer")
    }
}

impl Tracer {
    /// A tracer whose export runs on the runtime of whoever calls.
    ///
    /// # Errors
    ///
    /// As [`TracingConfig::uri`], and when this machine's certificates cannot be read.
    pub fn start(config: &TracingConfig, metrics: &Metrics) -> Result<Self> {
        let (queue, waiting) = mpsc::channel(config.queue_spans);
        Ok(Self {
            ids: RandomIdGenerator::default(),
            sampler: Sampler::TraceIdRatioBased(config.sampling_ratio),
            parent_decides: config.parent_decides,
            scope: InstrumentationScope::builder("privet")
                .with_version(env!("CARGO_PKG_VERSION"))
                .build(),
            queue,
            dropped: metrics.dropped_spans.clone(),
            exporter: Exporter::start(config, waiting, metrics.dropped_spans.clone())?,
        })
    }

    /// Exports what waits, within the time that one export may take.
    pub async fn drain(&self) {
        self.exporter.drain().await;
    }

    /// The span of a request.
    fn root(self: &Arc<Self>, door: Door, headers: &HeaderMap) -> Span {
        let parent = Parent::of(headers);
        let trace = parent.map_or_else(|| self.ids.new_trace_id(), |p| p.trace);
        let is_sampled = match parent {
            Some(parent) if self.parent_decides => parent.flags.is_sampled(),
            _ => self.samples(trace),
        };
        if !is_sampled {
            return Span::unsampled();
        }
        let span = Span::open(
            self,
            Opened {
                trace,
                parent: parent.map_or(SpanId::INVALID, |p| p.span),
                is_remote: parent.is_some(),
                kind: SpanKind::Server,
                name: door.name(),
                count: Arc::new(AtomicU32::new(1)),
            },
        );
        span.text("privet.door", door.name());
        span
    }

    fn samples(&self, trace: TraceId) -> bool {
        let kind = SpanKind::Server;
        let sampled = self.sampler.should_sample(None, trace, "", &kind, &[], &[]);
        sampled.decision == RecordAndSample
    }

    fn end(&self, span: SpanData) {
        if self.queue.try_send(span).is_err() {
            self.dropped.inc();
        }
    }
}

#[cfg(test)]
mod tests;
