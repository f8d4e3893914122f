//! Gateways with Privet in their own process, each with the configuration of its quick start: the
//! table of the gateways that ask `privet serve`, and the same bytes; then the faults of guests.

use crate::configuration::build;
use crate::gateways::{Gateway, LIMITS, same_as_alone};
use crate::guests::{Guests, broken_config};
use crate::hosts::{Host, envoy, last_port, nginx, pingora, tower};
use crate::http::exchange;
use crate::identity::{HEADERS, TRUSTED_JOB};
use crate::scene::{Scene, eventually, header_map, no_secret, viewer_headers};
use hyper::header::HeaderMap;
use privet_gateway::failure::Failure;
use privet_server::exchange::{Asked, Exchange};
use privet_server::inside::Inside;
use privet_server::listen::Peer;
use serde_json::{Value, json};

/// The table of all gateways.
fn same(host: Option<Host>) {
    let Some(host) = host else { return };
    let mut scene = Scene::start(&[LIMITS]);
    let gateway = host.start(&scene);
    same_as_alone(&scene, &gateway);
    let records = scene.lines("log/decisions.jsonl");
    assert!(records.iter().any(|r| r["door"] == "inside"));
    counted(&scene, &gateway);
    // No sidecar is asked.
    scene.kill();
    let headers = viewer_headers("other-job-recruiter");
    let reply = exchange(gateway.port, "GET", "/resumes/resume-1", &headers, b"");
    assert_eq!(reply.status, 200);
}

/// What a gateway counts, on the last port of its configuration.
fn counted(scene: &Scene, gateway: &Gateway) {
    let (file, before, path) = match gateway.name {
        "nginx-ffi" => ("nginx-ffi.conf", "127.0.0.1:", "/metrics"),
        "envoy-module" => ("envoy-module.yaml", "port_value: ", "/stats"),
        _ => return,
    };
    let port = last_port(scene, file, before);
    let said = exchange(port, "GET", path, &[], b"").text();
    let answers = said.lines().filter(|l| l.contains("privet_answers"));
    assert!(answers.clone().any(|l| l.contains("open")), "{said}");
    assert!(answers.clone().any(|l| l.contains("not-found")), "{said}");
}

/// Whatever the guest does, the process lives and nothing is shown; with a good guest it shows.
fn faults(host: Option<Host>) {
    let Some(host) = host else { return };
    let guests = Guests::get();
    let scene = broken_config(&guests.trapping);
    let gateway = host.start(&scene);
    let ask = |path: &str| {
        let headers = viewer_headers("other-job-recruiter");
        let reply = exchange(gateway.port, "GET", path, &headers, b"");
        no_secret(&reply);
        reply.status
    };
    // Several times, so that every worker is asked.
    let settles = |path: &str, status: u16| {
        eventually(&format!("{}: {path} is {status}", gateway.name), || {
            (0..12).all(|_| ask(path) == status)
        });
    };
    // nginx makes its log of what a library writes to the standard error.
    let log = || gateway.said() + &scene.read("log/nginx.log");
    let logged = |text: &str| {
        eventually(&format!("{}: {text}", gateway.name), || {
            log().contains(text)
        });
    };
    settles("/resumes/resume-1", 503);
    settles("/search", 503);
    logged("inside: trap");
    scene.write_bytes("pack.wasm", &guests.endless);
    eventually("a late guest", || {
        let status = ask("/resumes/resume-1");
        assert_eq!(status, 503, "{}", gateway.name);
        log().contains("inside: deadline")
    });
    scene.write_bytes("pack.wasm", &guests.good);
    settles("/resumes/resume-1", 200);
    // Facts that do not fit.
    settles("/resumes/resume-3", 503);
    logged("inside: memory");
    // What is broken or forged is not taken, and the last good one stays.
    scene.write_bytes("pack.wasm", b"\0asm broken");
    logged("reload refused");
    build(&scene, "pack.bundle", &["--aot"]);
    let whole = scene.read_bytes("pack.bundle");
    let digest = privet_host::Digest::of(&whole);
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    scene.write_bytes("pack.bundle", &damaged);
    scene.edit(
        "wasm = \"pack.wasm\"",
        &format!("bundle = \"pack.bundle\"\ndigest = \"{digest}\""),
    );
    logged("not the one whose digest is pinned");
    settles("/resumes/resume-1", 200);
    let taken = || log().matches(" is live").count();
    let before = taken();
    scene.write_bytes("pack.bundle", &whole);
    eventually("the whole bundle is taken", || taken() > before);
    settles("/resumes/resume-1", 200);
}

/// Headers that say who asks count by the connection's own address, and never go up.
fn believes(host: Option<Host>) {
    let Some(host) = host else { return };
    for (peers, status) in [("127.0.0.0/8", 200), ("10.0.0.0/8", 401)] {
        let scene = Scene::prepare(&[HEADERS, TRUSTED_JOB, ("PEERS", peers)]);
        let gateway = host.start(&scene);
        let headers = [
            ("X-Principal-Id", "recruiter-1"),
            ("X-Principal-Type", "Recruiter"),
            ("X-Job", "job-1"),
            ("X-Purpose", "recruitment"),
            ("X-Forwarded-For", "10.0.0.1"),
        ];
        let reply = exchange(gateway.port, "GET", "/resumes/resume-1", &headers, b"");
        assert_eq!(reply.status, status, "{}: {peers}", gateway.name);
        no_secret(&reply);
        let up = scene.upstream.heads().to_lowercase();
        assert!(!up.contains("x-principal"), "{up}");
    }
}

#[test]
fn nginx_with_the_library() {
    same(nginx());
}

#[test]
fn nginx_outlives_its_guests() {
    faults(nginx());
}

#[test]
fn envoy_with_the_module() {
    same(envoy());
}

#[test]
fn envoy_outlives_its_guests() {
    faults(envoy());
}

#[test]
fn a_tower_service_with_the_layer() {
    same(tower());
}

#[test]
fn a_tower_service_outlives_its_guests() {
    faults(tower());
}

#[test]
fn a_pingora_proxy() {
    same(pingora());
}

#[test]
fn a_pingora_proxy_outlives_its_guests() {
    faults(pingora());
}

#[test]
fn nginx_believes_connections() {
    believes(nginx());
}

#[test]
fn envoy_believes_connections() {
    believes(envoy());
}

#[test]
fn pingora_believes_connections() {
    believes(pingora());
}

#[test]
fn without_a_configuration_nothing_is_shown() {
    let Some(host) = nginx() else { return };
    let scene = Scene::start(&[]);
    // The library is there, and has nothing to go by.
    scene.write("facts.json", "{");
    let gateway = host.start(&scene);
    for path in ["/resumes/resume-1", "/search", "/nowhere"] {
        let headers = viewer_headers("candidate");
        let reply = exchange(gateway.port, "GET", path, &headers, b"");
        assert_eq!(reply.status, 503, "{path}");
        no_secret(&reply);
    }
}

/// A subrequest of somebody else's: there nginx says what the client asked, not what is asked for.
#[test]
fn nginx_shows_nothing_to_subrequests_of_others() {
    let Some(mut host) = nginx() else { return };
    let others = "location = /capture { content_by_lua_block {
            local answer = ngx.location.capture(\"/resumes/resume-1\")
            ngx.status = answer.status
            ngx.print(answer.body)
        } }
        location = /guarded { auth_request /resumes/resume-1; proxy_pass http://127.0.0.1:9000; }";
    let at = "location = /privet-service {";
    host.edits.push((at.to_owned(), format!("{others} {at}")));
    let scene = Scene::prepare(&[]);
    let gateway = host.start(&scene);
    let headers = viewer_headers("other-job-recruiter");
    for path in ["/capture", "/guarded"] {
        let reply = exchange(gateway.port, "GET", path, &headers, b"");
        assert_eq!(reply.status, 500, "{path}");
        no_secret(&reply);
        assert!(!reply.text().contains("basics"), "{path}");
    }
    assert!(
        scene
            .read("log/nginx.log")
            .contains("asked in a subrequest")
    );
    assert!(scene.upstream.heads().is_empty());
    // From outside the service's location is not there.
    let reply = exchange(gateway.port, "GET", "/privet-service", &headers, b"");
    assert_eq!(reply.status, 404);
    let reply = exchange(gateway.port, "GET", "/resumes/resume-1", &headers, b"");
    assert_eq!(reply.status, 200);
}

/// In this very process: whatever is told out of order, or not at all, shows nothing.
#[test]
fn an_exchange_out_of_order_is_refused() {
    let edits = [("#limits", "response_body_bytes = 4096\nguest_instances = 8")];
    let scene = Scene::prepare(&edits);
    let inside = Inside::open(&scene.folder.join("privet.toml")).expect("loads");
    let headers = header_map(&viewer_headers("other-job-recruiter"));
    let json = header_map(&[("content-type", "application/json")]);
    let asked = Asked {
        method: "GET",
        target: "/resumes/resume-1",
        headers: &headers,
        peer: Peer::Unknown,
        has_body: false,
    };
    let body = crate::upstream::document();
    let begin = || {
        let mut exchange = inside.exchange();
        assert!(exchange.request(asked).is_ok());
        exchange
    };

    // In order, it is shown; and once only.
    let mut exchange = begin();
    exchange.response(200, &json, true).expect("admitted");
    let shown = exchange.body(body.clone()).expect("shown");
    assert!(String::from_utf8_lossy(&shown).contains("张**"));
    assert_eq!(
        exchange.body(body.clone()).expect_err("twice").status(),
        500
    );

    let mut exchange = inside.exchange();
    assert_eq!(
        exchange
            .response(200, &json, true)
            .expect_err("first")
            .status(),
        500
    );
    assert!(exchange.request(asked).is_err(), "after a failure");
    let mut exchange = begin();
    assert_eq!(
        exchange.body(body.clone()).expect_err("no head").status(),
        500
    );
    let mut exchange = begin();
    assert!(exchange.request(asked).is_err(), "twice");
    // With a body of the client's, without one of the service's, and with too long a one.
    let with_body = Asked {
        has_body: true,
        ..asked
    };
    assert_eq!(
        inside
            .exchange()
            .request(with_body)
            .expect_err("a body")
            .status(),
        400
    );
    assert_eq!(
        begin()
            .response(200, &json, false)
            .expect_err("none")
            .status(),
        502
    );
    let mut exchange = begin();
    exchange.response(200, &json, true).expect("admitted");
    let long = format!("{body}{}", " ".repeat(4096));
    assert_eq!(exchange.body(long).expect_err("long").status(), 502);
    assert_eq!(begin().fail(Failure::Timeout, "late").status(), 504);

    // A reload does not reach what has begun.
    let mut exchange = begin();
    let before = inside.revision();
    scene.edit("set = []", "set = [\"detail\"]");
    let after = inside.reload().expect("reloads");
    assert_ne!(before, after);
    let headers = exchange.response(200, &json, true).expect("admitted");
    assert_eq!(headers["privet-revision"], before.as_str());
    assert!(exchange.body(body).is_ok());
    assert_eq!(
        inside
            .exchange()
            .request(asked)
            .expect_err("stopped")
            .status(),
        403
    );
    scene.edit("[upstream]", "[upstream]\nsecure = true");
    assert!(inside.reload().is_err());
    assert_eq!(inside.revision(), after);
    let metrics = inside.metrics();
    assert!(
        metrics.contains("door=\"inside\",outcome=\"open\"} 2"),
        "{metrics}"
    );
}

/// However long the look at files takes to begin, nothing that changed since they were read is lost.
#[test]
fn what_changes_as_soon_as_it_is_loaded_is_taken() {
    let scene = Scene::prepare(&[("[server]", "[server]\nwatch_seconds = 1")]);
    let inside = Inside::open(&scene.folder.join("privet.toml")).expect("loads");
    scene.edit("set = []", "set = [\"card\"]");
    let first = inside.revision();
    eventually("it is taken", || inside.revision() != first);
}

fn asked<'a>(target: &'a str, headers: &'a HeaderMap) -> Asked<'a> {
    Asked {
        method: "GET",
        target,
        headers,
        peer: Peer::Unknown,
        has_body: false,
    }
}

/// An exchange that waits for the service's body.
fn admitted(inside: &Inside, asked: Asked<'_>) -> Exchange {
    let json = header_map(&[("content-type", "application/json")]);
    let mut exchange = inside.exchange();
    exchange.request(asked).expect("goes up");
    exchange.response(200, &json, true).expect("admitted");
    exchange
}

/// The answer to a page of these items, and its outcomes in the record.
fn page(edits: &[(&str, &str)], viewer: &str, items: &Value) -> (Result<Value, u16>, Vec<String>) {
    let scene = Scene::prepare(edits);
    let inside = Inside::open(&scene.folder.join("privet.toml")).expect("loads");
    let headers = header_map(&viewer_headers(viewer));
    let mut exchange = admitted(&inside, asked("/search", &headers));
    let count = items.as_array().expect("a list").len();
    let body = json!({"total": count, "page": 1, "items": items});
    let shown = exchange.body(body.to_string());
    let shown = shown.map_err(|refusal| refusal.status());
    let shown = shown.map(|body| serde_json::from_slice(&body).expect("JSON"));
    let records = scene.lines("log/decisions.jsonl");
    let outcome = |r: &Value| {
        let text = |place| r.pointer(place).and_then(Value::as_str);
        let id = text("/resource/id").unwrap_or("?");
        format!("{id} {}", text("/outcome").unwrap_or("?"))
    };
    (shown, records.iter().map(outcome).collect())
}

#[test]
fn an_item_that_cannot_be_shown_is_left_out_of_its_page() {
    let document: Value = serde_json::from_str(&crate::upstream::document()).expect("JSON");
    // The phone of the candidate, where the rules show a text as it is.
    let mut odd = document.clone();
    odd["skills"][0]["level"] = "13800138000".into();
    let items = json!([
        {"id": "resume-2", "resume": document},
        {"id": "resume-1", "resume": odd},
        {"id": "resume-3", "resume": document},
    ]);
    let detail = [("view = \"card\"", "view = \"detail\"")];
    let (shown, records) = page(&detail, "applied-recruiter", &items);
    let shown = shown.expect("a page");
    assert_eq!(shown["total"], 1, "{shown}");
    assert_eq!(shown["items"].as_array().map(Vec::len), Some(1), "{shown}");
    assert_eq!(shown["items"][0]["id"], "resume-3");
    assert_eq!(
        records,
        ["resume-2 not-found", "resume-1 upstream", "resume-3 open"]
    );
}

#[test]
fn a_page_that_is_refused_leaves_no_open_record() {
    let document: Value = serde_json::from_str(&crate::upstream::document()).expect("JSON");
    // The last one has no decision: its facts do not fit.
    let items = json!([
        {"id": "resume-1", "resume": document},
        {"id": "resume-3", "resume": document},
    ]);
    let guest = ("#limits", "guest_memory_bytes = 1048576");
    let large = crate::guests::too_large_facts().to_string();
    let scene = Scene::prepare(&[]);
    scene.write("large.json", &large);
    let file = format!("file = {:?}", scene.folder.join("large.json"));
    let facts = ("file = \"facts.json\"", file.as_str());
    let (shown, records) = page(&[guest, facts], "other-job-recruiter", &items);
    assert_eq!(shown, Err(503));
    assert_eq!(records, ["resume-3 decision"]);
    // A mark is of a document that nothing is written into afterwards.
    let marked = [
        ("view = \"card\"", "view = \"download\""),
        ("document = \"$.resume\"\n", ""),
    ];
    let mut item = document;
    item["id"] = "resume-1".into();
    let (shown, records) = page(&marked, "applied-recruiter", &json!([item]));
    assert_eq!(shown, Err(503));
    assert_eq!(records, ["resume-1 obligation"]);
}

#[test]
fn the_limit_of_a_body_is_that_of_the_file() {
    let scene = Scene::prepare(&[("#limits", "response_body_bytes = 20971520")]);
    let inside = Inside::open(&scene.folder.join("privet.toml")).expect("loads");
    let headers = header_map(&viewer_headers("other-job-recruiter"));
    let mut exchange = admitted(&inside, asked("/resumes/resume-1", &headers));
    let body = format!("{}{}", crate::upstream::document(), " ".repeat(12 << 20));
    assert!(exchange.body(body).is_ok());
    // What is lost by a parser is not lost by a service.
    for target in ["/resumes/resume-1#/plain", "/resumes/resume-1?view=card#"] {
        let refused = inside.exchange().request(asked(target, &headers));
        assert_eq!(refused.expect_err(target).status(), 400);
    }
}
