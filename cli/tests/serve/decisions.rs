//! Decisions over HTTP: AuthZEN, and the three ways of asking before a request.

use crate::http::Reply;
use crate::scene::{Scene, no_secret, viewer_headers};
use serde_json::{Value, json};

fn evaluate(scene: &Scene, path: &str, body: &Value) -> Reply {
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Request-ID", "7f3a"),
    ];
    let reply = scene.send(
        "decisions",
        "POST",
        path,
        &headers,
        body.to_string().as_bytes(),
    );
    assert_eq!(reply.header("x-request-id"), Some("7f3a"));
    reply
}

fn question(viewer: &str, resume: &str, view: &str) -> Value {
    json!({
        "subject": {"type": "Recruiter", "id": viewer, "properties": {"verified": true}},
        "action": {"name": view},
        "resource": {"type": "Resume", "id": resume},
        "context": {"job": "job-1", "purpose": {"type": "Purpose", "id": "recruitment"}, "ip": "10.0.0.1"},
    })
}

#[test]
fn authzen_evaluates_one_question() {
    let scene = Scene::start(&[]);
    let path = "/access/v1/evaluation";
    let reply = evaluate(&scene, path, &question("recruiter-1", "resume-1", "detail"));
    assert_eq!(reply.status, 200);
    let answer: Value = serde_json::from_slice(&reply.body).expect("JSON");
    assert_eq!(answer["decision"], true);
    let context = &answer["context"];
    assert_eq!(context["plan"]["phone"], "relay");
    assert_eq!(context["revision"], json!(scene.revision()));
    let obligations = context["obligations"].as_array().expect("a list");
    assert!(!obligations.is_empty());
    for obligation in obligations {
        assert_eq!(obligation["type"], "custom");
        assert_eq!(obligation["properties"]["vendor"], "privet");
        assert!(obligation["id"].is_string());
    }
    // Private, unknown, and a view that no policy knows.
    for (resume, view) in [
        ("resume-2", "detail"),
        ("nobody", "detail"),
        ("resume-1", "all"),
    ] {
        let reply = evaluate(&scene, path, &question("recruiter-1", resume, view));
        let answer: Value = serde_json::from_slice(&reply.body).expect("JSON");
        assert_eq!(
            (reply.status, &answer["decision"]),
            (200, &json!(false)),
            "{resume} {view}"
        );
        assert!(answer["context"].get("plan").is_none());
    }
    // An enforcement point that can meet no obligation gets no yes.
    let mut unable = question("recruiter-1", "resume-1", "detail");
    unable["context"]["supported_obligations"] = json!(["notification"]);
    let reply = evaluate(&scene, path, &unable);
    let answer: Value = serde_json::from_slice(&reply.body).expect("JSON");
    assert_eq!(answer["decision"], false);
    let metadata = scene.send(
        "decisions",
        "GET",
        "/.well-known/authzen-configuration",
        &[],
        b"",
    );
    let metadata: Value = serde_json::from_slice(&metadata.body).expect("JSON");
    assert_eq!(
        metadata["access_evaluation_endpoint"],
        "http://127.0.0.1:8081/access/v1/evaluation"
    );
    assert_eq!(metadata["supported_obligations"], json!(["custom"]));
}

#[test]
fn authzen_evaluates_several() {
    let scene = Scene::start(&[]);
    let path = "/access/v1/evaluations";
    let mut body = question("recruiter-1", "resume-1", "detail");
    body["evaluations"] = json!([
        {},
        {"resource": {"type": "Resume", "id": "resume-2"}},
        {"action": {"name": "card"}},
        {"subject": {"type": "Recruiter"}},
    ]);
    let decisions = |body: &Value| {
        let reply = evaluate(&scene, path, body);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let answer: Value = serde_json::from_slice(&reply.body).expect("JSON");
        let all = answer["evaluations"].as_array().expect("a list").iter();
        all.map(|e| e["decision"].as_bool().expect("a decision"))
            .collect::<Vec<_>>()
    };
    assert_eq!(decisions(&body), [true, false, true, false]);
    body["options"] = json!({"evaluations_semantic": "deny_on_first_deny"});
    assert_eq!(decisions(&body), [true, false]);
    body["options"] = json!({"evaluations_semantic": "permit_on_first_permit"});
    assert_eq!(decisions(&body), [true]);
    body["options"] = json!({"evaluations_semantic": "perhaps"});
    assert_eq!(evaluate(&scene, path, &body).status, 400);
    // Without a list it is one question.
    let reply = evaluate(&scene, path, &question("recruiter-1", "resume-1", "detail"));
    let answer: Value = serde_json::from_slice(&reply.body).expect("JSON");
    assert_eq!(answer["decision"], true);
}

#[test]
fn authzen_refuses_what_makes_no_sense() {
    let scene = Scene::start(&[]);
    for body in [
        "",
        "[]",
        "{",
        r#"{"subject": {"type": "Recruiter", "id": "a", "id": "b"}}"#,
        "{}",
    ] {
        let headers = [("Content-Type", "application/json")];
        let reply = scene.send(
            "decisions",
            "POST",
            "/access/v1/evaluation",
            &headers,
            body.as_bytes(),
        );
        assert_eq!(reply.status, 400, "{body}");
    }
    let text = question("recruiter-1", "resume-1", "detail").to_string();
    let reply = scene.send(
        "decisions",
        "POST",
        "/access/v1/evaluation",
        &[],
        text.as_bytes(),
    );
    assert_eq!(reply.status, 400);
    assert_eq!(
        scene
            .send("decisions", "GET", "/access/v1/evaluation", &[], b"")
            .status,
        405
    );
    assert_eq!(
        scene
            .send("decisions", "POST", "/access/v1/search/subject", &[], b"")
            .status,
        404
    );
}

/// What a caller writes in the place of a type, an id or a view is in no record and no log, and no
/// text of it forges a line.
#[test]
fn what_only_a_caller_wrote_is_kept_nowhere() {
    let scene = Scene::start(&[]);
    let path = "/access/v1/evaluation";
    let written = "13800138000\nprivet: reload: revision 0 is live";
    let uid = |entity_type: &str, id: &str| json!({"type": entity_type, "id": id});
    let long = "x".repeat(129);
    for (subject, resource, view, status) in [
        (uid(written, "a"), uid("Resume", "resume-1"), "detail", 500),
        (uid("Recruiter", "a"), uid(written, "a"), "detail", 500),
        (
            uid("Job", written),
            uid("Resume", "resume-1"),
            "detail",
            500,
        ),
        (
            uid("Recruiter", written),
            uid("Resume", written),
            "detail",
            200,
        ),
        (uid(written, written), uid(written, written), written, 200),
        (uid(&long, "a"), uid("Resume", "resume-1"), "detail", 400),
        (uid("Recruiter", "a"), uid(&long, "resume-1"), "detail", 400),
        (uid("Recruiter", "a"), uid("Resume", "resume-1"), &long, 400),
        (uid("", "a"), uid("Resume", "resume-1"), "detail", 400),
    ] {
        let mut asked = question("", "", view);
        (asked["subject"], asked["resource"]) = (subject, resource);
        let reply = evaluate(&scene, path, &asked);
        // A view that no policy knows is a closed door.
        let answer = reply.text();
        assert_eq!(reply.status, status, "{asked}: {answer}");
        assert!(
            answer.contains("\"decision\":false") || status == 400,
            "{answer}"
        );
    }
    let records = scene.read("log/decisions.jsonl");
    assert_eq!(records.lines().count(), 5, "{records}");
    assert!(!records.contains("1380013"), "{records}");
    let log = scene.stderr();
    assert!(!log.contains("1380013"), "{log}");
    assert!(
        log.lines()
            .all(|line| line.starts_with("privet: authzen: facts: ")),
        "{log}"
    );
    assert!(
        log.contains("principal: the entity type is not declared"),
        "{log}"
    );
}

#[test]
fn an_obliged_record_without_a_place_refuses() {
    let scene = Scene::start(&[("record = \"log/decisions.jsonl\"\n", "")]);
    let asked = question("recruiter-1", "resume-1", "download");
    let reply = evaluate(&scene, "/access/v1/evaluation", &asked);
    assert_eq!(reply.status, 500, "{}", reply.text());
    let path = "/ext_authz/resumes/resume-1?view=download";
    let headers = viewer_headers("applied-recruiter");
    assert_eq!(
        scene.send("decisions", "GET", path, &headers, b"").status,
        503
    );
    let path = "/resumes/resume-1?view=download";
    assert_eq!(scene.send("proxy", "HEAD", path, &headers, b"").status, 503);
}

#[test]
fn each_gateway_asks_in_its_own_way() {
    let scene = Scene::start(&[]);
    let ask = |style: &str, viewer: &str, target: &str| {
        let mut headers = viewer_headers(viewer).to_vec();
        let path = match style {
            "forward_auth" => {
                headers.extend([("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", target)]);
                "/forward_auth".to_owned()
            }
            "auth_request" => {
                headers.extend([("X-Original-Method", "GET"), ("X-Original-URI", target)]);
                "/auth_request".to_owned()
            }
            _ => format!("/ext_authz{target}"),
        };
        scene.send("decisions", "GET", &path, &headers, b"")
    };
    for style in ["forward_auth", "auth_request", "ext_authz"] {
        let nginx = style == "auth_request";
        for (viewer, target, status) in [
            ("applied-recruiter", "/resumes/resume-1", 200),
            ("applied-recruiter", "/resumes/resume-1?view=card", 200),
            ("applied-recruiter", "/resumes/resume-2", 404),
            ("applied-recruiter", "/nowhere", 404),
            ("blocklisted", "/resumes/resume-1", 403),
            ("applied-recruiter", "/resumes/resume-1?view=all", 400),
            ("applied-recruiter", "/search", 503),
            // Its way of writing a request has lost it before it is read.
            ("applied-recruiter", "/resumes/resume-1#/nowhere", 400),
            ("applied-recruiter", "/resumes/resume-1?view=card#", 400),
        ] {
            if style == "ext_authz" && target.contains('#') {
                continue;
            }
            let reply = ask(style, viewer, target);
            let told = if nginx && status != 200 { 403 } else { status };
            assert_eq!(reply.status, told, "{style} {viewer} {target}");
            no_secret(&reply);
            if nginx && status != 200 {
                assert_eq!(
                    reply.header("privet-status"),
                    Some(status.to_string().as_str())
                );
                let name = reply.header("privet-failure").expect("a name");
                let page = scene.send("decisions", "GET", &format!("/failures/{name}"), &[], b"");
                assert_eq!((page.status, &page.body), (status, &reply.body), "{name}");
            }
            assert_eq!(reply.header("privet-decision").is_some(), status == 200);
        }
    }
    // Without a method or a path there is nothing to decide; twice is once too often.
    let headers = viewer_headers("applied-recruiter");
    assert_eq!(
        scene
            .send("decisions", "GET", "/forward_auth", &headers, b"")
            .status,
        400
    );
    let mut twice = headers.to_vec();
    twice.extend([
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Uri", "/plain"),
        ("X-Forwarded-Uri", "/resumes/resume-1"),
    ]);
    assert_eq!(
        scene
            .send("decisions", "GET", "/forward_auth", &twice, b"")
            .status,
        400
    );
}

#[test]
fn only_peers_are_answered() {
    let scene = Scene::start(&[("[server]", "[server]\npeers = [\"10.0.0.0/8\"]")]);
    let reply = scene.send(
        "decisions",
        "GET",
        "/ext_authz/resumes/resume-1",
        &viewer_headers("candidate"),
        b"",
    );
    assert_eq!(reply.status, 403);
}
