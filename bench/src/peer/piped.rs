//! An engine in a child process, asked over its pipes: a line in, a line out.
//!
//! The first line has rules, facts and requests; the answer says the engine's version and what it
//! decides. Each line after it makes one pass over the requests, which takes milliseconds where the
//! pipes take microseconds; the answer is how many were allowed. The scripts are in `bench/peers/`.

use super::Peer;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A child process that has read rules, facts and requests.
#[derive(Debug)]
pub struct Piped {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    read: Read,
}

#[derive(Debug, Default, Deserialize)]
struct Read {
    version: String,
    answers: Vec<bool>,
}

impl Piped {
    /// Starts a script with its arguments and lets it read.
    ///
    /// # Errors
    ///
    /// A program that does not start, or cannot read what it is given; its own words are on standard
    /// error.
    pub fn new(command: &mut Command, rules_facts_requests: &Value) -> Result<Self> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{command:?}"))?;
        let (to, from) = (child.stdin.take(), child.stdout.take());
        let mut started = Self {
            to: to.context("no input")?,
            from: BufReader::new(from.context("no output")?),
            child,
            read: Read::default(),
        };
        let answer = started.ask(&rules_facts_requests.to_string());
        started.read = serde_json::from_str(&answer.with_context(|| format!("{command:?}"))?)?;
        Ok(started)
    }

    /// The engine's version, as it says itself.
    pub fn version(&self) -> &str {
        &self.read.version
    }

    fn ask(&mut self, line: &str) -> Result<String> {
        writeln!(self.to, "{line}")?;
        let mut answer = String::new();
        if self.from.read_line(&mut answer)? == 0 {
            bail!("it ended without an answer");
        }
        Ok(answer)
    }
}

impl Peer for Piped {
    fn answers(&mut self) -> Result<Vec<bool>> {
        Ok(self.read.answers.clone())
    }

    fn pass(&mut self) -> Result<usize> {
        Ok(self.ask("pass")?.trim().parse()?)
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // It ends by itself when its input does; this is for one that hangs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
