//! Enforcement in a gateway's own process: what `privet serve` loads, without its doors.
//!
//! The file is the same; `[server]` counts for `watch_seconds` alone, and `[upstream]` not at all,
//! since the gateway has its own connections. A thread of its own looks at files and fetches keys;
//! the threads of the gateway only ever decide and redact.

use crate::exchange::Exchange;
use crate::metrics::Door;
use crate::run::refresh_keys;
use crate::server::Server;
use crate::watch::watch;
use anyhow::{Context, Result};
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::{Arc, mpsc};
use tokio::runtime::Runtime;

/// A loaded configuration, in a process that is not ours. Made after the process has forked: the
/// threads and the guests' memory do not outlive a fork.
pub struct Inside {
    server: Arc<Server>,
    runtime: Option<Runtime>,
}

impl fmt::Debug for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl Inside {
    /// Loads a configuration file and all that it refers to.
    ///
    /// # Errors
    ///
    /// As [`Server::load`].
    pub fn open(path: &Path) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("privet")
            .enable_all()
            .build()
            .context("a thread")?;
        let mut inside = Unfinished(Some(runtime));
        let path = path.to_owned();
        let runtime = inside.0.as_ref().context("a thread")?;
        let server = Arc::new(wait(runtime, async move { Server::load(path).await })??);
        let config = server.live().config.server.clone();
        runtime.spawn(watch(Arc::clone(&server), config));
        runtime.spawn(refresh_keys(Arc::clone(&server)));
        Ok(Self {
            server,
            runtime: inside.0.take(),
        })
    }

    /// Loads the file again, and gives the revision that is then live. Exchanges end on the one they
    /// began with.
    ///
    /// # Errors
    ///
    /// What is wrong with it; what was live stays live.
    pub fn reload(&self) -> Result<String> {
        let runtime = self.runtime.as_ref().context("no thread")?;
        let server = Arc::clone(&self.server);
        wait(runtime, async move { server.reload().await })?
    }

    /// The revision that is live: twelve digits of a digest over configuration and packs.
    pub fn revision(&self) -> String {
        self.server.live().revision.clone()
    }

    /// What was counted, as Prometheus reads it (OpenMetrics 1.0).
    pub fn metrics(&self) -> String {
        self.server.metrics.text()
    }

    /// Begins an exchange.
    pub fn exchange(&self) -> Exchange {
        Exchange::new(Arc::clone(&self.server), Door::Inside)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        end(self.runtime.take());
    }
}

/// A thread that ends if loading does not.
struct Unfinished(Option<Runtime>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        end(self.0.take());
    }
}

/// Ends without waiting: whoever drops may be inside another runtime, where waiting is a panic.
fn end(runtime: Option<Runtime>) {
    if let Some(runtime) = runtime {
        runtime.shutdown_background();
    }
}

/// Waits for work on that thread. Not `block_on`, which panics where the caller's own thread belongs
/// to a runtime.
fn wait<T: Send + 'static>(
    runtime: &Runtime,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T> {
    let (done, result) = mpsc::sync_channel(1);
    runtime.spawn(async move {
        let _ = done.send(work.await);
    });
    result.recv().context("loading broke off")
}
