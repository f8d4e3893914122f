//! The loop of every server that the harness starts: a port of its own, a task for each connection.
//!
//! What is served is the caller's.

use anyhow::Result;
use hyper_util::rt::TokioIo;
use std::future::Future;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// Says the address of the door, then `ready`, and serves connections until the process ends.
///
/// # Errors
///
/// No port, or a listener that breaks.
pub fn serve<C: Future + Send + 'static>(
    runtime: &Runtime,
    door: &str,
    mut ready: impl FnMut(&str),
    mut connection: impl FnMut(TokioIo<TcpStream>) -> C,
) -> Result<()> {
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        ready(&format!("{door} {}", listener.local_addr()?));
        ready("ready");
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let connection = connection(TokioIo::new(stream));
            // A client that goes away is no news.
            tokio::spawn(async move { drop(connection.await) });
        }
    })
}
