//! HTTP/2 at the proxy: many streams on one connection, and clients that take theirs back. At nginx
//! with the library: by a server before it, and not directly.

use crate::hosts::{nginx, ports};
use crate::http::exchange;
use crate::scene::{SECRETS, Scene, viewer_headers};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::time::Duration;
use tokio::net::TcpStream;

async fn connected(port: u16) -> SendRequest<Empty<Bytes>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await;
    let io = TokioIo::new(stream.expect("connects"));
    let (sender, connection) = handshake(TokioExecutor::new(), io).await.expect("HTTP/2");
    tokio::spawn(connection);
    sender
}

/// Asks on a connection as a viewer of the quick start.
fn ask(
    sender: &SendRequest<Empty<Bytes>>,
    path: &str,
) -> impl Future<Output = hyper::Result<Response<Incoming>>> + use<> {
    let mut request = Request::get(format!("http://privet.example{path}"));
    for (name, value) in viewer_headers("other-job-recruiter") {
        request = request.header(name, value);
    }
    let request = request.body(Empty::<Bytes>::new()).expect("a request");
    let mut sender = sender.clone();
    async move { sender.send_request(request).await }
}

async fn body(response: Response<Incoming>) -> Bytes {
    let whole = response.into_body().collect().await;
    whole.expect("a body").to_bytes()
}

fn block_on(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work);
}

#[test]
fn streams_share_a_connection_and_resets_harm_nobody() {
    let scene = Scene::start(&[]);
    let port = scene.port("proxy");
    let headers = viewer_headers("other-job-recruiter");
    let alone = exchange(port, "GET", "/resumes/resume-1", &headers, b"");
    block_on(async {
        let sender = connected(port).await;
        let ask = |path: &str| ask(&sender, path);
        // With twenty of them that nobody has looked at yet, h2 takes the connection for an attack.
        for _ in 0..16 {
            let reset = tokio::time::timeout(Duration::from_millis(1), ask("/resumes/r_silent"));
            assert!(reset.await.is_err(), "taken back before it was answered");
        }
        let many: Vec<_> = (0..40)
            .map(|_| tokio::spawn(ask("/resumes/resume-1")))
            .collect();
        for one in many {
            let response = one.await.expect("ends").expect("an answer");
            assert_eq!(response.status(), 200);
            assert!(response.headers().get("etag").is_none());
            assert_eq!(body(response).await, alone.body);
        }
        let private = ask("/resumes/resume-2").await.expect("an answer");
        assert_eq!(private.status(), 404);
    });
}

#[test]
fn a_head_that_is_refused_has_no_body() {
    let scene = Scene::start(&[]);
    block_on(async {
        let mut sender = connected(scene.port("proxy")).await;
        for (path, status) in [("/resumes/resume-2", 404), ("/resumes/resume-1", 401)] {
            let mut request = Request::head(format!("http://privet.example{path}"));
            let credentials = viewer_headers("other-job-recruiter").into_iter();
            for (name, value) in credentials.filter(|_| status == 404) {
                request = request.header(name, value);
            }
            let request = request.body(Empty::<Bytes>::new()).expect("a request");
            let response = sender.send_request(request).await.expect("an answer");
            assert_eq!(response.status(), status);
            assert!(body(response).await.is_empty(), "{path}");
        }
    });
}

#[test]
fn nginx_takes_it_by_a_server_before_the_one_that_enforces() {
    let Some(host) = nginx() else { return };
    let scene = Scene::start(&[]);
    let gateway = host.start(&scene);
    let headers = viewer_headers("other-job-recruiter");
    let alone = exchange(gateway.port, "GET", "/resumes/resume-1", &headers, b"");
    assert_eq!(alone.status, 200);
    // That of the quick start's second server.
    let listening = ports(&scene, "nginx-ffi.conf", "listen 127.0.0.1:");
    block_on(async {
        let sender = connected(listening[1]).await;
        let many: Vec<_> = (0..20).map(|_| ask(&sender, "/resumes/resume-1")).collect();
        for one in many {
            let response = one.await.expect("an answer");
            assert_eq!(response.status(), 200);
            assert_eq!(body(response).await, alone.body);
        }
        let private = ask(&sender, "/resumes/resume-2").await.expect("an answer");
        assert_eq!(private.status(), 404);
    });
}

#[test]
fn nginx_asked_directly_shows_nothing() {
    let Some(mut host) = nginx() else { return };
    let listen = "listen 127.0.0.1:8090;".to_owned();
    host.edits
        .push((listen, "listen 127.0.0.1:8090 http2;".to_owned()));
    let scene = Scene::prepare(&[]);
    let gateway = host.start(&scene);
    block_on(async {
        let sender = connected(gateway.port).await;
        for path in ["/resumes/resume-1", "/search", "/nowhere"] {
            let response = ask(&sender, path).await.expect("an answer");
            assert_eq!(response.status(), 505, "{path}");
            let body = body(response).await;
            let text = String::from_utf8_lossy(&body);
            assert!(!text.contains("basics"), "{text}");
            assert!(SECRETS.iter().all(|s| !text.contains(s)), "{text}");
        }
    });
    assert!(scene.read("log/nginx.log").contains("asked by HTTP/2"));
    assert!(scene.upstream.heads().is_empty());
}
