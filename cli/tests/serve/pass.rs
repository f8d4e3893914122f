//! Routes that pass: what a client may make of them, and what not.

use crate::scene::{SECRETS, Scene};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

fn passing(path: &str) -> Scene {
    let route = format!("[[route]]\npath = \"{path}\"\npass = true\n\n[authzen]");
    Scene::start(&[("[authzen]", &route)])
}

#[test]
fn a_service_is_asked_for_what_the_path_says() {
    let scene = passing("/plain");
    let headers = [
        ("X-Any", "1"),
        ("X-Original-URL", "/resumes/resume-1.json"),
        ("X-Rewrite-URL", "/resumes/resume-1.json"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("X_User", "candidate-1"),
    ];
    let reply = scene.send("proxy", "GET", "/plain", &headers, b"");
    assert_eq!(reply.status, 200);
    let seen = scene.upstream.heads().to_lowercase();
    assert!(seen.contains("x-any: 1"), "{seen}");
    for name in ["original", "rewrite", "override", "x_user"] {
        assert!(!seen.contains(name), "{name}: {seen}");
    }
}

/// What an enforced route asks the service for does not pass, under no name.
#[test]
fn a_route_for_all_the_rest_passes_nothing_that_is_enforced() {
    let scene = passing("/{rest...}");
    for (path, status) in [
        ("/plain", 200),
        ("/search.json", 404),
        ("/SEARCH.json", 404),
        ("/Search", 404),
        ("/resumes/resume-1.json", 401),
        ("/Resumes/resume-1", 404),
        ("/RESUMES/resume-1.JSON", 404),
    ] {
        let reply = scene.send("proxy", "GET", path, &[], b"");
        assert_eq!(reply.status, status, "{path}");
        let text = reply.text();
        assert!(SECRETS.iter().all(|secret| !text.contains(secret)));
    }
    let seen = scene.upstream.heads();
    assert!(!seen.to_lowercase().contains("resume-1"), "{seen}");
}

/// Answers each request by its path; behind the head for a HEAD, somewhat later, a whole answer of
/// somebody else's.
fn doubled(stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let answer = |name: &str| {
            let body = format!("{{\"basics\":{{\"label\":\"{name}\"}}}}");
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
        };
        if head.starts_with("HEAD ") {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
                .ok()?;
            std::thread::sleep(Duration::from_millis(150));
            stream.write_all(answer("foreign").as_bytes()).ok()?;
        } else {
            stream.write_all(answer("own").as_bytes()).ok()?;
        }
    }
}

#[test]
fn what_comes_late_on_a_passing_connection_is_nobody_elses_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || doubled(stream));
        }
    });
    let mut scene = Scene::prepare(&[(
        "[authzen]",
        "[[route]]\npath = \"/plain\"\npass = true\n\n[authzen]",
    )]);
    let before = format!("127.0.0.1:{}", scene.upstream.port);
    scene.edit(&before, &address);
    scene.run();
    for _ in 0..4 {
        let reply = scene.send("proxy", "HEAD", "/plain", &[], b"");
        assert_eq!(reply.status, 200);
        std::thread::sleep(Duration::from_millis(100));
        let reply = scene.get("candidate", "/resumes/resume-1");
        assert_eq!(reply.status, 200);
        assert!(reply.text().contains("own"), "{}", reply.text());
        let reply = scene.send("proxy", "GET", "/plain", &[], b"");
        assert!(reply.text().contains("own"), "{}", reply.text());
    }
}
