//! What the figures depend on: processor, governor, load, versions.
//!
//! What cannot be read is said to be unknown. Nothing here names a user or a host.

use serde::{Deserialize, Serialize};
use std::fs;
use std::process::Command;

/// The environment of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    pub processor: String,
    pub cores: usize,
    pub governor: String,
    pub load: String,
    pub system: String,
    pub rustc: String,
    pub revision: String,
    pub versions: Vec<(String, String)>,
    pub profile: String,
    pub command: String,
}

const UNKNOWN: &str = "unknown";

/// The first line of a file's text that starts with a key, without the key.
fn line(path: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|l| l.starts_with(key))?;
    Some(line.split(':').next_back()?.trim().to_owned())
}

fn command(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|t| !t.is_empty() && output.status.success())
}

impl Environment {
    /// Reads the environment.
    pub fn read() -> Self {
        let unknown = || UNKNOWN.to_owned();
        let first = |path: &str| fs::read_to_string(path).ok().map(|t| t.trim().to_owned());
        let lock = include_str!("../../Cargo.lock");
        let crates = [
            "cedar-policy",
            "wasmtime",
            "regorus",
            "casbin",
            "serde_json",
        ];
        Self {
            processor: line("/proc/cpuinfo", "model name").unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            governor: first("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
                .unwrap_or_else(unknown),
            load: first("/proc/loadavg").unwrap_or_else(unknown),
            system: command("uname", &["-sr"]).unwrap_or_else(unknown),
            rustc: command("rustc", &["--version"]).unwrap_or_else(unknown),
            revision: command("git", &["rev-parse", "--short", "HEAD"]).unwrap_or_else(unknown),
            versions: crates
                .iter()
                .map(|name| {
                    let version = version(lock, name).unwrap_or_else(unknown);
                    ((*name).to_owned(), version)
                })
                .collect(),
            profile: match cfg!(debug_assertions) {
                true => "debug: these figures say nothing".to_owned(),
                false => "release".to_owned(),
            },
            command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
        }
    }
}

/// A package's version in the lock file.
fn version(lock: &str, name: &str) -> Option<String> {
    let package = lock.split("[[package]]").find(|p| {
        let mut lines = p.lines().map(str::trim);
        lines.any(|l| l == format!("name = \"{name}\""))
    })?;
    let line = package.lines().find_map(|l| l.strip_prefix("version = "))?;
    Some(line.trim_matches('"').to_owned())
}
