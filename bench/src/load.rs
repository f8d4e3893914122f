//! Gateways under load: programs in processes of their own, and what asks them.
//!
//! | file | what it holds |
//! |---|---|
//! | `child` | this program again as an upstream, a server or a processor |
//! | `upstream` | the service behind the gateways |
//! | `accept` | the loop of the servers here |
//! | `echo` | an `ext_proc` server that gives each body back as it came |
//! | `unary` | a client of gRPC, and a server that gives each message back |
//! | `fixture` | facts, bodies, and the questions that are answered with a body |
//! | `wrk` | throughput, by wrk |
//! | `pace` | latency at a constant rate |
//!
//! Both sides of a row are asked the same questions over the same number of connections, in turns.
//! What must never be here: a cache of answers, a figure without its baseline in the same run.

pub mod accept;
pub mod child;
pub mod echo;
pub mod fixture;
pub mod pace;
pub mod unary;
pub mod upstream;
pub mod wrk;

use crate::measure::Samples;
use anyhow::{Context as _, Result};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A question as it goes over a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// With a leading slash.
    pub path: String,
    pub headers: Vec<(String, String)>,
}

/// One side of a row: what is asked, where.
#[derive(Debug, Clone)]
pub struct Target {
    /// On this machine.
    pub port: u16,
    pub asked: Vec<Asked>,
}

/// Two sides in turns; which goes first changes with every pair. `run` measures one of them once.
///
/// # Errors
///
/// The first of a run.
pub fn in_turns<T>(
    runs: usize,
    ours: &Target,
    theirs: &Target,
    mut run: impl FnMut(&Target) -> Result<T>,
) -> Result<Vec<(T, T)>> {
    (0..runs)
        .map(|index| match index % 2 {
            0 => {
                let first = run(ours)?;
                Ok((first, run(theirs)?))
            }
            _ => {
                let first = run(theirs)?;
                Ok((run(ours)?, first))
            }
        })
        .collect()
}

/// Samples of pairs.
pub fn samples(pairs: impl IntoIterator<Item = (f64, f64)>) -> Samples {
    let (ours, theirs) = pairs.into_iter().unzip();
    Samples { ours, theirs }
}

/// A folder of a run, gone when this is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// An empty folder; no two of a process have the same name.
    ///
    /// # Errors
    ///
    /// One that cannot be made.
    pub fn new(name: &str) -> Result<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("privet-bench-{name}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A port that nobody listens on, for programs that cannot say which one they got.
///
/// # Errors
///
/// When there is none.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits until somebody listens.
///
/// # Errors
///
/// When nobody does for half a minute.
pub fn listening(port: u16) -> Result<()> {
    let start = Instant::now();
    while let Err(error) = TcpStream::connect(("127.0.0.1", port)) {
        if start.elapsed() > Duration::from_secs(30) {
            return Err(error).with_context(|| format!("nobody listens on {port}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
