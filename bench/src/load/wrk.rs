//! Throughput by wrk: as many requests as a few connections can send, each question in turn.

use super::Target;
use anyhow::{Context as _, Result, ensure};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Connections, each with one request at a time.
const CONNECTIONS: &str = "8";

/// Why a row is missing on a machine without wrk.
pub const MISSING: &str = "wrk is not installed (`apt-get install wrk`)";

/// Whether wrk is there.
pub fn is_here() -> bool {
    // It prints its version and its usage, and says that this was none.
    Command::new("wrk").arg("--version").output().is_ok()
}

/// Nanoseconds for each request of a run; `folder` gets the script with the questions.
///
/// # Errors
///
/// An answer that is not of the class 2xx: a side that fails is fast.
pub fn run(target: &Target, folder: &Path, time: Duration) -> Result<f64> {
    let script = folder.join(format!("{}.lua", target.port));
    std::fs::write(&script, lua(target)).with_context(|| script.display().to_string())?;
    let output = Command::new("wrk")
        .args([
            "--threads",
            "1",
            "--connections",
            CONNECTIONS,
            "--timeout",
            "10",
        ])
        .args(["--duration", &format!("{}s", time.as_secs().max(1))])
        .arg("--script")
        .arg(&script)
        .arg(format!("http://127.0.0.1:{}", target.port))
        .output()
        .context("wrk")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "wrk: {text}");
    for bad in ["Non-2xx", "Socket errors"] {
        ensure!(!text.contains(bad), "wrk on {}: {text}", target.port);
    }
    let rate = text
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"))
        .with_context(|| format!("wrk: {text}"))?;
    Ok(1e9 / rate.trim().parse::<f64>()?)
}

/// The questions, made once and then sent one after the other.
fn lua(target: &Target) -> String {
    let mut text = "local asked = {}\n".to_owned();
    for asked in &target.asked {
        let headers = asked.headers.iter();
        let headers: Vec<String> = headers.map(|(k, v)| format!("[{k:?}] = {v:?}")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "asked[#asked + 1] = {{ {:?}, {{ {} }} }}",
            asked.path,
            headers.join(", ")
        );
    }
    text.push_str(
        "local made, at = {}, 0\n\
         init = function()\n  for i, a in ipairs(asked) do made[i] = wrk.format(\"GET\", a[1], a[2]) end\nend\n\
         request = function()\n  at = at % #made + 1\n  return made[at]\nend\n",
    );
    text
}
