//! This program again, in a process of its own, so that each side has its own threads and memory.
//!
//! `privet-bench child KIND FILE` says on lines of its own `NAME ADDRESS` for each door that it
//! opened, then `ready`. It ends when its standard input does, so none is left behind.

use super::{echo, unary, upstream};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child as Process, Command, Stdio};

/// The first argument of a child.
pub const WORD: &str = "child";

/// A running child; it is ended when this is dropped.
#[derive(Debug)]
pub struct Child {
    process: Process,
    addresses: BTreeMap<String, String>,
}

impl Child {
    /// Starts this program as a child of a kind: `upstream` with a folder of bodies, `serve` with a
    /// configuration, `echo` and `unary` with nothing.
    ///
    /// # Errors
    ///
    /// What keeps it from being ready; its own words are on standard error.
    pub fn start(kind: &str, file: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(WORD).arg(kind).arg(file);
        Self::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()))
            .with_context(|| format!("the child `{kind}`"))
    }

    /// Starts another program that says nothing; whoever asks waits until it listens.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn program(command: &mut Command) -> Result<Self> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null());
        Ok(Self {
            process: command.spawn().with_context(|| format!("{command:?}"))?,
            addresses: BTreeMap::new(),
        })
    }

    fn spawn(command: &mut Command) -> Result<Self> {
        let mut process = command.spawn()?;
        let out = process.stdout.take().context("its output")?;
        let mut child = Self {
            process,
            addresses: BTreeMap::new(),
        };
        let mut lines = BufReader::new(out).lines();
        for line in lines.by_ref() {
            let line = line?;
            if line == "ready" {
                // The pipe stays open, so that it never breaks.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(child);
            }
            if let Some((name, address)) = line.split_once(' ') {
                child.addresses.insert(name.to_owned(), address.to_owned());
            }
        }
        bail!("it ended before it was ready")
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The port of a door.
    ///
    /// # Errors
    ///
    /// When there is no such door.
    pub fn port(&self, door: &str) -> Result<u16> {
        let address = self.addresses.get(door);
        let address = address.with_context(|| format!("no door `{door}`"))?;
        let port = address.rsplit(':').next().unwrap_or_default();
        port.parse().with_context(|| address.clone())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a child does, from the arguments behind [`WORD`].
///
/// # Errors
///
/// An unknown kind, and what keeps it from serving.
pub fn run(arguments: &[String]) -> Result<()> {
    // Whoever started it holds the other end.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let ready = |line: &str| println!("{line}");
    match arguments {
        [kind, folder] if kind == "upstream" => upstream::serve(Path::new(folder), ready),
        [kind, file] if kind == "serve" => privet_server::serve(Path::new(file), ready),
        [kind, _] if kind == "echo" => echo::serve(ready),
        [kind, _] if kind == "unary" => unary::serve(ready),
        _ => bail!("a child is `upstream FOLDER`, `serve FILE`, `echo -` or `unary -`"),
    }
}
