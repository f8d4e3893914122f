//! The running server: what is live, and how it is replaced.
//!
//! A reload is whole or nothing: the new configuration is loaded and checked beside the live one,
//! then swapped in one step. Requests in flight end on the one they began with.

use crate::config::{Config, TlsDoor};
use crate::live::{Live, Loader};
use crate::log;
use crate::metrics::{Door, Metrics};
use crate::room::{Place, Room};
use crate::trace::{Span, Tracer};
use crate::watch::{self, Files};
use anyhow::{Context, Result, bail};
use arc_swap::ArcSwap;
use hyper::header::HeaderMap;
use privet_gateway::failure::Failure;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;
use tokio_rustls::rustls;

/// A server of one configuration file.
pub struct Server {
    pub(crate) path: PathBuf,
    /// The files as they were before they were first read.
    pub(crate) loaded: Files,
    live: ArcSwap<Live>,
    loader: Mutex<Loader>,
    is_draining: AtomicBool,
    room: Room,
    /// What makes spans; none where there are no traces.
    pub tracer: Option<Arc<Tracer>>,
    /// What is counted.
    pub metrics: Metrics,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("live", &self.live())
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Loads a configuration file and all that it refers to; spans are exported by the runtime of
    /// whoever calls.
    ///
    /// # Errors
    ///
    /// As [`Config::read`], [`Loader::load`] and [`Tracer::start`].
    pub async fn load(path: PathBuf) -> Result<Self> {
        Self::load_by(Loader::default(), path).await
    }

    /// The same to see whether it can be: nothing is made or written, and nothing may be served.
    ///
    /// # Errors
    ///
    /// As [`Server::load`].
    pub(crate) async fn trial(path: PathBuf) -> Result<Self> {
        Self::load_by(Loader::trial(), path).await
    }

    async fn load_by(mut loader: Loader, path: PathBuf) -> Result<Self> {
        let loaded = watch::files(&path, None);
        let config = Config::read(&path)?;
        let live = loader.load(config).await?;
        let metrics = Metrics::default();
        let tracing = live.config.tracing.as_ref();
        let tracer = tracing.map(|t| Tracer::start(t, &metrics)).transpose()?;
        Ok(Self {
            path,
            loaded,
            live: ArcSwap::from_pointee(live),
            loader: Mutex::new(loader),
            is_draining: AtomicBool::new(false),
            room: Room::default(),
            tracer: tracer.map(Arc::new),
            metrics,
        })
    }

    /// What is live at this moment.
    pub fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// A place for one more request whose body is held.
    ///
    /// # Errors
    ///
    /// [`Failure::Busy`] where all of `limits.requests` are taken.
    pub(crate) fn place(&self, live: &Live) -> Result<Place, Failure> {
        let place = self.room.place(live.config.limits.requests);
        place.ok_or(Failure::Busy)
    }

    /// The span of a request that came with these headers.
    pub fn span(&self, door: Door, headers: &HeaderMap) -> Span {
        Span::of(self.tracer.as_ref(), door, headers)
    }

    /// Loads the file again. Gives the revision that is then live.
    ///
    /// # Errors
    ///
    /// As [`Server::load`], and where the listeners changed; what was live stays live.
    pub async fn reload(&self) -> Result<String> {
        let result = self.replace().await;
        self.metrics.reload(result.is_ok());
        match &result {
            Ok(revision) => log::tell(format_args!("reload: revision {revision} is live")),
            Err(error) => {
                let live = self.live();
                let revision = &live.revision;
                log::tell(format_args!(
                    "reload refused, revision {revision} stays: {error:#}"
                ));
            }
        }
        result
    }

    async fn replace(&self) -> Result<String> {
        // One at a time, so that the last one asked for is the one that is live in the end.
        let mut loader = self.loader.lock().await;
        let config = Config::read(&self.path)?;
        if config.server != self.live().config.server {
            bail!("[server] changed: that needs a restart");
        }
        if config.tracing != self.live().config.tracing {
            bail!("[tracing] changed: that needs a restart");
        }
        let live = loader.load(config).await.context("not loaded")?;
        let revision = live.revision.clone();
        self.live.store(Arc::new(live));
        Ok(revision)
    }

    /// What a connection of a door is accepted with now; `None` where it is plain.
    pub fn tls(&self, door: TlsDoor) -> Option<Arc<rustls::ServerConfig>> {
        let live = self.live();
        let tls = live
            .tls
            .as_ref()
            .filter(|_| live.config.server.is_tls(door));
        tls.map(|t| t.of(door))
    }

    /// From now on the server is not ready: whoever balances load should send nothing more.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Whether the server takes requests.
    pub fn is_ready(&self) -> bool {
        !self.is_draining.load(Ordering::Relaxed)
    }
}
