//! Which requests are sampled, whose child a request is, and what goes up.

use super::{CALLER, asked, parent, scene, tells_nothing, trace};
use crate::collector::{Collector, Manner};
use crate::scene::{Scene, eventually};

/// What is not sampled is not exported, and goes up as it came; what is no parent begins a trace.
#[test]
fn who_is_sampled() {
    let collector = Collector::start(Manner::Takes);
    let (no, yes) = (parent(&trace(1), "00"), parent(&trace(2), "01"));
    let up = |scene: &Scene, from: usize| scene.upstream.heads().split_off(from).to_lowercase();
    let traced = |scene: &Scene, parents: &[&str]| {
        let before = scene.upstream.heads().len();
        let more: Vec<_> = parents.iter().map(|p| ("traceparent", *p)).collect();
        let path = "/resumes/resume-1";
        let port = scene.port("proxy");
        assert_eq!(asked(port, "other-job-recruiter", path, &more), 200);
        up(scene, before)
    };
    let all = scene(&collector, "");
    assert!(traced(&all, &[&no]).contains(&format!("traceparent: {no}\r\n")));
    // Two parents, one of a version that there is not, one of nothing but zeros.
    let zeros = parent(&"0".repeat(32), "01");
    let other = yes.replace("00-4b", "ff-4b");
    for wrong in [&[&*yes, &*yes][..], &[&other], &[&zeros], &["13800138000"]] {
        let head = traced(&all, wrong);
        assert!(head.contains("traceparent: 00-"), "{head}");
        assert!(!head.contains(CALLER), "{head}");
    }
    let head = traced(&all, &[]);
    assert!(head.contains("traceparent: 00-"), "{head}");
    eventually("five traces", || {
        collector.spans().iter().filter(|s| s.kind == 2).count() == 5
    });
    // They began here.
    let spans = collector.spans();
    assert!(
        spans
            .iter()
            .filter(|s| s.kind == 2)
            .all(|s| s.parent.is_empty())
    );
    assert!(
        spans
            .iter()
            .all(|s| ![trace(1), trace(2)].contains(&s.trace))
    );
    // By a ratio of nothing only a parent can wish to be sampled, and not if the ratio decides.
    let none = scene(&collector, "sampling_ratio = 0.0\n");
    assert!(!traced(&none, &[]).contains("traceparent"));
    assert!(!traced(&none, &["13800138000"]).contains("traceparent"));
    assert!(!traced(&none, &[&yes]).contains(CALLER));
    collector.trace(&trace(2));
    let ratio = scene(&collector, "sampling_ratio = 0.0\nparent_decides = false\n");
    let wished = parent(&trace(3), "01");
    assert!(traced(&ratio, &[&wished]).contains(&format!("traceparent: {wished}\r\n")));
    let mut ratio = ratio;
    ratio.signal("TERM");
    assert!(ratio.ended());
    let count = collector.spans().iter().filter(|s| s.kind == 2).count();
    assert_eq!(count, 6);
    // Without `[tracing]` nothing goes up but what is listed.
    let off = Scene::start(&[]);
    assert!(!traced(&off, &[&yes]).contains("traceparent"));
    tells_nothing(&collector, &[]);
}
