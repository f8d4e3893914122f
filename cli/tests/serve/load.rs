//! Reloads under load: no request fails, and each answer is wholly of one revision, in `privet serve`
//! and in the processes of gateways.
//!
//! `PRIVET_LOAD_REQUESTS` sets how many requests.

use crate::gateways::Gateway;
use crate::guests::{compiled, with_guest};
use crate::hosts::{Host, envoy, last_port, nginx, pingora, tower};
use crate::http::exchange;
use crate::scene::{Scene, eventually, no_secret, viewer_headers};
use std::collections::BTreeSet;
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

/// A status, and the revision that the answer says it is of.
type Answer = (u16, Option<String>);

fn ask(port: u16) -> Answer {
    let headers = viewer_headers("other-job-recruiter");
    let reply = exchange(port, "GET", "/resumes/resume-1?view=card", &headers, b"");
    no_secret(&reply);
    match reply.status {
        200 => assert!(reply.text().contains("张**")),
        403 => assert!(!reply.text().contains("basics")),
        status => panic!("{status}: {}", reply.text()),
    }
    let revision = reply.header("privet-revision").map(str::to_owned);
    (reply.status, revision)
}

/// Writes one configuration and the other in turns while a port is asked; under the other the
/// emergency switch stops the card. `reload` makes a gateway take what was written, or waits until it
/// has; from then on nobody gets what was before.
pub fn under_load(scene: &Scene, port: u16, reload: impl Fn(&dyn Fn() -> bool) + Sync) {
    let config = scene.read("privet.toml");
    let stopped = config.replace("set = []", "set = [\"card\"]");
    assert_ne!(config, stopped);
    let (done, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let answers = Mutex::new(BTreeSet::new());
    let needed = requests() / WORKERS * WORKERS;
    let reloads = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let answer = ask(port);
                        answers.lock().expect("answers").insert(answer);
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let _end = End(&done);
        let mut reloads = 0;
        while reloads < 4 || answered.load(Ordering::Relaxed) < needed {
            assert!(workers.iter().all(|w| !w.is_finished()), "a request failed");
            let (text, status) = match reloads % 2 {
                0 => (&stopped, 403),
                _ => (&config, 200),
            };
            scene.write("privet.toml", text);
            reload(&|| ask(port).0 == status);
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
    println!("{answered} requests, {reloads} reloads: {answers:?}");
    assert!(answered >= needed && reloads >= 4);
    // Each revision has one answer, and says which it is.
    let statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [200, 403], "{answers:?}");
    let revisions: BTreeSet<_> = answers.iter().map(|(_, revision)| revision).collect();
    assert_eq!(revisions.len(), 2, "{answers:?}");
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

/// Reloads under load, as a gateway reloads.
fn reloads(host: Option<Host>, edits: &[(&str, &str)], reload: impl Fn(&Reload<'_>) + Sync) {
    let Some(host) = host else { return };
    let scene = Scene::prepare(edits);
    with_guest(&scene, &compiled());
    let gateway = &host.start(&scene);
    under_load(&scene, gateway.port, |took| {
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
    let log = std::fs::read_to_string(&gateway.log).unwrap_or_default();
    let log = log + &scene.read("log/nginx.log");
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
