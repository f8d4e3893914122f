//! The listener on loopback, and which room a request goes to.
//!
//! The demo answers under its own loopback names only, so that a page of another site cannot read it
//! or change its settings through a visitor's browser.

use super::api;
use super::failure::{Answer, Failure};
use super::proxy::{self, Told};
use super::state::Demo;
use anyhow::{Context, Result};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap};
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Bytes of a change of settings.
const MOST_BYTES: usize = 64 << 10;

/// How long a client may take to send its headers.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves until the process ends. `ready` hears the address first.
pub fn serve(demo: Demo, port: u16, ready: impl FnOnce(SocketAddr) -> Result<()>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .with_context(|| format!("port {port}; --port 0 takes any that is free"))?;
        let address = listener.local_addr()?;
        ready(address)?;
        let demo = Arc::new(demo);
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // Out of descriptors, most likely: the connections that are open end some time.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let demo = Arc::clone(&demo);
            let service = service_fn(move |request| {
                let demo = Arc::clone(&demo);
                async move { Ok::<_, Infallible>(respond(&demo, address.port(), request).await) }
            });
            tokio::spawn(async move {
                let server = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(PATIENCE)
                    .serve_connection(TokioIo::new(stream), service);
                // A client that went away is no news.
                let _ = server.await;
            });
        }
    })
}

async fn respond(demo: &Arc<Demo>, port: u16, request: Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let mut told = Told::default();
    let path = parts.uri.path();
    let answer = if !is_ours(&parts.method, &parts.headers, port) {
        Failure::Origin.answer()
    } else if let Some(route) = proxy::route(path) {
        proxy::respond(demo, route, &parts, &mut told).await
    } else {
        match Limited::new(body, MOST_BYTES).collect().await {
            Ok(body) => api::respond(demo, &parts.method, &parts.uri, &body.to_bytes()),
            Err(_) => Failure::Request.answer(),
        }
    };
    if proxy::route(path).is_some() {
        log(&parts.method, &parts.uri.to_string(), &answer, &told);
    }
    answer
}

/// Whether a request comes from this machine's own commands or from the demo's own page.
fn is_ours(method: &Method, headers: &HeaderMap, port: u16) -> bool {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let Some(host) = text(header::HOST).filter(|h| hosts.iter().any(|known| known == h)) else {
        return false;
    };
    if matches!(*method, Method::GET | Method::HEAD) {
        return true;
    }
    let own = format!("http://{host}");
    text(header::ORIGIN).is_none_or(|origin| origin == own)
}

/// One line a request of a résumé: the record that the policies ask for. No value of a body is in
/// it.
fn log(method: &Method, uri: &str, answer: &Answer, told: &Told) {
    let or_none = |text: &str| match text {
        "" => "none".to_owned(),
        text => text.to_owned(),
    };
    let why = match told.why.as_str() {
        "" => String::new(),
        why => format!(" why: {why};"),
    };
    errln!(
        "{method} {uri} viewer: {}; {};{why} obligations: {}",
        or_none(&told.viewer),
        answer.status().as_u16(),
        or_none(&told.obligations.join(" ")),
    );
}
