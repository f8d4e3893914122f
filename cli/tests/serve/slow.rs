//! Clients that take their time.

use crate::scene::Scene;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

#[test]
fn a_head_that_does_not_end_ends_the_connection() {
    let scene = Scene::start(&[("#limits", "request_head_ms = 500")]);
    for door in ["proxy", "decisions", "admin"] {
        let mut stream = TcpStream::connect(("127.0.0.1", scene.port(door))).expect("connects");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a timeout");
        stream
            .write_all(b"GET /resumes/resume-1 HTTP/1.1\r\nHost: a\r\nX: ")
            .expect("sent");
        let mut answer = Vec::new();
        // It is closed, with or without a word; nothing is waited for longer than the reader does.
        let read = stream.read_to_end(&mut answer);
        assert!(
            read.is_ok() || !answer.is_empty() || is_reset(&read),
            "{door}: {read:?}"
        );
        let text = String::from_utf8_lossy(&answer).into_owned();
        assert!(!text.starts_with("HTTP/1.1 2"), "{door}: {text}");
    }
}

/// Nothing at all, and words that both versions of HTTP might begin with.
#[test]
fn a_silent_connection_ends() {
    let scene = Scene::start(&[("#limits", "request_head_ms = 500")]);
    for door in ["proxy", "decisions", "grpc", "spoe", "admin"] {
        for said in ["", "PRI * HTTP/2"] {
            let mut stream = TcpStream::connect(("127.0.0.1", scene.port(door))).expect("connects");
            let patience = Some(Duration::from_secs(30));
            stream.set_read_timeout(patience).expect("a timeout");
            stream.write_all(said.as_bytes()).expect("sent");
            let mut answer = Vec::new();
            let read = stream.read_to_end(&mut answer);
            assert!(read.is_ok() || is_reset(&read), "{door} {said}: {read:?}");
        }
    }
}

fn is_reset(read: &std::io::Result<usize>) -> bool {
    read.as_ref()
        .is_err_and(|e| e.kind() == std::io::ErrorKind::ConnectionReset)
}

#[test]
fn connections_beyond_the_limit_are_closed() {
    let scene = Scene::start(&[("#limits", "connections = 2")]);
    let open: Vec<TcpStream> = (0..2)
        .map(|_| {
            let mut stream =
                TcpStream::connect(("127.0.0.1", scene.port("proxy"))).expect("connects");
            // An answer shows that the connection was taken.
            stream
                .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                .expect("sent");
            let mut first = [0; 12];
            stream.read_exact(&mut first).expect("an answer");
            assert_eq!(&first, b"HTTP/1.1 404");
            stream
        })
        .collect();
    let mut third = TcpStream::connect(("127.0.0.1", scene.port("proxy"))).expect("connects");
    let _ = third.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut answer = Vec::new();
    let _ = third.read_to_end(&mut answer);
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    drop(open);
    crate::scene::eventually("room", || {
        let stream = TcpStream::connect(("127.0.0.1", scene.port("proxy")));
        let mut stream = stream.expect("connects");
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        !answer.is_empty()
    });
}
