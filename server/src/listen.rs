//! Listeners over TCP and Unix sockets: limits on connections, patience with slow clients, and an
//! orderly end.
//!
//! Nothing here knows what is served.

mod patient;

use crate::answer::{Answer, failed, whole};
use crate::config::{Address, LimitsConfig, ms};
use crate::tls::accepted;
use anyhow::{Context as _, Result, bail};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
pub use patient::Patient;
use privet_gateway::failure::Failure;
use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::os::unix::fs::FileTypeExt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::rustls::ServerConfig;

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// An address.
    Tcp(IpAddr),
    /// A process of this machine that may open the socket.
    Unix,
    /// Nobody knows: none of its headers is believed.
    Unknown,
}

/// A socket that listens.
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket.
    Unix(UnixListener),
}

/// Both ways of a connection.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Listener {
    /// Listens.
    ///
    /// # Errors
    ///
    /// When the address is taken, or may not be had.
    pub async fn bind(address: &Address) -> Result<Self> {
        Ok(match address {
            Address::Tcp(socket) => {
                let listener = TcpListener::bind(socket).await;
                Self::Tcp(listener.with_context(|| format!("{address}"))?)
            }
            Address::Unix(path) => {
                // What a process that is gone left behind. A live one would still answer.
                if let Ok(metadata) = std::fs::symlink_metadata(path) {
                    let live = std::os::unix::net::UnixStream::connect(path).is_ok();
                    if !metadata.file_type().is_socket() || live {
                        bail!("{address}: taken");
                    }
                    std::fs::remove_file(path).with_context(|| format!("{address}"))?;
                }
                Self::Unix(UnixListener::bind(path).with_context(|| format!("{address}"))?)
            }
        })
    }

    /// Where it listens, with the port that it got.
    pub fn address(&self) -> Option<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok().map(Address::Tcp),
            Self::Unix(listener) => {
                let address = listener.local_addr().ok()?;
                address.as_pathname().map(|p| Address::Unix(p.to_owned()))
            }
        }
    }

    /// The next connection.
    pub async fn accept(&self) -> (Box<dyn Stream>, Peer) {
        loop {
            let accepted: std::io::Result<(Box<dyn Stream>, Peer)> = match self {
                Self::Tcp(listener) => listener.accept().await.map(|(stream, peer)| {
                    // Answers are written whole; waiting for more to send helps nobody.
                    let _ = stream.set_nodelay(true);
                    (Box::new(stream) as Box<dyn Stream>, Peer::Tcp(peer.ip()))
                }),
                Self::Unix(listener) => {
                    let accepted = listener.accept().await;
                    accepted.map(|(stream, _)| (Box::new(stream) as Box<dyn Stream>, Peer::Unix))
                }
            };
            match accepted {
                Ok(accepted) => return accepted,
                // Out of descriptors, most likely: some connection ends some time.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

/// Serves HTTP/1.1 and HTTP/2 (with prior knowledge, or agreed on by TLS) until `stop` changes, then
/// lets requests end. `tls` says what the next connection is accepted with.
pub async fn http<H, F>(
    listener: Listener,
    limits: LimitsConfig,
    mut stop: watch::Receiver<bool>,
    tls: impl Fn() -> Option<Arc<ServerConfig>>,
    handler: H,
) where
    H: Fn(Peer, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(limits.connections));
    let builder = builder(&limits);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        // Beyond the limit a connection is closed at once.
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            continue;
        };
        let handler = handler.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let is_head = *request.method() == Method::HEAD;
            let answer = contained(handler(peer, request));
            async move {
                let mut answer = answer.await;
                if is_head {
                    // Over HTTP/1.1 hyper sees to that, and over HTTP/2 nobody else.
                    *answer.body_mut() = whole(Bytes::new());
                }
                Ok::<_, Infallible>(answer)
            }
        });
        let (builder, watcher, tls) = (builder.clone(), graceful.watcher(), tls());
        let (agree, write) = (ms(limits.request_head_ms), ms(limits.write_ms));
        tokio::spawn(async move {
            if let Some(stream) = accepted(stream, tls, agree).await {
                let stream = Patient::new(stream, write).beginning(agree);
                let stream = TokioIo::new(stream);
                let connection = builder.serve_connection(stream, service).into_owned();
                // A client that went away is no news.
                let _ = watcher.watch(connection).await;
            }
            drop(permit);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(ms(limits.drain_ms), graceful.shutdown()).await;
}

fn builder(limits: &LimitsConfig) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(ms(limits.request_head_ms))
        .max_buf_size(limits.request_head_bytes.max(8192))
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(u32::try_from(limits.request_head_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(ms(limits.request_head_ms))
        .keep_alive_timeout(ms(limits.request_head_ms));
    builder
}

/// An answer, also where making it panics: a fault of one request ends no other.
async fn contained(answer: impl Future<Output = Answer>) -> Answer {
    let mut answer = Box::pin(answer);
    std::future::poll_fn(move |context| {
        let polled =
            std::panic::catch_unwind(AssertUnwindSafe(|| Pin::as_mut(&mut answer).poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(failed(Failure::Internal)))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_contained() {
        let panics = async { panic!("a test") };
        assert_eq!(contained(panics).await.status(), 500);
    }
}
