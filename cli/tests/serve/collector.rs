//! A collector of spans: OTLP by http/protobuf, written by hand, and everything that was posted.

use crate::scene::eventually;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// All is taken.
    Takes,
    /// All but so many spans of each export.
    Rejects(i64),
    /// The first export has to come again.
    Busy,
    /// It never answers.
    Silent,
}

/// A running collector.
pub struct Collector {
    pub port: u16,
    posted: Arc<Mutex<Vec<Posted>>>,
}

/// One export.
struct Posted {
    head: String,
    body: Vec<u8>,
}

/// A span, as it was exported.
#[derive(Debug, Clone)]
pub struct Span {
    pub name: String,
    pub trace: String,
    pub id: String,
    pub parent: String,
    /// 1 internal, 2 server, 3 client.
    pub kind: i32,
    pub is_fault: bool,
    pub attributes: BTreeMap<String, String>,
    pub service: String,
}

impl Span {
    pub fn has(&self, key: &str) -> &str {
        let value = self.attributes.get(key);
        value.unwrap_or_else(|| panic!("{key}: {self:?}"))
    }
}

impl Collector {
    pub fn start(manner: Manner) -> Self {
        Self::listen(move |stream, posted| serve(stream, manner, posted))
    }

    /// One that speaks TLS and takes all.
    pub fn with_tls(config: Arc<ServerConfig>) -> Self {
        Self::listen(move |stream, posted| {
            let connection = ServerConnection::new(Arc::clone(&config)).ok()?;
            serve(StreamOwned::new(connection, stream), Manner::Takes, posted)
        })
    }

    fn listen(
        serve: impl Fn(TcpStream, &Mutex<Vec<Posted>>) -> Option<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let posted = Arc::default();
        let all = Arc::clone(&posted);
        let serve = Arc::new(serve);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (posted, serve) = (Arc::clone(&all), Arc::clone(&serve));
                std::thread::spawn(move || serve(stream, &posted));
            }
        });
        Self { port, posted }
    }

    /// The table of a configuration that exports here, soon.
    pub fn table(&self) -> String {
        let port = self.port;
        format!("#limits\n[tracing]\nendpoint = \"http://127.0.0.1:{port}\"\ninterval_ms = 50\n")
    }

    /// All that was posted, heads and bodies.
    pub fn bytes(&self) -> Vec<u8> {
        let posted = self.posted.lock().expect("exports");
        let posted = posted
            .iter()
            .flat_map(|p| [p.head.as_bytes(), &p.body].concat());
        posted.collect()
    }

    pub fn exports(&self) -> usize {
        self.posted.lock().expect("exports").len()
    }

    pub fn spans(&self) -> Vec<Span> {
        let posted = self.posted.lock().expect("exports");
        posted.iter().flat_map(|p| spans(&p.body)).collect()
    }

    /// The spans of a trace, when that of the request has come, which ends last.
    pub fn trace(&self, trace: &str) -> Vec<Span> {
        let mut found = Vec::new();
        eventually("a trace", || {
            let spans = self.spans().into_iter().filter(|s| s.trace == trace);
            found = spans.collect();
            found.iter().any(|s| s.kind == 2)
        });
        found
    }
}

fn spans(body: &[u8]) -> Vec<Span> {
    let text = |value: Option<Value>| match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{other:?}"),
    };
    let hex = |id: &[u8]| id.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let attributes = |all: Vec<opentelemetry_proto::tonic::common::v1::KeyValue>| {
        let all = all.into_iter();
        let all = all.map(|a| (a.key, text(a.value.and_then(|v| v.value))));
        all.collect::<BTreeMap<_, _>>()
    };
    let request = ExportTraceServiceRequest::decode(body).expect("an export");
    let mut found = Vec::new();
    for resource in request.resource_spans {
        let about = attributes(resource.resource.expect("a resource").attributes);
        // A gateway with a tracer of its own exports here too.
        let is_ours = about["service.name"] != "envoy";
        if is_ours {
            assert_eq!(about["service.version"], env!("CARGO_PKG_VERSION"));
        }
        for span in resource.scope_spans.into_iter().flat_map(|s| s.spans) {
            assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
            assert!(!is_ours || (span.trace_state.is_empty() && span.status.is_some()));
            found.push(Span {
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                name: span.name,
                kind: span.kind,
                is_fault: span.status.is_some_and(|s| s.code == 2),
                attributes: attributes(span.attributes),
                service: about["service.name"].clone(),
            });
        }
    }
    found
}

fn exact(reader: &mut impl Read, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn chunked(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let length = usize::from_str_radix(line.trim_end(), 16).ok()?;
        body.extend(exact(reader, length)?);
        exact(reader, 2)?;
        if length == 0 {
            return Some(body);
        }
    }
}

fn serve(stream: impl Read + Write, manner: Manner, posted: &Mutex<Vec<Posted>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let lower = head.to_lowercase();
        let length = lower
            .lines()
            .find_map(|l| l.strip_prefix("content-length: "));
        let body = match length {
            Some(length) => exact(&mut reader, length.parse().ok()?)?,
            // As Envoy sends it.
            None => chunked(&mut reader)?,
        };
        let mut all = posted.lock().ok()?;
        let is_first = all.is_empty();
        all.push(Posted { head, body });
        drop(all);
        let (status, rejected_spans) = match manner {
            Manner::Takes => ("200 OK", 0),
            Manner::Rejects(count) => ("200 OK", count),
            Manner::Busy if is_first => ("503 Service Unavailable", 0),
            Manner::Busy => ("200 OK", 0),
            Manner::Silent => continue,
        };
        let partial_success = (rejected_spans > 0).then_some(ExportTracePartialSuccess {
            rejected_spans,
            error_message: String::new(),
        });
        let answer = ExportTraceServiceResponse { partial_success }.encode_to_vec();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/x-protobuf\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        reader
            .get_mut()
            .write_all(&[head.as_bytes(), &answer].concat())
            .ok()?;
    }
}
