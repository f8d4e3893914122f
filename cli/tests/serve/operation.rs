//! Operation: reload, facts, health, records, faults, and an orderly end.

use crate::http::exchange;
use crate::scene::{Scene, eventually, no_secret, viewer_headers};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn a_reload_is_whole_or_nothing() {
    let scene = Scene::start(&[]);
    let first = scene.revision();
    assert_eq!(scene.get("candidate", "/resumes/resume-1").status, 200);
    // The emergency switch, by signal.
    scene.edit("set = []", "set = [\"detail\"]");
    scene.signal("HUP");
    eventually("another revision", || scene.revision() != first);
    let second = scene.revision();
    assert_eq!(scene.get("candidate", "/resumes/resume-1").status, 403);
    // What is wrong changes nothing, and says why.
    scene.edit("[upstream]", "[upstream]\nsecure = true");
    let refused = scene.admin("POST", "/reload", &Value::Null);
    assert_eq!(refused.status, 409);
    assert!(
        refused.text().contains("unknown field `secure`"),
        "{}",
        refused.text()
    );
    assert_eq!(scene.revision(), second);
    assert_eq!(scene.get("candidate", "/resumes/resume-1").status, 403);
    // By the admin endpoint.
    scene.edit("\nsecure = true", "");
    scene.edit("set = [\"detail\"]", "set = []");
    let taken = scene.admin("POST", "/reload", &Value::Null);
    assert_eq!(taken.status, 200, "{}", taken.text());
    assert_eq!(scene.revision(), first);
    assert_eq!(scene.get("candidate", "/resumes/resume-1").status, 200);
    scene.edit("[server]", "[server]\nthreads = 3");
    let refused = scene.admin("POST", "/reload", &Value::Null);
    assert!(
        refused.text().contains("[server] changed"),
        "{}",
        refused.text()
    );
    let metrics = scene.admin("GET", "/metrics", &Value::Null).text();
    assert!(
        metrics.contains("privet_reloads_total{cause=\"taken\"} 2"),
        "{metrics}"
    );
    assert!(
        metrics.contains("privet_reloads_total{cause=\"refused\"} 2"),
        "{metrics}"
    );
}

/// Limits of guests that were refused with the rest of their file hold for nobody, also when the
/// file that is live is loaded again.
#[test]
fn limits_of_a_refused_file_are_not_taken() {
    let mut scene = Scene::prepare(&[]);
    let facts = crate::guests::too_large_facts();
    scene.write("facts.json", &facts.to_string());
    scene.run();
    let shows = || scene.get("other-job-recruiter", "/resumes/resume-3").status;
    assert_eq!(shows(), 200);
    // These facts do not fit.
    let (live, refused) = (
        "decision_ms = 10000",
        "guest_memory_bytes = 1048576\ndecision_ms = 10000",
    );
    scene.edit(live, refused);
    scene.edit("file = \"facts.json\"", "file = \"none.json\"");
    let reload = || scene.admin("POST", "/reload", &Value::Null).status;
    assert_eq!(reload(), 409);
    scene.edit("file = \"none.json\"", "file = \"facts.json\"");
    scene.edit(refused, live);
    assert_eq!(reload(), 200);
    assert_eq!(shows(), 200, "{}", scene.stderr());
}

#[test]
fn changed_files_are_seen() {
    let scene = Scene::start(&[("[server]", "[server]\nwatch_seconds = 1")]);
    assert_eq!(scene.get("candidate", "/resumes/resume-1").status, 200);
    scene.edit("set = []", "set = [\"detail\"]");
    eventually("403", || {
        scene.get("candidate", "/resumes/resume-1").status == 403
    });
}

#[test]
fn an_older_pack_is_refused() {
    let mut scene = Scene::prepare(&[]);
    let text = scene.read("privet.toml");
    let line = text
        .lines()
        .find(|l| l.starts_with("folder = "))
        .expect("the folder");
    scene.edit(line, "folder = \"liepin\"");
    let text = crate::guests::copied_pack(&scene, "liepin");
    let text = text.replace("revision = 2", "revision = 7");
    scene.write("liepin/pack.toml", &text);
    scene.run();
    let live = scene.revision();
    scene.write(
        "liepin/pack.toml",
        &text.replace("revision = 7", "revision = 6"),
    );
    let refused = scene.admin("POST", "/reload", &Value::Null);
    assert!(
        refused
            .text()
            .contains("revision 6 is older than the live one, 7"),
        "{}",
        refused.text()
    );
    assert_eq!(scene.revision(), live);
    scene.write(
        "liepin/pack.toml",
        &text.replace("revision = 7", "revision = 8"),
    );
    assert_eq!(scene.admin("POST", "/reload", &Value::Null).status, 200);
    // A pack that does not compile.
    scene.write(
        "liepin/broken.cedar",
        "permit (principal, action, resource) when { 1 };",
    );
    let refused = scene.admin("POST", "/reload", &Value::Null);
    assert_eq!(refused.status, 409);
    assert_eq!(scene.get("candidate", "/resumes/resume-1").status, 200);
}

#[test]
fn facts_are_put_and_deleted() {
    let scene = Scene::start(&[(
        "file = \"facts.json\"",
        "file = \"facts.json\"\nadmin = true",
    )]);
    let status = || scene.get("other-job-recruiter", "/resumes/resume-3").status;
    assert_eq!(status(), 200);
    let all = crate::scene::facts();
    let entities = all["entities"].as_array().expect("entities");
    let uid = json!({"type": "Resume", "id": "resume-3"});
    let mut entity = entities
        .iter()
        .find(|e| e["uid"] == uid)
        .expect("the third")
        .clone();
    entity["attrs"]["visibility"]["id"] = json!("private");
    let path = "/facts/entities/Resume/resume-3";
    assert_eq!(scene.admin("PUT", path, &entity).status, 200);
    assert_eq!(status(), 404);
    // A reload does not bring back what the file says.
    assert_eq!(scene.admin("POST", "/reload", &Value::Null).status, 200);
    assert_eq!(status(), 404);
    // What the schema does not admit is refused, and changes nothing.
    let mut wrong = entity.clone();
    wrong["attrs"]["visibility"] = json!("full");
    let refused = scene.admin("PUT", path, &wrong);
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert_eq!(
        scene
            .admin("PUT", "/facts/entities/Resume/other", &entity)
            .status,
        422
    );
    assert_eq!(scene.admin("PUT", path, &json!({"uid": uid})).status, 422);
    // Nor is what could not be used when somebody asks.
    let about = "/facts/resources/Resume/resume-3";
    let pair = "/facts/pairs/Recruiter/recruiter-1/Resume/resume-3";
    for (path, value) in [
        (about, json!({"known": {"phones": ["13800138000"]}})),
        (about, json!({"known": {"phone": "13800138000"}})),
        (about, json!({"known": {"phone": ["abcdef"]}})),
        (about, json!({"issued": {"now": "never"}})),
        (pair, json!({"issued": {"relay": {"phone": 1}}})),
    ] {
        let refused = scene.admin("PUT", path, &value);
        assert_eq!(refused.status, 422, "{value}: {}", refused.text());
        assert!(
            !refused.text().contains("13800138000"),
            "{}",
            refused.text()
        );
    }
    let resource = json!({"resource": uid, "known": {"qq": ["1"]}});
    let several = json!({"resources": [resource]});
    assert_eq!(scene.admin("POST", "/facts", &several).status, 422);
    entity["attrs"]["visibility"]["id"] = json!("full");
    assert_eq!(
        scene
            .admin("POST", "/facts", &json!({"entities": [entity]}))
            .status,
        200
    );
    assert_eq!(status(), 200);
    assert_eq!(scene.admin("DELETE", path, &Value::Null).status, 200);
    assert_eq!(scene.admin("DELETE", path, &Value::Null).status, 404);
    assert_eq!(status(), 404);
    // Nothing is given out again, and no page of a browser may write.
    assert_eq!(scene.admin("GET", path, &Value::Null).status, 405);
    for header in [("Origin", "http://a.example"), ("Host", "a.example")] {
        let reply = scene.send("admin", "POST", "/reload", &[header], b"");
        assert_eq!(reply.status, 403, "{header:?}");
    }
}

#[test]
fn facts_of_a_file_are_not_written_by_default() {
    let scene = Scene::start(&[]);
    assert_eq!(
        scene
            .admin("DELETE", "/facts/entities/Resume/resume-3", &Value::Null)
            .status,
        404
    );
    assert_eq!(
        scene.get("other-job-recruiter", "/resumes/resume-3").status,
        200
    );
}

#[test]
fn what_cannot_be_recorded_is_not_downloaded() {
    // The disk of the log is full.
    let scene = Scene::start(&[("record = \"log/decisions.jsonl\"", "record = \"/dev/full\"")]);
    let detail = scene.get("other-job-recruiter", "/resumes/resume-1?view=detail");
    assert_eq!(detail.status, 200);
    let download = scene.get("applied-recruiter", "/resumes/resume-1?view=download");
    assert_eq!(download.status, 503);
    no_secret(&download);
    let metrics = scene.admin("GET", "/metrics", &Value::Null).text();
    let dropped = metrics
        .lines()
        .find(|l| l.starts_with("privet_dropped_records_total"));
    let count = dropped.and_then(|l| l.rsplit(' ').next()?.parse::<u64>().ok());
    assert!(count.is_some_and(|c| c >= 2), "{dropped:?}");
}

/// Who reads the log is gone, or its disk is full.
#[test]
fn a_log_that_cannot_be_written_ends_nothing() {
    let mut scene = Scene::prepare(&[("[server]", "[server]\nwatch_seconds = 1")]);
    let log = scene.folder.join("stderr");
    std::os::unix::fs::symlink("/dev/full", log).expect("a link");
    scene.run();
    // Each of these is told.
    let broken = scene.get("other-job-recruiter", "/resumes/r_broken");
    assert_eq!(broken.status, 502);
    assert_eq!(scene.admin("POST", "/reload", &Value::Null).status, 200);
    let facts = scene.read("facts.json");
    scene.write("facts.json", "{");
    eventually("a refusal", || {
        let metrics = scene.admin("GET", "/metrics", &Value::Null).text();
        metrics.contains("privet_reloads_total{cause=\"refused\"} 1")
    });
    scene.write("facts.json", &facts.replace("\"full\"", "\"private\""));
    eventually("the next one", || {
        scene.get("other-job-recruiter", "/resumes/resume-1").status == 404
    });
}

#[test]
fn an_obligation_that_cannot_be_met_refuses() {
    for line in [
        "notify-candidate = \"log/notices.jsonl\"\n",
        "record = \"log/decisions.jsonl\"\n",
    ] {
        let scene = Scene::start(&[(line, "")]);
        let download = scene.get("applied-recruiter", "/resumes/resume-1?view=download");
        assert_eq!(download.status, 503, "{line}");
        no_secret(&download);
    }
    let scene = Scene::start(&[("\"log/notices.jsonl\"", "\"/dev/full\"")]);
    assert_eq!(
        scene
            .get("applied-recruiter", "/resumes/resume-1?view=download")
            .status,
        503
    );
}

#[test]
fn a_guest_without_memory_shows_nothing() {
    let scene = Scene::prepare(&[("#limits", "guest_memory_bytes = 1048576")]);
    let facts = crate::guests::too_large_facts();
    scene.write("facts.json", &facts.to_string());
    let mut scene = scene;
    scene.run();
    let reply = scene.get("other-job-recruiter", "/resumes/resume-3");
    assert_eq!(reply.status, 503);
    no_secret(&reply);
    let metrics = scene.admin("GET", "/metrics", &Value::Null).text();
    assert!(
        metrics.contains("privet_errors_total{cause=\"memory\"} 1"),
        "{metrics}"
    );
    // The next request gets another instance.
    assert_eq!(
        scene.get("other-job-recruiter", "/resumes/resume-1").status,
        200
    );
}

#[test]
fn the_end_is_orderly() {
    let mut scene = Scene::start(&[("#limits", "upstream_ms = 2000")]);
    assert_eq!(scene.admin("GET", "/readyz", &Value::Null).status, 200);
    let port = scene.port("proxy");
    // A request in flight gets its answer.
    let waiting = std::thread::spawn(move || {
        exchange(
            port,
            "GET",
            "/resumes/r_silent",
            &viewer_headers("other-job-recruiter"),
            b"",
        )
    });
    std::thread::sleep(Duration::from_millis(500));
    scene.signal("TERM");
    eventually("no listener", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_err()
    });
    assert_eq!(waiting.join().expect("an answer").status, 504);
    assert!(scene.ended());
}

/// Whatever clients send, there are only so many series: no label's value comes from a client.
#[test]
fn labels_of_metrics_are_bounded() {
    let scene = Scene::start(&[]);
    let series = || {
        let text = scene.admin("GET", "/metrics", &Value::Null).text();
        let lines = text.lines().filter(|l| !l.starts_with('#'));
        let names = lines.filter_map(|l| Some(l.rsplit_once(' ')?.0.to_owned()));
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let ask = |word: &str| {
        let headers = viewer_headers("other-job-recruiter");
        let mut odd = headers.to_vec();
        odd.push(("X-Purpose", word));
        for path in [
            format!("/resumes/{word}"),
            format!("/resumes/resume-1?view={word}"),
            format!("/{word}"),
        ] {
            let port = scene.port("proxy");
            exchange(port, "GET", &path, &headers, b"");
            exchange(port, "GET", &path, &odd, b"");
            exchange(port, word, &path, &headers, b"");
            let bearer = format!("Bearer {word}");
            exchange(port, "GET", &path, &[("Authorization", &bearer)], b"");
            scene.send("decisions", "GET", &path, &headers, b"");
        }
    };
    ask("first");
    assert_eq!(scene.get("candidate", "/resumes/resume-1").status, 200);
    let before = series();
    for number in 0..20 {
        ask(&format!("w0rd{number}"));
    }
    assert_eq!(series(), before);
    assert!(before.len() < 1000 && before.iter().all(|s| !s.contains("first")));
}
