//! The demo's proxy over HTTP: it gives what enforcement in process gives, and nothing else escapes.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod browser;
mod client;
#[path = "../common/http.rs"]
mod http;
#[path = "../common/mark.rs"]
mod mark;
mod marks;

use client::{Demo, Reply, root, run};
use privet_gateway::{enforce, watermark};
use privet_host::{Engine, Facts, GateAnswer, Settings};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// What must not be in anything but the owner's answer: parts of the values that the résumés hide.
const SECRETS: [&str; 6] = [
    "13800138000",
    "138 0013 8000",
    "张三丰",
    "zhangsanfeng",
    "11010519491231002X",
    "%E5%BC%A0",
];

fn packs() -> Vec<PathBuf> {
    let folders = fs::read_dir(root().join("policies")).expect("the packs");
    let paths = folders.map(|f| f.expect("a folder").path());
    let mut packs: Vec<PathBuf> = paths.filter(|p| p.join("pack.toml").is_file()).collect();
    packs.sort();
    assert!(!packs.is_empty());
    packs
}

fn no_secret(reply: &Reply) {
    let all = format!("{:?} {}", reply.headers, reply.text());
    for secret in SECRETS {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}

#[test]
fn every_viewer_view_and_pack_gives_what_enforcement_in_process_gives() {
    let demo = Demo::start(&[]);
    let engine = Engine::new(Settings {
        deadline: Duration::from_secs(10),
        ..Settings::default()
    })
    .expect("an engine");
    let mut compared = 0;
    for folder in packs() {
        let pack = privet_pack::read(&folder).expect("a pack");
        let wasm = privet_compiler::compile(&pack.source)
            .expect("compiles")
            .wasm;
        let policy = engine.load(&wasm).expect("loads");
        for resume in ["zhang-san", "ouyang-jing", "maria-doe"] {
            let path = root().join(format!("cli/demo/{resume}.json"));
            let document = fs::read(path).expect("a résumé");
            demo.set(
                resume,
                &json!({"phoneProtected": true, "nameProtected": true}),
            );
            for viewer in pack.viewers().expect("viewers") {
                for gate in &policy.manifest().gates {
                    let view = gate.view.as_str();
                    // The pack's own facts, with what the demo issues for this résumé.
                    let text = pack.viewer(&viewer).expect("facts");
                    let mut text: Value = serde_json::from_str(&text).expect("JSON");
                    let query = format!("pack={}&view={view}", pack.file.name);
                    let path = format!("/api/viewer?{query}&resume={resume}&viewer={viewer}");
                    text["issued"] = demo.json(&path)["facts"]["issued"].clone();
                    let facts = Facts::from_json(&policy, &text.to_string(), Some(view));
                    let facts = facts.expect("facts");
                    let plan = policy
                        .instance()
                        .and_then(|mut i| i.plan(&facts.entities, &facts.request, view))
                        .expect("a plan");
                    let reply = demo.resume(&pack.file.name, resume, view, &viewer);
                    let name = format!("{} {resume} {viewer} {view}", pack.file.name);
                    match plan.gate() {
                        GateAnswer::Open => {
                            let body =
                                enforce::redacted(&plan, &facts.issued, &facts.known, &document)
                                    .expect("a body");
                            assert_eq!(reply.status, 200, "{name}");
                            if watermark::is_obliged(&plan) {
                                let body: Value = serde_json::from_slice(&body).expect("JSON");
                                assert_eq!(mark::unmarked(&reply.body), body, "{name}");
                            } else {
                                assert_eq!(reply.body, body, "{name}");
                            }
                        }
                        GateAnswer::NotFound => assert_eq!(reply.status, 404, "{name}"),
                        GateAnswer::Forbidden => assert_eq!(reply.status, 403, "{name}"),
                    }
                    if plan.gate() != GateAnswer::Open {
                        no_secret(&reply);
                    }
                    compared += 1;
                }
            }
        }
    }
    // Six viewers, four views, three résumés, for each pack.
    assert!(compared >= 72 * packs().len(), "{compared}");
}

#[test]
fn what_may_not_be_known_looks_like_what_does_not_exist() {
    let demo = Demo::start(&["--pack", "policies/liepin"]);
    demo.set("zhang-san", &json!({"visibility": "private"}));
    let conditions: [&[(&str, &str)]; 4] = [
        &[],
        &[("If-None-Match", "\"13800138000\"")],
        &[("Range", "bytes=0-9")],
        &[("If-Match", "*"), ("Accept", "text/html")],
    ];
    for method in ["GET", "HEAD"] {
        for viewer in ["headhunter", "other-job-recruiter", "current-employer"] {
            for view in ["card", "detail", "download", "contact"] {
                for extra in conditions {
                    let ask = |name: &str| {
                        let mut headers = vec![("X-Demo-Viewer", viewer)];
                        headers.extend_from_slice(extra);
                        let path = format!("/liepin/resumes/{name}?view={view}");
                        demo.request(method, &path, &headers, b"")
                    };
                    let (hidden, missing) = (ask("zhang-san"), ask("nobody"));
                    assert_eq!(hidden.status, 404, "{viewer} {view}");
                    assert_eq!(hidden, missing, "{viewer} {view}");
                }
            }
        }
    }
    // The same bytes where the whole path is nonsense.
    let viewer = [("X-Demo-Viewer", "headhunter")];
    let hidden = demo.request("GET", "/liepin/resumes/zhang-san", &viewer, b"");
    for path in ["/liepin/resumes/a/b", "/liepin/resumes/", "/nowhere"] {
        assert_eq!(demo.request("GET", path, &viewer, b""), hidden, "{path}");
    }
}

#[test]
fn broken_bodies_give_one_clear_error_and_nothing_of_themselves() {
    let demo = Demo::start(&["--pack", "policies/liepin"]);
    let mut answers = BTreeSet::new();
    for fault in [
        "not-json",
        "not-an-object",
        "truncated",
        "too-deep",
        "duplicate-keys",
        "too-large",
        "not-utf8",
        "trailing",
        "empty",
        "short",
        "failure",
        "redirect",
        "partial",
        "encoded",
        "wrong-type",
    ] {
        let name = format!("test-{fault}");
        // The owner may see everything: what is held back here is held back for the body's sake.
        for viewer in ["candidate", "headhunter"] {
            let reply = demo.resume("liepin", &name, "detail", viewer);
            assert_eq!(reply.status, 502, "{fault}");
            assert_eq!(
                reply.header("content-type"),
                Some("application/problem+json")
            );
            no_secret(&reply);
            answers.insert((reply.headers.clone(), reply.body));
        }
        // A closed gate stands before the upstream: there is nothing to break.
        assert_eq!(
            demo.resume("liepin", &name, "detail", "blocklisted").status,
            403
        );
    }
    assert_eq!(answers.len(), 1, "one answer for all of them: {answers:?}");
    let silent = demo.resume("liepin", "test-silent", "detail", "candidate");
    assert_eq!(silent.status, 504);
    no_secret(&silent);
    // And the log says which it was.
    let log = demo.log();
    for why in [
        "nesting",
        "repeats",
        "UTF-8",
        "not an object",
        "ends early",
        "status 302",
    ] {
        assert!(log.contains(why), "{why}: {log}");
    }
}

#[test]
fn conditions_ranges_and_head_let_nothing_escape() {
    let demo = Demo::start(&["--pack", "policies/liepin"]);
    let path = "/liepin/resumes/zhang-san?view=detail";
    let viewer = ("X-Demo-Viewer", "headhunter");
    let plain = demo.request("GET", path, &[viewer], b"");
    assert_eq!(plain.status, 200);
    no_secret(&plain);
    let names: BTreeSet<&str> = plain.headers.iter().map(|(n, _)| n.as_str()).collect();
    let all = [
        "accept-ranges",
        "cache-control",
        "content-length",
        "content-type",
        "referrer-policy",
        "x-content-type-options",
    ];
    assert_eq!(names, BTreeSet::from(all), "no header but ours");
    assert_eq!(plain.header("cache-control"), Some("no-store"));
    assert_eq!(
        plain.header("content-length"),
        Some(plain.body.len().to_string().as_str())
    );
    for extra in [
        ("If-None-Match", "\"13800138000\""),
        ("If-None-Match", "*"),
        ("If-Modified-Since", "Wed, 28 Apr 2021 10:00:00 GMT"),
        ("If-Match", "\"other\""),
        ("If-Unmodified-Since", "Wed, 28 Apr 2010 10:00:00 GMT"),
        ("Range", "bytes=0-9"),
        ("Range", "bytes=-5"),
        ("Accept-Encoding", "gzip, br"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-Forwarded-Host", "elsewhere.example"),
    ] {
        let reply = demo.request("GET", path, &[viewer, extra], b"");
        assert_eq!(reply, plain, "{extra:?}");
    }
    let head = demo.request("HEAD", path, &[viewer], b"");
    assert_eq!((head.status, &head.headers), (200, &plain.headers));
    assert!(head.body.is_empty());
}

#[test]
fn who_asks_and_how_is_settled_before_anything_about_a_resume() {
    let demo = Demo::start(&["--pack", "policies/liepin"]);
    let path = |name: &str, query: &str| format!("/liepin/resumes/{name}{query}");
    let viewer = ("X-Demo-Viewer", "headhunter");
    type Case<'c> = (&'c str, &'c str, &'c [(&'c str, &'c str)], u16);
    let cases: [Case<'_>; 9] = [
        ("GET", "", &[], 401),
        ("GET", "", &[("X-Demo-Viewer", "nobody")], 401),
        ("GET", "", &[("X-Demo-Viewer", "")], 401),
        ("GET", "", &[viewer, ("X-Demo-Viewer", "candidate")], 401),
        ("GET", "?view=everything", &[viewer], 400),
        ("GET", "?view=detail&view=download", &[viewer], 400),
        (
            "GET",
            "?view=detail&now=2022-01-01T00:00:00Z",
            &[viewer],
            400,
        ),
        ("POST", "", &[viewer], 405),
        ("OPTIONS", "", &[viewer], 405),
    ];
    for (method, query, headers, status) in cases {
        let known = demo.request(method, &path("zhang-san", query), headers, b"");
        let missing = demo.request(method, &path("nobody", query), headers, b"");
        assert_eq!(known.status, status, "{method} {query} {headers:?}");
        assert_eq!(known, missing);
        no_secret(&known);
    }
    for (name, value) in [("host", "evil.example"), ("host", "evil.example:80")] {
        let reply = demo.request("GET", &path("zhang-san", ""), &[viewer, (name, value)], b"");
        assert_eq!(reply.status, 421);
    }
}

#[test]
fn a_changed_setting_holds_from_the_next_request_on() {
    let demo = Demo::start(&["--pack", "policies/liepin"]);
    let phone = |viewer: &str| {
        let reply = demo.resume("liepin", "zhang-san", "detail", viewer);
        let document: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let phone = document["basics"]["phone"].as_str().map(str::to_owned);
        (reply.status, phone)
    };
    let real = Some("13800138000".to_owned());
    let (status, relay) = phone("applied-recruiter");
    assert!(status == 200 && relay.is_some() && relay != real);
    demo.set("zhang-san", &json!({"phoneProtected": false}));
    assert_eq!(phone("applied-recruiter"), (200, real.clone()));
    assert_eq!(phone("headhunter"), (200, None));
    demo.set("zhang-san", &json!({"applied": {"headhunter": true}}));
    assert_eq!(phone("headhunter"), (200, real));
    demo.set("zhang-san", &json!({"phoneProtected": true}));
    assert_eq!(phone("headhunter"), (200, relay));
    demo.set("zhang-san", &json!({"blocklisted": {"headhunter": true}}));
    assert_eq!(phone("headhunter").0, 403);
    assert_eq!(phone("blocklisted").0, 403);
    demo.set(
        "zhang-san",
        &json!({"blocklisted": {"headhunter": false, "blocklisted": false}}),
    );
    assert_eq!(phone("headhunter").0, 200);
    assert_eq!(phone("blocklisted").0, 200);
    demo.set("zhang-san", &json!({"currentEmployer": "headhunter"}));
    assert_eq!(phone("headhunter").0, 404);
    assert_eq!(phone("current-employer").0, 200);
    demo.set(
        "zhang-san",
        &json!({"currentEmployer": "", "visibility": "partial"}),
    );
    assert_eq!(phone("headhunter").0, 200, "applied");
    assert_eq!(phone("other-job-recruiter").0, 404);
    // Other résumés have settings of their own.
    let other = demo.resume("liepin", "ouyang-jing", "detail", "other-job-recruiter");
    assert_eq!(other.status, 200);
    let reset = demo.request("DELETE", "/api/settings?resume=zhang-san", &[], b"");
    assert_eq!(reset.status, 200);
    assert_eq!(phone("other-job-recruiter"), (200, None));
}

#[test]
fn nothing_changes_by_nonsense_or_by_another_site() {
    let demo = Demo::start(&["--pack", "policies/liepin"]);
    let path = "/api/settings?resume=zhang-san";
    for body in [
        "",
        "[]",
        "{",
        "{\"visibility\":\"everyone\"}",
        "{\"phoneProtected\":\"no\"}",
        "{\"applied\":{\"nobody\":true}}",
        "{\"blocklisted\":{\"nobody\":true}}",
        "{\"currentEmployer\":\"nobody\"}",
        "{\"now\":\"2022-01-01T00:00:00Z\"}",
    ] {
        let reply = demo.request("PUT", path, &[], body.as_bytes());
        assert_eq!(reply.status, 400, "{body}");
    }
    let body = b"{\"phoneProtected\":false}";
    let foreign = [("Origin", "https://evil.example")];
    assert_eq!(demo.request("PUT", path, &foreign, body).status, 421);
    assert_eq!(
        demo.request("PUT", "/api/settings?resume=nobody", &[], body)
            .status,
        400
    );
    assert_eq!(demo.request("POST", path, &[], body).status, 404);
    let large = vec![b' '; 65 << 10];
    assert_eq!(demo.request("PUT", path, &[], &large).status, 400);
    for path in [
        "/api/matrix",
        "/api/matrix?pack=none&view=detail&resume=zhang-san",
        "/api/matrix?pack=liepin&view=none&resume=zhang-san",
        "/api/matrix?pack=liepin&view=detail&resume=test-failure",
        "/api/cell?pack=liepin&view=detail&resume=zhang-san&viewer=headhunter&class=none",
        "/api/viewer?pack=liepin&view=detail&resume=zhang-san&viewer=nobody",
        "/api/notices?resume=nobody",
    ] {
        assert_eq!(demo.request("GET", path, &[], b"").status, 400, "{path}");
    }
    let matrix = demo.json("/api/matrix?pack=liepin&view=detail&resume=zhang-san");
    assert_eq!(matrix["revision"], 0);
    assert_eq!(matrix["settings"]["phoneProtected"], true);
}

#[test]
fn the_candidate_is_told_once_of_each_download_and_of_no_dry_run() {
    let demo = Demo::start(&["--pack", "policies/liepin"]);
    let told = || {
        demo.json("/api/notices?resume=zhang-san")
            .as_array()
            .map_or(0, Vec::len)
    };
    demo.json("/api/matrix?pack=liepin&view=download&resume=zhang-san");
    demo.json("/api/viewer?pack=liepin&view=download&resume=zhang-san&viewer=applied-recruiter");
    assert_eq!(told(), 0, "a dry run");
    let path = "/liepin/resumes/zhang-san?view=download";
    let viewer = [("X-Demo-Viewer", "applied-recruiter")];
    assert_eq!(demo.request("HEAD", path, &viewer, b"").status, 200);
    assert_eq!(told(), 0, "no byte of the body left");
    assert_eq!(demo.request("GET", path, &viewer, b"").status, 200);
    assert_eq!(told(), 1);
    assert_eq!(
        demo.resume("liepin", "zhang-san", "download", "blocklisted")
            .status,
        403
    );
    assert_eq!(told(), 1, "nothing was disclosed");
    let notices = demo.json("/api/notices?resume=zhang-san").to_string();
    for secret in SECRETS {
        assert!(!notices.contains(secret), "{secret}: {notices}");
    }
    let log = demo.log();
    assert!(
        log.contains("obligations: ") && log.contains("notify-candidate"),
        "{log}"
    );
    assert!(log.contains("why: blocklisted-company"), "{log}");
    for secret in SECRETS {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

/// A position is shown as it is. A body that hides the number there is not sent at all, but to those
/// who may see the number.
#[test]
fn a_true_value_in_an_odd_place_holds_the_whole_body_back() {
    let demo = Demo::start(&["--pack", "policies/liepin"]);
    let ask = |viewer: &str| demo.resume("liepin", "test-known-value", "detail", viewer);
    for viewer in ["headhunter", "other-job-recruiter", "applied-recruiter"] {
        let reply = ask(viewer);
        assert_eq!(reply.status, 502, "{viewer}");
        no_secret(&reply);
        assert!(!reply.text().contains("138-0013-8000"));
    }
    let log = demo.log();
    assert!(
        !log.contains("138-0013-8000") && log.contains("502"),
        "{log}"
    );
}

/// The page's data are the proxy's bodies: the same cells, the same answers, the same texts of
/// policies as in the files.
#[test]
fn the_page_shows_what_the_proxy_sends() {
    let demo = Demo::start(&["--pack", "policies/liepin"]);
    let about = demo.json("/api/demo");
    assert_eq!(about["resumes"].as_array().map(Vec::len), Some(3));
    for view in ["card", "detail", "download", "contact"] {
        let query = format!("pack=liepin&view={view}&resume=zhang-san");
        let matrix = demo.json(&format!("/api/matrix?{query}"));
        for viewer in matrix["viewers"].as_array().expect("viewers") {
            let name = viewer["name"].as_str().expect("a name");
            let reply = demo.resume("liepin", "zhang-san", view, name);
            assert_eq!(viewer["gate"]["status"], reply.status, "{name} {view}");
            let whole = demo.json(&format!("/api/viewer?{query}&viewer={name}"));
            let shown = whole["shown"].as_str().unwrap_or_default();
            // The page shows what is in a body; the proxy marks what it sends.
            match reply.text() {
                _ if reply.status != 200 => assert_eq!(shown, ""),
                sent if sent.contains("\"proof\"") => {
                    let shown: Value = serde_json::from_str(shown).expect("JSON");
                    assert_eq!(mark::unmarked(&reply.body), shown, "{name} {view}");
                }
                sent => assert_eq!(shown, sent, "{name} {view}"),
            }
            // Without the codes that the proxy puts between the characters of long texts.
            let mut sent = reply.text();
            sent.retain(|c| !matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}'));
            for cell in viewer["cells"].as_array().expect("cells") {
                for shown in cell["shown"].as_array().expect("values") {
                    let text = shown.as_str().expect("a text");
                    assert!(sent.contains(text), "{name} {view}: {text}");
                }
            }
        }
    }
    let cell = demo.json(
        "/api/cell?pack=liepin&view=detail&resume=zhang-san&viewer=applied-recruiter&class=phone",
    );
    let rungs = cell["ladder"].as_array().expect("a ladder");
    assert_eq!(
        rungs[0]["policies"],
        json!(["protected-phone-is-never-real"])
    );
    assert_eq!(
        (&rungs[0]["allowed"], &rungs[1]["taken"]),
        (&json!(false), &json!(true))
    );
    for source in cell["sources"].as_array().expect("policies") {
        let field = |name: &str| source[name].as_str().expect("a text");
        let file = fs::read_to_string(root().join(field("file"))).expect("the file");
        assert!(file.contains(field("text")), "{}", field("id"));
        assert!(field("text").contains(&format!("@id(\"{}\")", field("id"))));
        assert!(!field("basis").is_empty());
        let line = usize::try_from(source["line"].as_u64().expect("a line")).expect("small");
        let at = file.lines().nth(line - 1).expect("the line");
        assert!(at.starts_with("@id"), "{at}");
    }
    let page = demo.request("GET", "/", &[], b"");
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-security-policy")
            .is_some_and(|p| p.starts_with("default-src 'none'"))
    );
    no_secret(&page);
}

#[test]
fn once_prints_both_matrices_of_each_pack() {
    let output = run(&["demo", "--once"]);
    assert!(output.status.success());
    let shown = String::from_utf8_lossy(&output.stdout);
    let names = packs().into_iter().map(|p| {
        let name = p.file_name().expect("a name");
        name.to_string_lossy().into_owned()
    });
    for name in names {
        for word in ["on", "off"] {
            let head = format!("{name}, protection of phone and name {word}:");
            assert!(shown.contains(&head), "{head}");
        }
    }
    let row = |class: &str, nth: usize| {
        let mut rows = shown.lines().filter(|l| l.starts_with(class));
        rows.nth(nth)
            .unwrap_or_else(|| panic!("no row {class}"))
            .to_owned()
    };
    assert!(row("name ", 0).contains("张**"));
    // In the second matrix the team of the job that was applied to sees the real number.
    assert_eq!(
        row("phone ", 0).matches("13800138000").count(),
        2,
        "{}",
        row("phone ", 0)
    );
    assert_eq!(
        row("phone ", 1).matches("13800138000").count(),
        3,
        "{}",
        row("phone ", 1)
    );
}

#[test]
fn bad_arguments_are_clear_errors() {
    let fails = |arguments: &[&str], message: &str| {
        let output = run(&[&["demo"], arguments].concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(told.contains(message), "{arguments:?}: {told}");
        told
    };
    fails(&["--once", "--pack", "policies/none"], "pack.toml");
    fails(&["--once", "no-such-file.json"], "no-such-file.json");
    let twice = [
        "--once",
        "--pack",
        "policies/liepin",
        "--pack",
        "policies/liepin",
    ];
    fails(&twice, "a second pack");
    let broken = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("broken.json");
    fs::write(&broken, "{\"basics\":{\"phone\":\"13800138000\"").expect("written");
    let path = broken.to_str().expect("UTF-8");
    let told = fails(&["--once", "--pack", "policies/liepin", path], "the résumé");
    assert!(!told.contains("13800138000"), "{told}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    fails(
        &["--pack", "policies/liepin", "--port", &port],
        &format!("port {port}"),
    );
}
