//! A running demo, and HTTP written by hand, so that nothing is tidied on the way.

pub use crate::http::{Reply, exchange, root};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs the command to its end.
pub fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_privet"))
        .current_dir(root())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("runs")
}

/// A demo that runs until it is dropped.
pub struct Demo {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Demo {
    /// Starts a demo on a free port and waits until it listens.
    pub fn start(arguments: &[&str]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("demo-{}-{number}.log", std::process::id());
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut child = Command::new(env!("CARGO_BIN_EXE_privet"))
            .current_dir(root())
            .args(["demo", "--port", "0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let port = lines.by_ref().find_map(|line| {
            let line = line.expect("a line");
            let address = line.strip_prefix("The page:")?.trim().trim_end_matches('/');
            address.rsplit(':').next()?.parse().ok()
        });
        // The rest is read and dropped, so that the pipe never breaks.
        std::thread::spawn(move || lines.for_each(drop));
        let port = port.unwrap_or_else(|| {
            panic!(
                "no address: {}",
                fs::read_to_string(&log).unwrap_or_default()
            )
        });
        Self { child, port, log }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Sends a request; a `host` among the headers replaces the right one.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        exchange(self.port, method, path, headers, body)
    }

    pub fn resume(&self, pack: &str, name: &str, view: &str, viewer: &str) -> Reply {
        let path = format!("/{pack}/resumes/{name}?view={view}");
        self.request("GET", &path, &[("X-Demo-Viewer", viewer)], b"")
    }

    pub fn json(&self, path: &str) -> Value {
        let reply = self.request("GET", path, &[], b"");
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        serde_json::from_slice(&reply.body).expect("JSON")
    }

    pub fn set(&self, resume: &str, change: &Value) {
        let path = format!("/api/settings?resume={resume}");
        let reply = self.request("PUT", &path, &[], change.to_string().as_bytes());
        assert_eq!(reply.status, 200, "{change}");
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("the log")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.log);
    }
}
