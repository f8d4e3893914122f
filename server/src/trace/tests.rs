//! What spans cost where they are not sampled, and what is dropped where nobody takes them.

use super::*;
use hyper::Method;
use hyper::header::HeaderValue;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0";

/// A tracer that samples nothing by itself, and its counts. Nobody listens at its endpoint.
fn tracer(metrics: &Metrics) -> Arc<Tracer> {
    let config = r#"{"endpoint": "http://127.0.0.1:9", "sampling_ratio": 0.0, "queue_spans": 1}"#;
    let config: TracingConfig = serde_json::from_str(config).unwrap();
    Arc::new(Tracer::start(&config, metrics).unwrap())
}

fn parent(flag: char) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(&format!("{PARENT}{flag}")).unwrap();
    headers.insert(TRACEPARENT, value);
    headers
}

/// What a request tells.
fn request(tracer: Option<&Arc<Tracer>>, headers: &HeaderMap, up: &mut HeaderMap) {
    let span = Span::of(tracer, Door::Proxy, headers);
    span.route(&Method::GET, "/resumes/{resume}");
    let decide = span.child("decide");
    decide.text("privet.view", "detail");
    decide.outcome(None);
    let upstream = span.client("upstream");
    upstream.hand_on(headers, up);
    upstream.status(200);
    span.answered("0123456789ab", None);
}

#[tokio::test]
async fn what_is_not_sampled_allocates_nothing() {
    let tracer = tracer(&Metrics::default());
    let (none, no, yes) = (HeaderMap::new(), parent('0'), parent('1'));
    let allocations = |tracer: Option<&Arc<Tracer>>, headers: &HeaderMap| {
        let mut up = HeaderMap::with_capacity(8);
        // The thread's random numbers begin once.
        request(tracer, headers, &mut up);
        let counted = allocation_counter::measure(|| request(tracer, headers, &mut up));
        counted.count_total
    };
    assert_eq!(allocations(None, &yes), 0);
    assert_eq!(allocations(Some(&tracer), &none), 0);
    assert_eq!(allocations(Some(&tracer), &no), 0);
    assert!(allocations(Some(&tracer), &yes) > 0);
}

#[tokio::test]
async fn a_gateways_own_span_is_nearer_than_its_clients() {
    let tracer = tracer(&Metrics::default());
    let theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-01";
    let mut metadata = HeaderMap::new();
    let mut headers = parent('1');
    // Without a parent there, or without traces, the client's stays.
    Span::adopt(Some(&tracer), &metadata, &mut headers);
    metadata.insert(TRACEPARENT, HeaderValue::from_static(theirs));
    Span::adopt(None, &metadata, &mut headers);
    assert_eq!(headers, parent('1'));
    Span::adopt(Some(&tracer), &metadata, &mut headers);
    assert_eq!(headers.get(TRACEPARENT).unwrap(), theirs);
}

#[tokio::test]
async fn a_full_queue_drops_and_counts() {
    let metrics = Metrics::default();
    let tracer = tracer(&metrics);
    // Its task has had no turn, so one span waits and two are dropped.
    request(Some(&tracer), &parent('1'), &mut HeaderMap::new());
    assert_eq!(metrics.dropped_spans.get(), 2);
}
