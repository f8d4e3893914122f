//! Cedar's own interpreter compiled to WebAssembly, in Node: the package `@cedar-policy/cedar-wasm`.
//!
//! A child process that makes so many passes over the requests; the pipe's part of a pass is
//! microseconds, a pass is many milliseconds.

use crate::workload::Workload;
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Where `npm install --prefix target/cedar-wasm @cedar-policy/cedar-wasm` puts it.
pub const PLACE: &str = "target/cedar-wasm/node_modules/@cedar-policy/cedar-wasm/nodejs";

/// The child process.
#[derive(Debug)]
pub struct CedarWasm {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

/// The folder of the package, where it is installed.
pub fn installed() -> Option<PathBuf> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let place = std::env::var_os("PRIVET_CEDAR_WASM").map(PathBuf::from);
    let place = place.unwrap_or_else(|| root.join(PLACE));
    place.join("cedar_wasm.js").canonicalize().ok()
}

impl CedarWasm {
    /// Starts Node and lets it read the workload; returns what it answers to each request.
    pub fn new(package: &std::path::Path, workload: &Workload) -> Result<(Self, Vec<bool>)> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/cedar-wasm.js");
        let mut child = Command::new("node")
            .arg(script)
            .arg(package)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("node does not start")?;
        let (to, from) = (child.stdin.take(), child.stdout.take());
        let mut started = Self {
            to: to.context("no input")?,
            from: BufReader::new(from.context("no output")?),
            child,
        };
        let requests = workload.requests.iter().map(|asked| {
            json!({
                "principal": asked.principal,
                "action": asked.action,
                "resource": asked.resource,
                "context": asked.context,
            })
        });
        let entities: Value = serde_json::from_str(&workload.entities)?;
        let answers = started.ask(&json!({
            "schema": workload.schema,
            "policies": workload.policies,
            "entities": entities,
            "requests": requests.collect::<Vec<_>>(),
        }))?;
        Ok((started, serde_json::from_str(&answers)?))
    }

    fn ask(&mut self, line: &Value) -> Result<String> {
        writeln!(self.to, "{line}")?;
        let mut answer = String::new();
        if self.from.read_line(&mut answer)? == 0 {
            bail!("node ended");
        }
        Ok(answer)
    }

    /// One pass over the requests; how many were allowed.
    pub fn pass(&mut self) -> Result<usize> {
        Ok(self.ask(&json!(1))?.trim().parse()?)
    }
}

impl Drop for CedarWasm {
    fn drop(&mut self) {
        // It ends by itself when its input does; this is for one that hangs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
