//! HTTP/2 at the proxy: many streams on one connection, and clients that take theirs back.

use crate::http::exchange;
use crate::scene::{Scene, viewer_headers};
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::time::Duration;
use tokio::net::TcpStream;

#[test]
fn streams_share_a_connection_and_resets_harm_nobody() {
    let scene = Scene::start(&[]);
    let port = scene.port("proxy");
    let headers = viewer_headers("other-job-recruiter");
    let alone = exchange(port, "GET", "/resumes/resume-1", &headers, b"");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let stream = TcpStream::connect(("127.0.0.1", port))
            .await
            .expect("connects");
        let handshake =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (sender, connection) = handshake.await.expect("HTTP/2");
        tokio::spawn(connection);
        let ask = |path: &str| {
            let mut request = Request::get(format!("http://privet.example{path}"));
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let request = request.body(Empty::<Bytes>::new()).expect("a request");
            let mut sender = sender.clone();
            async move { sender.send_request(request).await }
        };
        for _ in 0..40 {
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
            let body = response
                .into_body()
                .collect()
                .await
                .expect("a body")
                .to_bytes();
            assert_eq!(body, alone.body);
        }
        let private = ask("/resumes/resume-2").await.expect("an answer");
        assert_eq!(private.status(), 404);
    });
}
