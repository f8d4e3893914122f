//! Traces: whose children the spans are, what they say and do not say, and that no collector, however
//! it behaves, costs a request.

mod collectors;
mod gateways;
mod sampling;

use crate::collector::{Collector, Manner, Span};
use crate::http::exchange;
use crate::scene::{SECRETS, Scene, eventually, token, viewer_headers};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;

/// The span that a client asks in.
const CALLER: &str = "00f067aa0ba902b7";

/// A `traceparent` of a trace of its own.
fn parent(trace: &str, flags: &str) -> String {
    format!("00-{trace}-{CALLER}-{flags}")
}

fn trace(number: u8) -> String {
    format!("4bf92f3577b34da6a3ce929d0e0e47{number:02x}")
}

fn scene(collector: &Collector, more: &str) -> Scene {
    Scene::start(&[("#limits", &format!("{}{more}", collector.table()))])
}

fn asked(port: u16, viewer: &str, path: &str, more: &[(&str, &str)]) -> u16 {
    let mut headers = viewer_headers(viewer).to_vec();
    headers.extend(more);
    exchange(port, "GET", path, &headers, b"").status
}

fn root(spans: &[Span]) -> &Span {
    let mut roots = spans.iter().filter(|s| s.kind == 2);
    let root = roots.next().expect("the request's span");
    assert!(roots.next().is_none(), "{spans:?}");
    root
}

fn child<'s>(spans: &'s [Span], name: &str) -> &'s Span {
    let found = spans.iter().find(|s| s.name == name);
    let found = found.unwrap_or_else(|| panic!("{name}: {spans:?}"));
    assert_eq!(found.parent, root(spans).id, "{found:?}");
    found
}

/// Nothing of a résumé, of who asks, or of what the client wrote is in what was exported.
fn tells_nothing(collector: &Collector, more: &[&str]) {
    let bytes = collector.bytes();
    let text = String::from_utf8_lossy(&bytes);
    let credentials = ["candidate", "applied-recruiter", "other-job-recruiter"].map(token);
    let credentials = credentials.map(|t| t.trim_start_matches("Bearer "));
    let ids = ["resume-1", "resume-2", "recruiter-1", "job-1", "view="];
    let all = SECRETS.iter().chain(&credentials).chain(&ids).chain(more);
    for secret in all {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("privet.door"));
}

#[test]
fn a_request_through_the_proxy() {
    let collector = Collector::start(Manner::Takes);
    let scene = scene(&collector, "service_name = \"resumes\"\n");
    let caller = parent(&trace(1), "01");
    let more = [
        ("traceparent", caller.as_str()),
        ("tracestate", "vendor=told-by-13800138000"),
    ];
    let path = "/resumes/resume-1?view=download";
    let port = scene.port("proxy");
    assert_eq!(asked(port, "applied-recruiter", path, &more), 200);
    let spans = collector.trace(&trace(1));
    let request = root(&spans);
    assert_eq!(request.name, "GET /resumes/{resume}");
    assert_eq!((&*request.parent, &*request.service), (CALLER, "resumes"));
    let revision = scene.revision();
    for (key, value) in [
        ("privet.door", "proxy"),
        ("http.request.method", "GET"),
        ("http.route", "/resumes/{resume}"),
        ("http.response.status_code", "200"),
        ("privet.outcome", "open"),
        ("privet.revision", &revision),
    ] {
        assert_eq!(request.has(key), value);
    }
    let record = scene.lines("log/decisions.jsonl");
    let record = record.last().expect("a record");
    let decide = child(&spans, "decide");
    assert_eq!(decide.has("privet.view"), "download");
    assert_eq!(record["packs"], decide.has("privet.packs"));
    assert_eq!(record["decision"], decide.has("privet.decision"));
    assert_eq!(decide.has("privet.outcome"), "open");
    let classes = record["classes"].as_object().expect("classes");
    let shown = classes.values().filter(|v| *v != "remove").count();
    assert_eq!(decide.has("privet.classes_shown"), shown.to_string());
    let obligations = record["obligations"].as_array().expect("obligations").len();
    assert_eq!(decide.has("privet.obligations"), obligations.to_string());
    let redact = child(&spans, "redact");
    assert_eq!(record["decision"], redact.has("privet.decision"));
    assert!(redact.attributes.contains_key("privet.shown_bytes"));
    assert_eq!(child(&spans, "settle").has("privet.outcome"), "open");
    let upstream = child(&spans, "upstream");
    assert_eq!((upstream.kind, decide.kind), (3, 1));
    assert_eq!(upstream.has("http.response.status_code"), "200");
    // The service is told of the span that asks it, and gets what others keep about the trace.
    let head = scene.upstream.heads().to_lowercase();
    let told = format!("traceparent: 00-{}-{}-01\r\n", trace(1), upstream.id);
    assert!(head.contains(&told) && !head.contains(CALLER), "{head}");
    assert!(head.contains("tracestate: vendor=told-by-13800138000\r\n"));
    assert!(spans.iter().all(|s| !s.is_fault));
    tells_nothing(&collector, &["told-by"]);
}

#[test]
fn what_is_refused_and_what_fails() {
    let collector = Collector::start(Manner::Takes);
    let scene = scene(&collector, "[[route]]\npath = \"/plain\"\npass = true\n");
    let port = scene.port("proxy");
    for (number, path, outcome, status) in [
        (1, "/resumes/resume-2", "not-found", "404"),
        (2, "/resumes/r_failure", "upstream", "502"),
        (3, "/nowhere/13800138000", "not-found", "404"),
        (4, "/resumes/resume-1?view=zhangsanfeng", "request", "400"),
        (5, "/search", "open", "200"),
        (6, "/plain", "open", "200"),
    ] {
        let caller = parent(&trace(number), "01");
        let more = [("traceparent", caller.as_str())];
        let given = asked(port, "other-job-recruiter", path, &more);
        assert_eq!(given.to_string(), status, "{path}");
        let spans = collector.trace(&trace(number));
        let request = root(&spans);
        assert_eq!(request.has("privet.outcome"), outcome, "{path}");
        assert_eq!(request.has("http.response.status_code"), status);
        assert_eq!(request.is_fault, given >= 500, "{path}");
        let count = |name: &str| spans.iter().filter(|s| s.name == name).count();
        match path {
            // The gate is closed before the service is asked.
            "/resumes/resume-2" => {
                assert_eq!(child(&spans, "decide").has("privet.outcome"), outcome);
                assert_eq!(count("upstream"), 0);
            }
            "/resumes/r_failure" => {
                assert_eq!(child(&spans, "upstream").has("privet.outcome"), outcome);
                assert_eq!(count("redact"), 0);
            }
            // One decision for each item, and a body for each that is shown.
            "/search" => assert_eq!((count("decide"), count("redact")), (3, 2)),
            "/plain" => {
                let told = format!("{}-01", child(&spans, "upstream").id);
                assert!(scene.upstream.heads().contains(&told));
            }
            _ => assert_eq!(spans.len(), 1, "{spans:?}"),
        }
    }
    // Whatever word a client has for a method.
    let caller = parent(&trace(7), "01");
    let headers = [("traceparent", caller.as_str())];
    exchange(port, "ZHANGSANFENG", "/resumes/resume-1", &headers, b"");
    let spans = collector.trace(&trace(7));
    assert_eq!(root(&spans).name, "_OTHER /resumes/{resume}");
    tells_nothing(&collector, &["ZHANGSANFENG", "nowhere"]);
}

/// A client that goes away leaves a span that says so, and no request in flight.
#[test]
fn a_client_that_goes_away() {
    let collector = Collector::start(Manner::Takes);
    let scene = scene(&collector, "");
    let port = scene.port("proxy");
    let mut client = TcpStream::connect(("127.0.0.1", port)).expect("connects");
    let caller = parent(&trace(1), "01");
    let bearer = token("other-job-recruiter");
    let head = format!(
        "GET /resumes/r_silent HTTP/1.1\r\nHost: a\r\nAuthorization: {bearer}\r\n\
         X-Purpose: recruitment\r\ntraceparent: {caller}\r\n\r\n"
    );
    client.write_all(head.as_bytes()).expect("sent");
    let metrics = || scene.admin("GET", "/metrics", &Value::Null).text();
    let asked = || scene.upstream.heads().contains("r_silent");
    eventually("a request in flight", || {
        asked() && metrics().contains("privet_in_flight 1\n")
    });
    drop(client);
    let spans = collector.trace(&trace(1));
    assert_eq!(root(&spans).has("privet.outcome"), "gone");
    assert_eq!(child(&spans, "upstream").has("privet.outcome"), "gone");
    assert!(metrics().contains("privet_in_flight 0\n"));
}

#[test]
fn decisions_over_http() {
    let collector = Collector::start(Manner::Takes);
    let scene = scene(&collector, "");
    let question = json!({
        "subject": {"type": "Recruiter", "id": "recruiter-1"}, "action": {"name": "detail"},
        "resource": {"type": "Resume", "id": "resume-1"},
        "context": {"job": "job-1", "purpose": "recruitment"},
    });
    let caller = parent(&trace(1), "01");
    let headers = [
        ("Content-Type", "application/json"),
        ("traceparent", &caller),
    ];
    let body = question.to_string();
    let path = "/access/v1/evaluation";
    let reply = scene.send("decisions", "POST", path, &headers, body.as_bytes());
    let answer: Value = serde_json::from_slice(&reply.body).expect("JSON");
    let spans = collector.trace(&trace(1));
    let request = root(&spans);
    assert_eq!(request.name, "POST /access/v1/evaluation");
    assert_eq!(request.has("privet.door"), "authzen");
    assert_eq!(request.parent, CALLER);
    let decide = child(&spans, "decide");
    assert_eq!(answer["context"]["id"], decide.has("privet.decision"));
    let wanted = "/resumes/resume-1";
    for (number, path, more) in [
        (2, format!("/ext_authz{wanted}"), vec![]),
        (
            3,
            "/forward_auth".to_owned(),
            vec![("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", wanted)],
        ),
        (
            4,
            "/auth_request".to_owned(),
            vec![("X-Original-Method", "GET"), ("X-Original-URI", wanted)],
        ),
    ] {
        let caller = parent(&trace(number), "01");
        let mut headers = viewer_headers("other-job-recruiter").to_vec();
        headers.extend(more);
        headers.push(("traceparent", &caller));
        let reply = scene.send("decisions", "GET", &path, &headers, b"");
        assert_eq!(reply.status, 200, "{path}");
        let spans = collector.trace(&trace(number));
        decided(&spans, "check");
        let id = reply.header("privet-decision");
        assert_eq!(id, Some(child(&spans, "decide").has("privet.decision")));
    }
    tells_nothing(&collector, &[]);
}

/// One decision of a door about a résumé, for a caller of ours.
fn decided(spans: &[Span], door: &str) {
    let request = root(spans);
    assert_eq!(request.name, "GET /resumes/{resume}");
    assert_eq!(request.has("privet.door"), door);
    assert_eq!(request.parent, CALLER, "{request:?}");
    assert_eq!(request.has("privet.outcome"), "open");
    assert_eq!(child(spans, "decide").has("privet.view"), "detail");
}
