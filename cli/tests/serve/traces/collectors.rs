//! Collectors that are gone, silent, busy or choosy: none costs a request, and what is lost is counted.

use super::{asked, parent, scene, trace};
use crate::collector::{Collector, Manner};
use crate::gateways::free_port;
use crate::scene::{Scene, eventually};
use crate::tls::Authority;
use serde_json::Value;
use std::time::{Duration, Instant};

fn dropped(scene: &Scene) -> u64 {
    let text = scene.admin("GET", "/metrics", &Value::Null).text();
    let mut lines = text.lines();
    let count = lines.find_map(|l| l.strip_prefix("privet_dropped_spans_total "));
    count.and_then(|c| c.parse().ok()).expect("a count")
}

/// Nobody listens, or nobody answers: every request is answered as ever, what is lost is counted, and
/// the end is not put off for long.
#[test]
fn no_collector_costs_a_request() {
    let silent = Collector::start(Manner::Silent);
    for port in [free_port(), silent.port] {
        let endpoint = format!("endpoint = \"http://127.0.0.1:{port}\"");
        let table = format!(
            "#limits\n[tracing]\n{endpoint}\nqueue_spans = 4\ninterval_ms = 1\ntimeout_ms = 500\n"
        );
        let mut scene = Scene::start(&[("#limits", &table)]);
        for _ in 0..20 {
            let path = "/resumes/resume-1";
            let status = asked(scene.port("proxy"), "other-job-recruiter", path, &[]);
            assert_eq!(status, 200);
        }
        eventually("spans are counted", || dropped(&scene) >= 80);
        let text = scene.stderr();
        let told = text.matches("privet: tracing: spans are dropped").count();
        // Once, and not for each of them.
        assert_eq!(told, 1, "{text}");
        let start = Instant::now();
        scene.signal("TERM");
        assert!(scene.ended());
        assert!(start.elapsed() < Duration::from_secs(20), "it waits");
    }
}

/// By `https`, and only to whoever the machine believes.
#[test]
fn a_collector_with_tls() {
    let [believed, other] = [(); 2].map(|()| Authority::new());
    for (authority, is_taken) in [(&believed, true), (&other, false)] {
        let collector = Collector::with_tls(authority.server());
        let table = collector.table();
        let table = table.replace("http://127.0.0.1", "https://localhost");
        let table = format!("{table}timeout_ms = 1000\n");
        let mut scene = Scene::prepare(&[("#limits", &table)]);
        scene.write("believed.pem", &believed.pem());
        let roots = scene.folder.join("believed.pem");
        scene.run_with(&[("SSL_CERT_FILE", &roots)]);
        let caller = parent(&trace(1), "01");
        let more = [("traceparent", caller.as_str())];
        let path = "/resumes/resume-1";
        assert_eq!(asked(scene.port("proxy"), "candidate", path, &more), 200);
        if is_taken {
            assert!(collector.trace(&trace(1)).len() > 2);
        } else {
            eventually("spans are counted", || dropped(&scene) > 2);
            assert_eq!(collector.exports(), 0);
        }
    }
}

#[test]
fn what_a_collector_rejects_is_counted() {
    let collector = Collector::start(Manner::Rejects(2));
    let scene = scene(&collector, "");
    let path = "/resumes/resume-1";
    asked(scene.port("proxy"), "other-job-recruiter", path, &[]);
    eventually("a count", || dropped(&scene) >= 2);
    assert_eq!(dropped(&scene), 2 * collector.exports() as u64);
}

#[test]
fn spans_are_sent_again_and_at_the_end() {
    let collector = Collector::start(Manner::Busy);
    // Far longer than the test: only the end exports.
    let table = collector.table().replace("_ms = 50", "_ms = 3600000");
    let mut scene = Scene::start(&[("#limits", &table)]);
    let caller = parent(&trace(1), "01");
    let more = [("traceparent", caller.as_str())];
    let path = "/resumes/resume-1";
    assert_eq!(asked(scene.port("proxy"), "candidate", path, &more), 200);
    assert_eq!(collector.exports(), 0);
    scene.signal("TERM");
    assert!(scene.ended());
    // Once in vain, and once more.
    assert_eq!(collector.exports(), 2);
    let spans = collector.spans();
    assert_eq!(spans.iter().filter(|s| s.kind == 2).count(), 2);
}

#[test]
fn a_change_needs_a_restart() {
    let collector = Collector::start(Manner::Takes);
    let scene = scene(&collector, "");
    scene.edit("[tracing]", "[tracing]\nsampling_ratio = 0.5");
    let refused = scene.admin("POST", "/reload", &Value::Null);
    assert_eq!(refused.status, 409);
    assert!(
        refused.text().contains("[tracing] changed"),
        "{}",
        refused.text()
    );
}
