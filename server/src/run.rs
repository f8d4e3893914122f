//! From a file to a running server, until a signal ends it.
//!
//! SIGHUP reloads; SIGTERM and SIGINT let requests end, then stop.

use crate::config::{Config, ServerConfig, TlsDoor, ms};
use crate::listen::{Listener, http};
use crate::server::Server;
use crate::{admin, decisions, envoy, proxy, spoe};
use anyhow::{Context, Result};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::rustls;

fn runtime(threads: Option<usize>) -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads {
        builder.worker_threads(threads.max(1));
    }
    builder.enable_all().build().context("threads")
}

/// Loads everything that a file refers to, and says what is live then; nothing listens.
///
/// # Errors
///
/// What is wrong with it.
pub fn check(path: &Path) -> Result<String> {
    Config::read(path)?.listens()?;
    runtime(Some(1))?.block_on(async {
        let server = Server::load(path.to_owned()).await?;
        let live = server.live();
        let packs = live
            .packs
            .iter()
            .map(|(name, revision)| format!("{name} {revision}"));
        let packs = packs.collect::<Vec<_>>().join(", ");
        let routes = live.routes.len();
        Ok(format!(
            "revision {}: {routes} routes, packs: {packs}",
            live.revision
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
    let mut doors = JoinSet::new();
    listen(&server, &config, &stopped, &mut doors, &mut ready).await?;
    let mut operation = JoinSet::new();
    if let Some(address) = &config.server.admin {
        let listener = bound("admin", address, &mut ready).await?;
        let for_admin = Arc::clone(&server);
        let handler = move |_, request| admin::respond(Arc::clone(&for_admin), request);
        operation.spawn(http(
            listener,
            config.limits.clone(),
            admin_stopped,
            tls(&server, TlsDoor::Admin),
            handler,
        ));
    }
    tokio::spawn(watch_files(Arc::clone(&server), config.server.clone()));
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
    let ended = async { while doors.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(ms(config.limits.drain_ms) + Duration::from_secs(1), ended).await;
    if let Some(tracer) = &server.tracer {
        tracer.drain().await;
    }
    let _ = stop_admin.send(true);
    let ended = async { while operation.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(Duration::from_secs(1), ended).await;
    Ok(())
}

/// What the next connection of a door is accepted with.
fn tls(
    server: &Arc<Server>,
    door: TlsDoor,
) -> impl Fn() -> Option<Arc<rustls::ServerConfig>> + use<> {
    let server = Arc::clone(server);
    move || server.tls(door)
}

async fn bound(
    name: &str,
    address: &crate::config::Address,
    ready: &mut impl FnMut(&str),
) -> Result<Listener> {
    let listener = Listener::bind(address)
        .await
        .with_context(|| format!("server.{name}"))?;
    if let Some(address) = listener.address() {
        ready(&format!("{name} {address}"));
    }
    Ok(listener)
}

async fn listen(
    server: &Arc<Server>,
    config: &Config,
    stopped: &watch::Receiver<bool>,
    doors: &mut JoinSet<()>,
    ready: &mut impl FnMut(&str),
) -> Result<()> {
    let limits = &config.limits;
    if let Some(address) = &config.server.proxy {
        let listener = bound("proxy", address, ready).await?;
        let tls = tls(server, TlsDoor::Proxy);
        let server = Arc::clone(server);
        let handler = move |peer, request| proxy::respond(Arc::clone(&server), peer, request);
        doors.spawn(http(
            listener,
            limits.clone(),
            stopped.clone(),
            tls,
            handler,
        ));
    }
    if let Some(address) = &config.server.decisions {
        let listener = bound("decisions", address, ready).await?;
        let tls = tls(server, TlsDoor::Decisions);
        let server = Arc::clone(server);
        let handler = move |peer, request| decisions::respond(Arc::clone(&server), peer, request);
        doors.spawn(http(
            listener,
            limits.clone(),
            stopped.clone(),
            tls,
            handler,
        ));
    }
    if let Some(address) = &config.server.grpc {
        let listener = bound("grpc", address, ready).await?;
        let tls = tls(server, TlsDoor::Grpc);
        let server = Arc::clone(server);
        let handler = move |peer, request| envoy::respond(Arc::clone(&server), peer, request);
        // Envoy sends all its streams over few connections.
        let mut limits = limits.clone();
        limits.streams = limits.streams.max(1024);
        doors.spawn(http(listener, limits, stopped.clone(), tls, handler));
    }
    if let Some(address) = &config.server.spoe {
        let listener = bound("spoe", address, ready).await?;
        let server = Arc::clone(server);
        doors.spawn(spoe::serve(
            server,
            listener,
            limits.clone(),
            stopped.clone(),
        ));
    }
    Ok(())
}

/// Reloads when a file has changed, and then stayed the same for a look: half a copy is not taken.
pub(crate) async fn watch_files(server: Arc<Server>, config: ServerConfig) {
    let Some(seconds) = config.watch_seconds else {
        return;
    };
    let mut taken = server.files();
    let mut seen = taken.clone();
    loop {
        tokio::time::sleep(Duration::from_secs(seconds.max(1))).await;
        let now = server.files();
        if now != taken && now == seen {
            // Refused or taken: the same files are not tried again.
            let _ = server.reload().await;
            taken = now.clone();
        }
        seen = now;
    }
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
            eprintln!("privet: keys: the old ones stay: {error:#}");
        }
    }
}
