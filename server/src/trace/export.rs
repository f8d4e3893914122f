//! Spans to a collector: OTLP by http/protobuf, many in one request, in a task of its own.
//!
//! A collector that is slow or gone costs spans, never a request: what waits is bounded, what is not
//! taken in time is dropped and counted, and only a change of that is told.

use crate::answer::{Body, whole};
use crate::config::{TracingConfig, ms};
use crate::log;
use crate::upstream::{causes, connector};
use anyhow::Result;
use http_body_util::{BodyExt, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{StatusCode, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prometheus_client::metrics::counter::Counter;
use prost::Message;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// The most spans of one export.
const MOST_SPANS: usize = 512;

/// The most bytes of a collector's answer, which says no more than what it did not take.
const MOST_BYTES: usize = 64 << 10;

/// How long after a failure the same spans are sent again; then twice as long, while there is time.
const PAUSE: Duration = Duration::from_millis(200);

/// The task that exports.
pub struct Exporter {
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
    patience: Duration,
}

impl Exporter {
    /// Starts it on the runtime of whoever calls.
    pub fn start(
        config: &TracingConfig,
        waiting: mpsc::Receiver<SpanData>,
        dropped: Counter,
    ) -> Result<Self> {
        let patience = ms(config.timeout_ms);
        let mut client = Client::builder(TokioExecutor::new());
        client
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30));
        let attributes = [
            KeyValue::new("service.name", config.service_name.clone()),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        ];
        // Nothing from the environment: the file says all.
        let resource = Resource::builder_empty().with_attributes(attributes);
        let mut headers = config.header_map()?;
        let protobuf = HeaderValue::from_static("application/x-protobuf");
        headers.insert(header::CONTENT_TYPE, protobuf);
        let collector = Collector {
            client: client.build(connector(patience)?),
            uri: config.uri()?,
            headers,
            resource: (&resource.build()).into(),
            patience,
            dropped,
            is_failing: false,
        };
        let (stop, stopped) = watch::channel(false);
        let interval = ms(config.interval_ms);
        Ok(Self {
            stop,
            task: Mutex::new(Some(tokio::spawn(run(
                collector, waiting, stopped, interval,
            )))),
            patience,
        })
    }

    /// Exports what waits, within the time of one export; what comes later is dropped.
    pub async fn drain(&self) {
        self.stop.send_replace(true);
        let task = self.task.lock().map(|mut task| task.take());
        let Ok(Some(mut task)) = task else {
            return;
        };
        if timeout(self.patience, &mut task).await.is_err() {
            task.abort();
            log::tell("tracing: the time was over before all spans were exported");
        }
    }
}

async fn run(
    mut collector: Collector,
    mut waiting: mpsc::Receiver<SpanData>,
    mut stopped: watch::Receiver<bool>,
    interval: Duration,
) {
    loop {
        let batch = next(&mut waiting, &mut stopped, interval).await;
        if batch.is_empty() {
            return;
        }
        collector.export(batch).await;
    }
}

/// The next spans: as many as go together, or those that came within an interval. None at the end.
async fn next(
    waiting: &mut mpsc::Receiver<SpanData>,
    stopped: &mut watch::Receiver<bool>,
    interval: Duration,
) -> Vec<SpanData> {
    let mut batch = Vec::new();
    let filled = async {
        let mut more = waiting.recv_many(&mut batch, MOST_SPANS).await;
        let fill = async {
            while more > 0 && batch.len() < MOST_SPANS {
                let room = MOST_SPANS - batch.len();
                more = waiting.recv_many(&mut batch, room).await;
            }
        };
        let _ = timeout(interval, fill).await;
    };
    let is_stopped = tokio::select! {
        () = filled => false,
        // By a word, or because nobody is there any more.
        _ = stopped.wait_for(|is_stopped| *is_stopped) => true,
    };
    if is_stopped {
        waiting.close();
        let room = MOST_SPANS - batch.len();
        if room > 0 {
            waiting.recv_many(&mut batch, room).await;
        }
    }
    batch
}

struct Collector {
    client: Client<HttpsConnector<HttpConnector>, Body>,
    uri: Uri,
    headers: HeaderMap,
    resource: ResourceAttributesWithSchema,
    patience: Duration,
    dropped: Counter,
    is_failing: bool,
}

/// Why spans were not taken, and whether the same might be taken later.
struct Refused {
    why: String,
    may_change: bool,
}

impl Collector {
    async fn export(&mut self, batch: Vec<SpanData>) {
        let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let request = ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(batch, &self.resource),
        };
        let body = Bytes::from(request.encode_to_vec());
        let mut last = "no answer in time".to_owned();
        let rejected = match timeout(self.patience, self.send(&body, &mut last)).await {
            Ok(Some(rejected)) => Ok(rejected),
            Ok(None) | Err(_) => Err(last),
        };
        let is_failing = rejected.is_err();
        match rejected {
            Ok(rejected) => drop(self.dropped.inc_by(rejected)),
            Err(why) => {
                self.dropped.inc_by(count);
                if !self.is_failing {
                    log::tell(format_args!("tracing: spans are dropped: {why}"));
                }
            }
        }
        if self.is_failing && !is_failing {
            log::tell("tracing: spans are exported again");
        }
        self.is_failing = is_failing;
    }

    /// Sends spans until they are taken; gives how many of them the collector rejected, or nothing
    /// where it will not take them.
    async fn send(&self, body: &Bytes, last: &mut String) -> Option<u64> {
        let mut pause = PAUSE;
        loop {
            match self.post(body.clone()).await {
                Ok(rejected) => return Some(rejected),
                Err(refused) => {
                    *last = refused.why;
                    if !refused.may_change {
                        return None;
                    }
                }
            }
            sleep(pause).await;
            pause = pause.saturating_mul(2);
        }
    }

    async fn post(&self, body: Bytes) -> Result<u64, Refused> {
        let broken = |why: String| Refused {
            why,
            may_change: true,
        };
        let mut request = Request::post(self.uri.clone())
            .body(whole(body))
            .map_err(|e| broken(e.to_string()))?;
        request.headers_mut().extend(self.headers.clone());
        let sent = self.client.request(request).await;
        let response = sent.map_err(|e| broken(causes(&e)))?;
        let status = response.status();
        if !status.is_success() {
            return Err(Refused {
                why: format!("the collector answers {status}"),
                // As OTLP has it.
                may_change: [
                    StatusCode::TOO_MANY_REQUESTS,
                    StatusCode::BAD_GATEWAY,
                    StatusCode::SERVICE_UNAVAILABLE,
                    StatusCode::GATEWAY_TIMEOUT,
                ]
                .contains(&status),
            });
        }
        let body = Limited::new(response.into_body(), MOST_BYTES).collect();
        let body = body.await.map_err(|e| broken(e.to_string()))?.to_bytes();
        Ok(rejected(&body))
    }
}

/// How many spans a collector says that it did not take. An answer that is none took them.
fn rejected(body: &[u8]) -> u64 {
    let answer = ExportTraceServiceResponse::decode(body).ok();
    let partial = answer.and_then(|a| a.partial_success);
    partial.map_or(0, |p| u64::try_from(p.rejected_spans).unwrap_or(0))
}
