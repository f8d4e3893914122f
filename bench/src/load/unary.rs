//! Unary gRPC over loopback: a client that sends messages encoded before, and a server that gives each
//! back as it came.
//!
//! The client is as lean as can be: one connection, driven by the thread that asks. The server is what
//! a call costs that decides nothing.

use super::accept;
use anyhow::{Context as _, Result, bail, ensure};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, TE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/grpc");
const STATUS: &str = "grpc-status";

/// Bytes before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// A message as it goes over the connection.
///
/// # Errors
///
/// A message of four gigabytes.
pub fn framed(message: &[u8]) -> Result<Bytes> {
    let mut bytes = vec![0];
    bytes.extend(u32::try_from(message.len())?.to_be_bytes());
    bytes.extend(message);
    Ok(bytes.into())
}

/// One connection to a method.
#[derive(Debug)]
pub struct Client {
    runtime: Runtime,
    sender: SendRequest<Full<Bytes>>,
    method: Uri,
}

impl Client {
    /// Connects; a method is `/package.Service/Method`.
    ///
    /// # Errors
    ///
    /// Nobody who speaks HTTP/2 on the port.
    pub fn connect(port: u16, method: &str) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let sender = runtime.block_on(async {
            let stream = TcpStream::connect(("127.0.0.1", port)).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) =
                http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            Ok::<_, anyhow::Error>(sender)
        })?;
        let method = format!("http://127.0.0.1:{port}{method}").parse()?;
        Ok(Self {
            runtime,
            sender,
            method,
        })
    }

    /// Sends a framed message; gives the answer's message without its frame.
    ///
    /// # Errors
    ///
    /// A status but 200 and 0, an answer that is not one message.
    pub fn call(&mut self, framed: &Bytes) -> Result<Bytes> {
        let mut request = Request::post(self.method.clone()).body(Full::new(framed.clone()))?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, MEDIA_TYPE);
        headers.insert(TE, HeaderValue::from_static("trailers"));
        let answer = self.runtime.block_on(async {
            let response = self.sender.send_request(request).await?;
            let (head, body) = response.into_parts();
            ensure!(head.status == StatusCode::OK, "status {}", head.status);
            let body = body.collect().await?;
            // An answer without a message has its status among the headers.
            let trailers = body.trailers().unwrap_or(&head.headers);
            succeeded(trailers)?;
            Ok(body.to_bytes())
        })?;
        match answer.split_at_checked(PREFIX) {
            Some((&[0, a, b, c, d], message)) => {
                let length = usize::try_from(u32::from_be_bytes([a, b, c, d]))?;
                ensure!(
                    message.len() == length,
                    "a message of {} bytes that says {length}",
                    message.len()
                );
                Ok(answer.slice(PREFIX..))
            }
            _ => bail!("an answer of {} bytes is no message", answer.len()),
        }
    }
}

fn succeeded(trailers: &HeaderMap) -> Result<()> {
    let text = |name: &str| trailers.get(name).and_then(|v| v.to_str().ok());
    let status = text(STATUS).context("an answer without a gRPC status")?;
    let message = text("grpc-message").unwrap_or_default();
    ensure!(status == "0", "gRPC status {status} {message}");
    Ok(())
}

/// Gives each message back until the process ends.
///
/// # Errors
///
/// As [`accept::serve`].
pub fn serve(ready: impl FnMut(&str)) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    accept::serve(&runtime, "grpc", ready, |stream| {
        let service = service_fn(|request: Request<Incoming>| async {
            // A client that stops in the middle gets nothing back.
            let body = request.into_body().collect().await;
            let bytes = body.map(|b| b.to_bytes()).unwrap_or_default();
            let trailers = HeaderMap::from_iter([(
                hyper::header::HeaderName::from_static(STATUS),
                HeaderValue::from_static("0"),
            )]);
            let body = Full::new(bytes).with_trailers(async { Some(Ok(trailers)) });
            let mut response = Response::new(body);
            response.headers_mut().insert(CONTENT_TYPE, MEDIA_TYPE);
            Ok::<_, Infallible>(response)
        });
        async move {
            let builder = auto::Builder::new(TokioExecutor::new()).http2_only();
            builder.serve_connection(stream, service).await
        }
    })
}
