//! The layer of tower in this very process: what its answers are before a server sends them.

use crate::scene::{Scene, token};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Bytes;
use hyper::{Request, Response};
use privet_server::inside::Inside;
use privet_tower::{AnswerBody, Privet, PrivetLayer};
use std::future::{Ready, ready};
use std::io;
use std::process::Command;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// What an error of a service says: a URL, and a value.
const TOLD: &str = "http://service/resumes/13800138000: refused";

/// Answers with 500 and a body, or with an error.
#[derive(Clone)]
struct Failing {
    by_error: bool,
}

impl Service<Request<Empty<Bytes>>> for Failing {
    type Response = Response<Full<Bytes>>;
    type Error = io::Error;
    type Future = Ready<Result<Self::Response, io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Empty<Bytes>>) -> Self::Future {
        let mut response = Response::new(Full::from(TOLD));
        *response.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        ready(match self.by_error {
            true => Err(io::Error::other(TOLD)),
            false => Ok(response),
        })
    }
}

/// The service of a scene.
fn before(scene: &Scene, by_error: bool) -> Privet<Failing> {
    let inside = Inside::open(&scene.folder.join("privet.toml")).expect("loads");
    PrivetLayer::new(Arc::new(inside)).layer(Failing { by_error })
}

fn on_tokio<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().expect("a runtime");
    runtime.block_on(work)
}

async fn asked(service: &mut Privet<Failing>, method: &str, path: &str) -> Response<AnswerBody> {
    let request = Request::builder().method(method).uri(path);
    let request = request
        .header("authorization", token("other-job-recruiter"))
        .header("x-purpose", "recruitment")
        .body(Empty::new());
    let answer = service.call(request.expect("a request")).await;
    answer.expect("an answer")
}

/// A refusal to HEAD has the headers of the one to GET, and nothing behind them.
#[test]
fn a_refusal_to_head_has_no_body() {
    on_tokio(refusals_to_head());
}

async fn refusals_to_head() {
    let scene = Scene::prepare(&[]);
    for by_error in [false, true] {
        let mut service = before(&scene, by_error);
        // Of a route, of the gate, and of the service's answer.
        for (path, status) in [
            ("/nowhere", 404),
            ("/resumes/resume-2", 404),
            ("/resumes/resume-1", 502),
        ] {
            let get = asked(&mut service, "GET", path).await;
            let head = asked(&mut service, "HEAD", path).await;
            assert_eq!(
                (get.status().as_u16(), head.status().as_u16()),
                (status, status)
            );
            assert_eq!(get.headers(), head.headers());
            let length = get.headers()["content-length"].clone();
            let whole = async |answer: Response<AnswerBody>| {
                answer
                    .into_body()
                    .collect()
                    .await
                    .expect("a body")
                    .to_bytes()
            };
            assert_eq!(
                whole(get).await.len().to_string(),
                length.to_str().expect("text")
            );
            assert!(whole(head).await.is_empty(), "{path}");
        }
    }
}

/// In a process of its own, whose standard error can be read.
#[test]
fn an_error_of_the_service_is_not_told() {
    const OWN: &str = "PRIVET_TEST_LAYER";
    let scene = Scene::prepare(&[]);
    if std::env::var_os(OWN).is_some() {
        let mut service = before(&scene, true);
        let answer = on_tokio(asked(&mut service, "GET", "/resumes/resume-1"));
        assert_eq!(answer.status(), 502);
        return;
    }
    let own = std::env::current_exe().expect("this program");
    let ran = Command::new(own)
        .args(["--exact", "layer::an_error_of_the_service_is_not_told"])
        .arg("--nocapture")
        .env(OWN, "1")
        .output()
        .expect("runs");
    let said = crate::native::text(&ran);
    assert!(ran.status.success(), "{said}");
    assert!(
        said.contains("inside: upstream: the service failed"),
        "{said}"
    );
    assert!(
        !said.contains("13800138000") && !said.contains("http://"),
        "{said}"
    );
}
