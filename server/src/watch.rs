//! Files that are watched: when one has changed, all are loaded again.
//!
//! What stands in a file is never looked at here: a change says that something may have changed,
//! and the loader says what.

use crate::config::{Config, PackConfig, ServerConfig};
use crate::server::Server;
use crate::wait::blocking;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Files, with their sizes in bytes and their times.
pub(crate) type Files = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// Refused files that did not change are tried again after so long.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// A configuration's file and all that it refers to, as the file has it now and as `live` has it.
pub(crate) fn files(path: &Path, live: Option<&Config>) -> Files {
    // Also what stands in a file that was refused: when that is put right, it is to be taken.
    let next = Config::read(path).ok();
    let mut files = BTreeSet::from([path.to_owned()]);
    let mut packs: Vec<&PackConfig> = Vec::new();
    for config in live.into_iter().chain(next.as_ref()) {
        files.extend(config.facts.file.clone().filter(|_| !config.facts.admin));
        let jwt = config.identity.jwt.as_ref();
        files.extend(jwt.and_then(|j| j.jwks_file.clone()));
        if let Some(tls) = &config.server.tls {
            files.extend([tls.certificate.clone(), tls.key.clone()]);
            files.extend(tls.client_ca.clone());
        }
        let watermark = config.obligations.watermark.as_ref();
        files.extend(watermark.map(|w| w.key.clone()));
        let others = config.packs.iter().filter(|p| !packs.contains(p));
        packs.extend(others.collect::<Vec<_>>());
    }
    for pack in packs {
        files.extend(pack.wasm.iter().chain(&pack.bundle).cloned());
        if let Some(folder) = &pack.folder {
            let parts =
                privet_pack::read(folder).map_or_else(|_| vec![folder.clone()], |p| p.parts);
            files.extend(parts.iter().flat_map(|p| inside(p)));
        }
    }
    let looks = files.into_iter().map(|file| {
        let metadata = std::fs::metadata(&file).ok();
        let length = metadata.as_ref().map_or(0, std::fs::Metadata::len);
        (file, length, metadata.and_then(|m| m.modified().ok()))
    });
    looks.collect()
}

fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder);
    let entries = entries.into_iter().flatten().flatten();
    entries.map(|e| e.path()).filter(|p| p.is_file()).collect()
}

/// Reloads when a file has changed, and then stayed the same for a look: half a copy is not taken.
pub(crate) async fn watch(server: Arc<Server>, config: ServerConfig) {
    let Some(seconds) = config.watch_seconds else {
        return;
    };
    // From before they were read: what changed since then may not be what is live.
    let mut taken = server.loaded.clone();
    let mut seen = taken.clone();
    let mut refused: Option<Instant> = None;
    loop {
        tokio::time::sleep(Duration::from_secs(seconds.max(1))).await;
        let now = blocking(|| files(&server.path, Some(&server.live().config)));
        // What refused the same files may pass: a server with keys, want of memory.
        let is_due = refused.is_some_and(|at| at.elapsed() >= TRY_AGAIN);
        if now == seen && (now != taken || is_due) {
            refused = server.reload().await.is_err().then(Instant::now);
            taken = now.clone();
        }
        seen = now;
    }
}
