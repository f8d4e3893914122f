//! From a file to a running server, until a signal ends it.
//!
//! SIGHUP reloads; SIGTERM and SIGINT let requests end, then stop.

use crate::answer::Answer;
use crate::config::{Address, Config, LimitsConfig, TlsDoor, ms};
use crate::listen::{Listener, Peer, http};
use crate::server::Server;
use crate::{admin, decisions, envoy, log, proxy, spoe};
use anyhow::{Context, Result};
use hyper::Request;
use hyper::body::Incoming;
use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

fn runtime(threads: Option<usize>) -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads {
        builder.worker_threads(threads.max(1));
    }
    builder.enable_all().build().context("threads")
}

/// Loads everything that a file refers to, and says what is live then; nothing listens, and nothing
/// is made or written.
///
/// # Errors
///
/// What is wrong with it.
pub fn check(path: &Path) -> Result<String> {
    Config::read(path)?.listens()?;
    runtime(Some(1))?.block_on(async {
        let server = Server::trial(path.to_owned()).await?;
        let live = server.live();
        let packs = live
            .packs
            .iter()
            .map(|(name, revision)| format!("{name} {revision}"));
        let packs = packs.collect::<Vec<_>>().join(", ");
        let routes = live.routes.len();
        let facts = live.facts.read().unwrap_or_else(PoisonError::into_inner);
        // It loads, and denies whoever needs it.
        let misfits = live.policies().flat_map(|policy| facts.refused_by(policy));
        let unusable = facts.check().err().map(|error| error.to_string());
        let misfits: BTreeSet<String> = misfits.chain(unusable).collect();
        let misfits = misfits.iter().map(|why| format!("\nfacts.file: {why}"));
        Ok(format!(
            "revision {}: {routes} routes, packs: {packs}{}",
            live.revision,
            misfits.collect::<String>()
        ))
    })
}

/// Serves until a signal. `ready` hears each listener's name and address, and then `ready`.
///
/// # Errors
///
/// What is wrong with the file, or an address that is taken.
pub fn serve(path: &Path, ready: impl FnMut(&str)) -> Result<()> {
    // Threads are known before anything runs.
    let config = Config::read(path)?;
    config.listens()?;
    let threads = config.server.threads;
    runtime(threads)?.block_on(run(path, ready))
}

async fn run(path: &Path, mut ready: impl FnMut(&str)) -> Result<()> {
    let server = Arc::new(Server::load(path.to_owned()).await?);
    let mut hangup = signal(SignalKind::hangup())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stop, stopped) = watch::channel(false);
    let (stop_admin, admin_stopped) = watch::channel(false);
    let config = server.live().config.clone();
    let mut doors = Doors::new(&server, &stopped);
    listen(&mut doors, &config, &mut ready).await?;
    let mut operation = Doors::new(&server, &admin_stopped);
    let admin = |server, _, request| admin::respond(server, request);
    let (door, limits) = (TlsDoor::Admin, &config.limits);
    let address = config.server.admin.as_ref();
    operation
        .open(door, address, limits, &mut ready, admin)
        .await?;
    tokio::spawn(crate::watch::watch(
        Arc::clone(&server),
        config.server.clone(),
    ));
    tokio::spawn(refresh_keys(Arc::clone(&server)));
    ready("ready");
    loop {
        tokio::select! {
            _ = hangup.recv() => drop(server.reload().await),
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    server.drain();
    let _ = stop.send(true);
    // Health and metrics are there until the last request has ended.
    let ended = async { while doors.open.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(ms(config.limits.drain_ms) + Duration::from_secs(1), ended).await;
    if let Some(tracer) = &server.tracer {
        tracer.drain().await;
    }
    let _ = stop_admin.send(true);
    let ended = async { while operation.open.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(Duration::from_secs(1), ended).await;
    Ok(())
}

/// Doors that end together.
struct Doors<'d> {
    server: &'d Arc<Server>,
    stopped: &'d watch::Receiver<bool>,
    open: JoinSet<()>,
}

impl<'d> Doors<'d> {
    fn new(server: &'d Arc<Server>, stopped: &'d watch::Receiver<bool>) -> Self {
        Self {
            server,
            stopped,
            open: JoinSet::new(),
        }
    }

    /// Opens a door over HTTP, if it has an address.
    async fn open<H, F>(
        &mut self,
        door: TlsDoor,
        address: Option<&Address>,
        limits: &LimitsConfig,
        ready: &mut impl FnMut(&str),
        respond: H,
    ) -> Result<()>
    where
        H: Fn(Arc<Server>, Peer, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let Some(address) = address else {
            return Ok(());
        };
        let listener = bound(door.name(), address, ready).await?;
        let server = Arc::clone(self.server);
        let handler = move |peer, request| respond(Arc::clone(&server), peer, request);
        // What the next connection is accepted with.
        let server = Arc::clone(self.server);
        let tls = move || server.tls(door);
        let (limits, stopped) = (limits.clone(), self.stopped.clone());
        self.open
            .spawn(http(listener, limits, stopped, tls, handler));
        Ok(())
    }
}

async fn bound(name: &str, address: &Address, ready: &mut impl FnMut(&str)) -> Result<Listener> {
    let listener = Listener::bind(address)
        .await
        .with_context(|| format!("server.{name}"))?;
    if let Some(address) = listener.address() {
        ready(&format!("{name} {address}"));
    }
    Ok(listener)
}

async fn listen(
    doors: &mut Doors<'_>,
    config: &Config,
    ready: &mut impl FnMut(&str),
) -> Result<()> {
    let (at, limits) = (&config.server, &config.limits);
    let (proxy, decisions) = (TlsDoor::Proxy, TlsDoor::Decisions);
    doors
        .open(proxy, at.proxy.as_ref(), limits, ready, proxy::respond)
        .await?;
    let address = at.decisions.as_ref();
    doors
        .open(decisions, address, limits, ready, decisions::respond)
        .await?;
    // Envoy sends all its streams over few connections.
    let mut many = limits.clone();
    many.streams = many.streams.max(1024);
    let grpc = TlsDoor::Grpc;
    doors
        .open(grpc, at.grpc.as_ref(), &many, ready, envoy::respond)
        .await?;
    if let Some(address) = &at.spoe {
        let listener = bound("spoe", address, ready).await?;
        let (server, stopped) = (Arc::clone(doors.server), doors.stopped.clone());
        let served = spoe::serve(server, listener, limits.clone(), stopped);
        doors.open.spawn(served);
    }
    Ok(())
}

/// Gets keys again where they come from a URL. The last good ones stay.
pub(crate) async fn refresh_keys(server: Arc<Server>) {
    loop {
        let live = server.live();
        let seconds = live
            .config
            .identity
            .jwt
            .as_ref()
            .map_or(300, |j| j.jwks_seconds);
        tokio::time::sleep(Duration::from_secs(seconds.max(1))).await;
        if let Some(keys) = server.live().identity.keys()
            && let Err(error) = keys.refresh().await
        {
            server.metrics.error("keys");
            log::tell(format_args!("keys: the old ones stay: {error:#}"));
        }
    }
}
