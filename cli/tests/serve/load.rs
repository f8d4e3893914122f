//! Reloads under load: no request fails, and each answer is wholly of one revision, in `privet serve`
//! and in the processes of gateways.
//!
//! `PRIVET_LOAD_REQUESTS` sets how many requests.

use crate::gateways::Gateway;
use crate::guests::{compiled, with_guest, without_names};
use crate::hosts::{Host, envoy, last_port, nginx, pingora, tower};
use crate::http::{Reply, exchange, parse, sent};
use crate::scene::{Scene, eventually, no_secret, viewer_headers};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const WORKERS: usize = 4;

fn requests() -> usize {
    match std::env::var("PRIVET_LOAD_REQUESTS") {
        Ok(text) => text.parse().expect("a number"),
        Err(_) => 2_000,
    }
}

/// A status, the revision that the answer says it is of, and the body.
type Answer = (u16, Option<String>, String);

fn ask(port: u16) -> Answer {
    let headers = viewer_headers("other-job-recruiter");
    let reply = promptly(port, "/resumes/resume-1?view=card", &headers);
    no_secret(&reply);
    let revision = reply.header("privet-revision").map(str::to_owned);
    (reply.status, revision, reply.text())
}

/// A configuration, and whether an answer is of it.
type State = (String, fn(&Answer) -> bool);

/// The configuration as it is, and with the card stopped by the emergency switch.
fn states(scene: &Scene) -> Vec<State> {
    let config = scene.read("privet.toml");
    let stopped = config.replace("set = []", "set = [\"card\"]");
    assert_ne!(config, stopped);
    vec![
        (stopped, |a| a.0 == 403 && !a.2.contains("basics")),
        (config, |a| a.0 == 200 && a.2.contains("张**")),
    ]
}

/// An answer as soon as all that its head promises is there: Envoy holds a connection for a second
/// after it has refused.
fn promptly(port: u16, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut stream = sent(port, "GET", path, headers, b"");
    let (mut bytes, mut piece) = (Vec::new(), [0; 1 << 14]);
    loop {
        let got = stream.read(&mut piece).expect("a piece");
        bytes.extend_from_slice(&piece[..got]);
        if !bytes.windows(4).any(|w| w == b"\r\n\r\n") {
            assert_ne!(got, 0, "{}", String::from_utf8_lossy(&bytes));
            continue;
        }
        let reply = parse(&bytes);
        let promised = reply.header("content-length").map(|l| l.parse());
        let promised: usize = promised.expect("a length").expect("a number");
        if reply.body.len() == promised {
            return reply;
        }
        assert_ne!(got, 0, "less than was promised");
    }
}

/// Writes configurations in turns while a port is asked. `reload` makes a gateway take what was
/// written, or waits until it has; from then on nobody gets what was before.
fn load(scene: &Scene, port: u16, states: &[State], reload: impl Fn(&dyn Fn() -> bool) + Sync) {
    let (done, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let answers = Mutex::new(BTreeSet::new());
    let needed = requests() / WORKERS * WORKERS;
    let reloads = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let answer = ask(port);
                        let known = states.iter().any(|(_, is_of)| is_of(&answer));
                        assert!(known, "{answer:?}");
                        answers.lock().expect("answers").insert(answer);
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let _end = End(&done);
        let mut reloads = 0;
        while reloads < 2 * states.len() || answered.load(Ordering::Relaxed) < needed {
            assert!(workers.iter().all(|w| !w.is_finished()), "a request failed");
            let (config, is_of) = &states[reloads % states.len()];
            scene.write("privet.toml", config);
            reload(&|| is_of(&ask(port)));
            reloads += 1;
            std::thread::sleep(Duration::from_millis(100));
        }
        done.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.join().expect("no request fails");
        }
        reloads
    });
    let answers = answers.into_inner().expect("answers");
    let answered = answered.into_inner();
    println!(
        "{answered} requests, {reloads} reloads, {} answers",
        answers.len()
    );
    assert!(answered >= needed);
    // One answer of each, to the byte: none has its body of one revision and its head of another.
    assert_eq!(answers.len(), states.len(), "{answers:?}");
    let revisions = answers
        .iter()
        .filter_map(|(_, revision, _)| revision.as_ref());
    let shown = answers.iter().filter(|(status, ..)| *status == 200).count();
    assert_eq!(
        revisions.collect::<BTreeSet<_>>().len(),
        shown,
        "{answers:?}"
    );
}

/// Ends the workers where a reload fails.
struct End<'d>(&'d AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// For gateways that look at files, and for those whose workers reload one by one: every worker is
/// asked, over new connections.
fn settled(answers: &dyn Fn() -> bool) {
    eventually("all workers have reloaded", || (0..12).all(|_| answers()));
}

const WATCHED: (&str, &str) = ("[server]", "[server]\nwatch_seconds = 1");

#[test]
fn a_sidecar_reloads_under_load() {
    let scene = Scene::start(&[]);
    load(&scene, scene.port("proxy"), &states(&scene), |took| {
        assert_eq!(scene.admin("POST", "/reload", &Value::Null).status, 200);
        assert!(took(), "the next request is of the new revision");
    });
}

/// Reloads under load, as a gateway reloads: of the switch, and of a pack that shows no name.
fn reloads(host: Option<Host>, edits: &[(&str, &str)], reload: impl Fn(&Reload<'_>) + Sync) {
    let Some(host) = host else { return };
    let scene = Scene::prepare(edits);
    with_guest(&scene, &compiled());
    scene.write_bytes("other.wasm", &without_names(&scene));
    let gateway = &host.start(&scene);
    let mut states = states(&scene);
    let other = scene.read("privet.toml").replace("pack.wasm", "other.wasm");
    states.push((other, |a| a.0 == 200 && !a.2.contains("张")));
    load(&scene, gateway.port, &states, |took| {
        reload(&Reload {
            scene: &scene,
            gateway,
            took,
        });
    });
    no_failure(&scene, gateway);
}

/// A configuration that a gateway is to take, and whether a request was answered by it.
struct Reload<'a> {
    scene: &'a Scene,
    gateway: &'a Gateway,
    took: &'a dyn Fn() -> bool,
}

fn no_failure(scene: &Scene, gateway: &Gateway) {
    let log = gateway.said() + &scene.read("log/nginx.log");
    assert!(!log.contains("reload refused"), "{}: {log}", gateway.name);
}

/// `privet.reload` in each of two workers; then no request gets what was before.
#[test]
fn nginx_reloads_under_load() {
    let host = nginx().map(|mut host| {
        let reload = "location = /reload { content_by_lua_block {
            local done, problem = privet.reload()
            local said = tostring(done and ngx.worker.pid() or problem)
            ngx.header[\"Content-Length\"] = #said
            ngx.print(said)
        } }";
        let at = "location = /revision {";
        host.edits.push((at.to_owned(), format!("{reload} {at}")));
        host
    });
    reloads(host, &[], |reload| {
        let port = last_port(reload.scene, "nginx-ffi.conf", "127.0.0.1:");
        let mut workers = BTreeSet::new();
        eventually("both workers", || {
            let said = exchange(port, "GET", "/reload", &[], b"").text();
            assert!(said.parse::<u32>().is_ok(), "{said}");
            workers.insert(said);
            workers.len() == 2
        });
        assert!((0..12).all(|_| (reload.took)()), "of what was before");
    });
}

#[test]
fn envoy_reloads_under_load() {
    reloads(envoy(), &[WATCHED], |reload| settled(reload.took));
}

/// `inside.reload()`, which the example calls on SIGHUP.
#[test]
fn a_tower_service_reloads_under_load() {
    reloads(tower(), &[], |reload| {
        reload.gateway.signal("HUP");
        settled(reload.took);
    });
}

#[test]
fn a_pingora_proxy_reloads_under_load() {
    reloads(pingora(), &[WATCHED], |reload| settled(reload.took));
}
