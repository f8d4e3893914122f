//! The reverse proxy.

use crate::http::{Reply, root};
use crate::mark;
use crate::scene::{Scene, facts, no_secret, viewer_headers};
use crate::upstream::{BODIES, document};
use privet_gateway::enforce;
use privet_gateway::facts::FactStore;
use privet_gateway::uid::Uid;
use privet_host::{Engine, Facts, GateAnswer, Settings};
use serde_json::{Value, json};
use std::time::Duration;

const VIEWERS: [(&str, &str, &str, &str); 6] = [
    ("applied-recruiter", "Recruiter", "recruiter-1", "job-1"),
    ("blocklisted", "Recruiter", "recruiter-4", "job-4"),
    ("candidate", "Candidate", "candidate-1", ""),
    ("current-employer", "Recruiter", "recruiter-5", "job-5"),
    ("headhunter", "Recruiter", "headhunter-1", "job-3"),
    ("other-job-recruiter", "Recruiter", "recruiter-2", "job-2"),
];

const VIEWS: [&str; 4] = ["card", "detail", "download", "contact"];

/// A status and the enforced body, from enforcement in process.
fn expected(
    policy: &privet_host::Policy,
    viewer: (&str, &str, &str, &str),
    view: &str,
    resume: &str,
) -> (u16, Value) {
    let (_, kind, id, job) = viewer;
    let store = FactStore::from_value(&facts()).expect("facts");
    let (principal, resource) = (Uid::new(kind, id), Uid::new("Resume", resume));
    let mut context =
        json!({"stoppedViews": [], "purpose": {"type": "Purpose", "id": "recruitment"}});
    if !job.is_empty() {
        context["job"] = json!({"type": "Job", "id": job});
    }
    let context = context.as_object().expect("an object").clone();
    let literals = privet_gateway::facts::literals([policy.manifest()]);
    let slice = store
        .slice(&literals, &principal, &resource, &context)
        .to_json();
    let facts = json!({
        "principal": principal.to_json(), "resource": resource.to_json(), "context": context,
        "entities": slice["entities"], "issued": slice["issued"], "known": slice["known"],
        "now": "2026-11-24T00:00:00Z",
    });
    let facts = Facts::from_json(policy, &facts.to_string(), Some(view)).expect("facts");
    let mut instance = policy.instance().expect("an instance");
    let plan = instance
        .plan(&facts.entities, &facts.request, view)
        .expect("a plan");
    match plan.gate() {
        GateAnswer::NotFound => (404, Value::Null),
        GateAnswer::Forbidden => (403, Value::Null),
        GateAnswer::Open => {
            let body = enforce::redacted(&plan, &facts.issued, &facts.known, document().as_bytes());
            (
                200,
                serde_json::from_slice(&body.expect("a body")).expect("JSON"),
            )
        }
    }
}

/// The document, without a mark.
fn unmarked(reply: &Reply) -> Value {
    match reply.text().contains("\"watermark\":") {
        true => mark::unmarked(&reply.body),
        false => serde_json::from_slice(&reply.body).expect("JSON"),
    }
}

#[test]
fn every_viewer_and_view_gives_what_enforcement_in_process_gives() {
    let scene = Scene::start(&[]);
    let pack = privet_pack::read(&root().join("policies/liepin")).expect("a pack");
    let wasm = privet_compiler::compile(&pack.source)
        .expect("compiles")
        .wasm;
    let settings = Settings {
        deadline: Duration::from_secs(10),
        ..Settings::default()
    };
    let policy = Engine::new(settings)
        .expect("an engine")
        .load(&wasm)
        .expect("loads");
    let mut open = 0;
    for viewer in VIEWERS {
        for view in VIEWS {
            for resume in ["resume-1", "resume-2", "r_small"] {
                let name = format!("{} {view} {resume}", viewer.0);
                let (status, body) = expected(&policy, viewer, view, resume);
                let reply = scene.get(viewer.0, &format!("/resumes/{resume}?view={view}"));
                assert_eq!(
                    reply.status,
                    status,
                    "{name}: {} {}",
                    reply.text(),
                    scene.stderr()
                );
                if status == 200 {
                    open += 1;
                    assert_eq!(unmarked(&reply), body, "{name}");
                    assert_eq!(
                        reply.header("privet-revision"),
                        Some(scene.revision().as_str())
                    );
                    let file = reply.header("content-disposition");
                    let expected =
                        (view == "download").then_some("attachment; filename=\"resume.json\"");
                    assert_eq!(file, expected, "{name}");
                } else {
                    no_secret(&reply);
                }
                let kept = [
                    "etag",
                    "last-modified",
                    "link",
                    "set-cookie",
                    "x-candidate",
                    "vary",
                ];
                assert!(
                    kept.iter().all(|h| reply.header(h).is_none()),
                    "{name}: {reply:?}"
                );
                assert_eq!(reply.header("cache-control"), Some("no-store"), "{name}");
            }
        }
    }
    assert!(open > 8, "{open}");
    // Every decision has its record, and no record a value.
    let records = scene.lines("log/decisions.jsonl");
    assert_eq!(records.len(), VIEWERS.len() * VIEWS.len() * 3);
    let log =
        scene.read("log/decisions.jsonl") + &scene.read("log/notices.jsonl") + &scene.stderr();
    assert!(
        crate::scene::SECRETS
            .iter()
            .all(|secret| !log.contains(secret))
    );
    let notices = scene.lines("log/notices.jsonl");
    assert!(!notices.is_empty());
    assert!(
        notices.iter().all(|n| n["outcome"] == "open"),
        "{notices:?}"
    );
    assert!(!scene.lines("log/marks.jsonl").is_empty());
    assert!(!scene.lines("log/alerts.jsonl").is_empty());
}

#[test]
fn what_may_not_be_known_looks_like_what_does_not_exist() {
    let scene = Scene::start(&[]);
    let conditions: [&[(&str, &str)]; 3] = [
        &[],
        &[("If-None-Match", "\"13800138000\""), ("Range", "bytes=0-9")],
        &[("Accept-Encoding", "gzip, br"), ("Accept", "text/html")],
    ];
    for method in ["GET", "HEAD"] {
        for viewer in ["headhunter", "other-job-recruiter"] {
            for view in VIEWS {
                for extra in conditions {
                    let ask = |name: &str| {
                        let mut headers = viewer_headers(viewer).to_vec();
                        headers.extend_from_slice(extra);
                        let path = format!("/resumes/{name}?view={view}");
                        scene.send("proxy", method, &path, &headers, b"")
                    };
                    let (hidden, missing) = (ask("resume-2"), ask("nobody"));
                    assert_eq!(hidden.status, 404, "{viewer} {view}");
                    assert_eq!(hidden, missing, "{viewer} {view}");
                    assert_eq!(hidden, ask("r_gone"), "{viewer} {view}");
                }
            }
        }
    }
    // The same bytes where the whole path is nonsense, with credentials or without.
    let hidden = scene.get("headhunter", "/resumes/resume-2");
    for path in [
        "/resumes/a/b",
        "/resumes/",
        "/nowhere",
        "/resumes/..%2fresume-1",
        "/resumes/./resume-1",
        "/resumes//resume-1",
        "/resumes/resume-1%00",
        "/resumes/%2e%2e/search",
    ] {
        assert_eq!(scene.get("headhunter", path), hidden, "{path}");
        assert_eq!(scene.send("proxy", "GET", path, &[], b""), hidden, "{path}");
    }
    // The upstream was not asked for what the gate keeps.
    let seen = scene.upstream.heads();
    assert!(!seen.contains("resume-2"), "{seen}");
}

/// A fault in what is known of a private résumé would tell that there is one.
#[test]
fn what_may_not_be_known_is_not_betrayed_by_faults_in_its_facts() {
    let mut scene = Scene::prepare(&[]);
    let mut facts = crate::scene::facts();
    let resources = facts["resources"].as_array_mut().expect("a list");
    let private = resources
        .iter_mut()
        .find(|about| about["resource"]["id"] == "resume-2")
        .expect("the second");
    private["known"] = json!({"wechat": [""]});
    private["issued"] = json!({"now": "never"});
    scene.write("facts.json", &facts.to_string());
    scene.run();
    let missing = scene.get("headhunter", "/resumes/nobody");
    assert_eq!(scene.get("headhunter", "/resumes/resume-2"), missing);
    assert_eq!(scene.get("headhunter", "/search").status, 200);
}

#[test]
fn bodies_that_cannot_be_enforced_give_nothing_of_themselves() {
    let scene = Scene::start(&[("#limits", "upstream_ms = 4000")]);
    for (body, status) in BODIES {
        for method in ["GET", "HEAD"] {
            if method == "HEAD" && body == "silent" {
                continue;
            }
            let path = format!("/resumes/r_{body}");
            let reply = scene.send(
                "proxy",
                method,
                &path,
                &viewer_headers("other-job-recruiter"),
                b"",
            );
            assert_eq!(reply.status, status, "{method} {body}: {}", scene.stderr());
            no_secret(&reply);
            if method == "HEAD" {
                assert!(reply.body.is_empty(), "{body}");
            } else if status == 200 {
                assert!(reply.text().contains("张**"), "{body}");
            }
        }
    }
    let metrics = scene.admin("GET", "/metrics", &Value::Null).text();
    assert!(
        metrics.contains("privet_answers_total{door=\"proxy\",outcome=\"upstream\"}"),
        "{metrics}"
    );
    assert!(
        metrics.contains("privet_rungs_total{class=\"phone\""),
        "{metrics}"
    );
    assert!(crate::scene::SECRETS.iter().all(|s| !metrics.contains(s)));
}

#[test]
fn codings_are_undone_where_they_are_listed() {
    let all = ["gzip", "br", "zstd"];
    let listed = format!("codings = {all:?}");
    let scene = Scene::start(&[("#limits", &listed)]);
    let viewer = "other-job-recruiter";
    let plain = scene.get(viewer, "/resumes/r_small");
    for coding in all {
        // What a client can read itself changes nothing.
        let mut headers = viewer_headers(viewer).to_vec();
        headers.push(("Accept-Encoding", coding));
        let path = format!("/resumes/r_{coding}");
        let reply = scene.send("proxy", "GET", &path, &headers, b"");
        assert_eq!((reply.status, &reply.body), (200, &plain.body), "{coding}");
        assert_eq!(reply.header("content-encoding"), None, "{coding}");
        no_secret(&reply);
    }
    for body in ["bomb", "gzip-unsaid"] {
        let reply = scene.get(viewer, &format!("/resumes/r_{body}"));
        assert_eq!(reply.status, 502, "{body}");
        no_secret(&reply);
    }
    assert_eq!(scene.get(viewer, "/resumes/r_small").status, 200);
    assert!(scene.upstream.heads().contains("ccept-encoding: identity"));
    scene.edit(&listed, "codings = [\"br\"]");
    assert_eq!(scene.admin("POST", "/reload", &Value::Null).status, 200);
    let statuses = all.map(|c| scene.get(viewer, &format!("/resumes/r_{c}")).status);
    assert_eq!(statuses, [502, 200, 502]);
    scene.edit("[\"br\"]", "[\"deflate\"]");
    assert_eq!(scene.admin("POST", "/reload", &Value::Null).status, 409);
}

#[test]
fn nothing_of_the_request_goes_up_but_the_path() {
    let scene = Scene::start(&[]);
    let mut headers = viewer_headers("other-job-recruiter").to_vec();
    headers.extend([
        ("If-None-Match", "\"x\""),
        ("If-Modified-Since", "Tue, 20 Apr 2021 10:00:00 GMT"),
        ("Range", "bytes=0-9"),
        ("If-Range", "\"x\""),
        ("Accept-Encoding", "gzip"),
        ("Cookie", "a=b"),
        ("X-Forwarded-For", "10.0.0.1"),
        ("X-Principal-Id", "candidate-1"),
        ("Connection", "X-Purpose, keep-alive"),
    ]);
    let reply = scene.send(
        "proxy",
        "GET",
        "/resumes/resume-1?view=card&debug=1",
        &headers,
        b"",
    );
    assert_eq!(reply.status, 200);
    let seen = scene.upstream.heads().to_lowercase();
    assert!(
        seen.starts_with("get /resumes/resume-1.json http/1.1\r\n"),
        "{seen}"
    );
    assert!(seen.contains("accept-encoding: identity"), "{seen}");
    for name in [
        "if-",
        "range",
        "cookie",
        "forwarded",
        "authorization",
        "x-p",
        "debug",
        "gzip",
    ] {
        assert!(!seen.contains(name), "{name}: {seen}");
    }
}

#[test]
fn a_parameter_goes_up_as_it_was_written() {
    let forward = (
        "upstream_path = \"/search.json\"",
        "upstream_path = \"/search.json\"\nforward_query = [\"q\"]",
    );
    let scene = Scene::start(&[forward]);
    let reply = scene.get("candidate", "/search?q=java+dev%20%2B&other=1");
    assert_eq!(reply.status, 200);
    let seen = scene.upstream.heads();
    assert!(
        seen.starts_with("GET /search.json?q=java+dev%20%2B HTTP"),
        "{seen}"
    );
}

#[test]
fn more_requests_than_there_is_room_for_are_told() {
    let scene = Scene::start(&[("#limits", "requests = 0")]);
    let reply = scene.get("candidate", "/resumes/resume-1");
    assert_eq!(reply.status, 503);
    assert!(
        reply.text().contains("too many requests"),
        "{}",
        reply.text()
    );
    assert_eq!(reply.header("retry-after"), Some("1"));
}

#[test]
fn ambiguous_and_oversized_requests_are_refused() {
    let scene = Scene::start(&[]);
    let with = |method: &str, path: &str, extra: &[(&str, &str)], body: &[u8]| {
        let mut headers = viewer_headers("other-job-recruiter").to_vec();
        headers.extend_from_slice(extra);
        scene.send("proxy", method, path, &headers, body)
    };
    let path = "/resumes/resume-1";
    for (extra, body) in [
        (
            &[("Content-Length", "5"), ("Transfer-Encoding", "chunked")][..],
            &b"0\r\n\r\n"[..],
        ),
        (
            &[("Content-Length", "5"), ("Content-Length", "6")],
            b"hello!",
        ),
        (&[("Transfer-Encoding", "gzip, chunked")], b"0\r\n\r\n"),
        (&[("Content-Length", "5")], b"hello"),
        (&[("Host", "a.example"), ("Host", "b.example")], b""),
    ] {
        let reply = with("GET", path, extra, body);
        assert_eq!(reply.status, 400, "{extra:?}");
        no_secret(&reply);
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        assert_eq!(with(method, path, &[], b"").status, 405, "{method}");
    }
    for query in ["view=card&view=detail", "view=secret", "view=%zz", "view"] {
        assert_eq!(
            with("GET", &format!("{path}?{query}"), &[], b"").status,
            400,
            "{query}"
        );
    }
    let long = "x".repeat(70_000);
    let reply = with("GET", path, &[("X-Long", &long)], b"");
    assert_eq!(reply.status, 431);
}

#[test]
fn a_page_has_no_trace_of_what_may_not_be_known() {
    let scene = Scene::start(&[]);
    let page = |viewer: &str| {
        let reply = scene.get(viewer, "/search");
        assert_eq!(reply.status, 200, "{}", scene.stderr());
        serde_json::from_slice::<Value>(&reply.body).expect("JSON")
    };
    let headhunter = page("headhunter");
    let members: Vec<&String> = headhunter.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["page", "total", "items"]);
    assert_eq!(headhunter["total"], 2);
    let ids = |page: &Value| {
        let items = page["items"].as_array().expect("items").iter();
        items
            .map(|i| i["id"].as_str().expect("an id").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&headhunter), ["resume-1", "resume-3"]);
    assert_eq!(headhunter["items"][0]["resume"]["basics"]["name"], "张**");
    assert!(headhunter["items"][0].get("score").is_none());
    assert!(!headhunter.to_string().contains("13800138000"));
    assert_eq!(page("blocklisted")["total"], 0);
    assert_eq!(ids(&page("candidate")), ["resume-1"]);
}

#[test]
fn a_path_that_passes_passes_and_no_more() {
    let route =
        "[[route]]\npath = \"/plain\"\npass = true\nmethods = [\"GET\", \"POST\"]\n\n[authzen]";
    let scene = Scene::start(&[("[authzen]", route)]);
    let reply = scene.send("proxy", "GET", "/plain?x=1", &[("X-Any", "1")], b"");
    assert_eq!(
        (reply.status, reply.text().as_str()),
        (200, "{\"plain\": true}")
    );
    let seen = scene.upstream.heads().to_lowercase();
    assert!(
        seen.starts_with("get /plain?x=1 ") && seen.contains("x-any: 1"),
        "{seen}"
    );
    let refused = scene.send("proxy", "DELETE", "/plain", &[], b"");
    assert_eq!(
        (refused.status, refused.header("allow")),
        (405, Some("GET, POST"))
    );
    let path = "/resumes/resume-1";
    let refused = scene.send("proxy", "DELETE", path, &[], b"");
    assert_eq!(refused.header("allow"), Some("GET, HEAD"));
    let large = vec![b'x'; 2 << 20];
    assert_eq!(
        scene.send("proxy", "POST", "/plain", &[], &large).status,
        413
    );
}

#[test]
fn facts_may_come_in_an_envelope() {
    let edit = (
        "file = \"facts.json\"",
        "file = \"facts.json\"\nenvelope = \"x-facts\"",
    );
    let scene = Scene::start(&[edit]);
    let reply = scene.get("other-job-recruiter", "/resumes/r_envelope");
    assert_eq!(reply.status, 200, "{}", scene.stderr());
    assert!(reply.text().contains("张**") && !reply.text().contains("x-facts"));
    no_secret(&reply);
    // A body without one has no decision, and is not shown.
    let reply = scene.get("candidate", "/resumes/resume-1");
    assert_eq!(reply.status, 503);
    no_secret(&reply);
    // What the envelope brought is known; what only the path says is not.
    for (path, status) in [
        ("/resumes/13800138000", 503),
        ("/resumes/13800138000_gone", 404),
        ("/resumes/13800138000_envelope", 404),
    ] {
        assert_eq!(scene.get("candidate", path).status, status, "{path}");
    }
    let path = "/ext_authz/resumes/13800138000";
    let headers = viewer_headers("candidate");
    assert_eq!(
        scene.send("decisions", "GET", path, &headers, b"").status,
        404
    );
    let records = scene.read("log/decisions.jsonl");
    assert_eq!(records.lines().count(), 6, "{records}");
    assert!(records.contains("\"r_envelope\""), "{records}");
    assert!(!(records + &scene.stderr()).contains("13800138000"));
    // Without the key nothing is known of it.
    let scene = Scene::start(&[]);
    assert_eq!(
        scene
            .get("other-job-recruiter", "/resumes/r_envelope")
            .status,
        404
    );
}
