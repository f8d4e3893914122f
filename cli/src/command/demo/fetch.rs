//! Asking the upstream for a document, and taking no answer but a whole one.
//!
//! Of the client's request nothing goes up: no condition, no range, no coding, no header. Of the
//! upstream's answer nothing comes down but the bytes of a complete `200` in plain JSON.

use super::failure::Failure;
use super::resumes::Resume;
use super::upstream;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How long an upstream may take for all of its answer.
const DEADLINE: Duration = Duration::from_secs(2);

/// Bytes between the two ends of the connection in memory.
const BUFFER: usize = 64 << 10;

/// The document of that name; what went wrong goes into the message for the log.
pub async fn document(resumes: Arc<Vec<Resume>>, name: &str) -> Result<Bytes, (Failure, String)> {
    match tokio::time::timeout(DEADLINE, exchange(resumes, name)).await {
        Ok(result) => result,
        Err(_) => Err((Failure::Timeout, "no answer in time".to_owned())),
    }
}

async fn exchange(resumes: Arc<Vec<Resume>>, name: &str) -> Result<Bytes, (Failure, String)> {
    let refused = |what: &dyn std::fmt::Display| (Failure::Upstream, what.to_string());
    let (near, far) = tokio::io::duplex(BUFFER);
    let service = service_fn(move |request| {
        let resumes = Arc::clone(&resumes);
        async move { Ok::<_, Infallible>(upstream::serve(&resumes, request).await) }
    });
    tokio::spawn(async move {
        let server = hyper::server::conn::http1::Builder::new();
        // An upstream that breaks off is what some of the tests ask for.
        let _ = server.serve_connection(TokioIo::new(far), service).await;
    });
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(near))
        .await
        .map_err(|e| refused(&e))?;
    tokio::spawn(connection);
    let request = Request::get(format!("/resumes/{name}"))
        .header(header::HOST, "upstream.example")
        .header(header::ACCEPT, "application/json")
        .header(header::ACCEPT_ENCODING, "identity")
        .body(Empty::<Bytes>::new())
        .map_err(|e| refused(&e))?;
    let response = sender
        .send_request(request)
        .await
        .map_err(|e| refused(&e))?;
    if response.status() == StatusCode::NOT_FOUND {
        return Err((
            Failure::NotFound,
            "the upstream has no such résumé".to_owned(),
        ));
    }
    if response.status() != StatusCode::OK {
        return Err(refused(&format_args!("status {}", response.status())));
    }
    let is = |name, wanted: &[&str]| {
        let value = response.headers().get(name).and_then(|v| v.to_str().ok());
        let kind = value.and_then(|v| v.split(';').next()).map(str::trim);
        kind.is_some_and(|k| wanted.iter().any(|w| k.eq_ignore_ascii_case(w)))
    };
    if !is(header::CONTENT_TYPE, &["application/json"]) {
        return Err(refused(&"the body is not announced as JSON"));
    }
    if response.headers().contains_key(header::CONTENT_ENCODING)
        && !is(header::CONTENT_ENCODING, &["identity"])
    {
        return Err(refused(
            &"the body is coded, though plain text was asked for",
        ));
    }
    let limit = privet_redact::Settings::default().max_body_bytes;
    let body = Limited::new(response.into_body(), limit);
    let whole = body.collect().await.map_err(|e| refused(&e))?;
    Ok(whole.to_bytes())
}
