//! The quick start's own configuration, running: with free ports, a folder of its own, and some
//! more résumés.

use crate::http::{Reply, exchange, root};
use crate::upstream::{BODIES, Upstream};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What must be in no answer but the candidate's: parts of the values that the résumés hide.
pub const SECRETS: [&str; 6] = [
    "13800138000",
    "138 0013 8000",
    "张三丰",
    "zhangsanfeng",
    "11010519491231002X",
    "%E5%BC%A0",
];

/// A folder with the quick start's files, and what runs over it.
pub struct Scene {
    pub folder: PathBuf,
    pub upstream: Upstream,
    child: Option<Child>,
    addresses: BTreeMap<String, String>,
}

impl Scene {
    /// The configuration with some texts replaced, not started.
    pub fn prepare(edits: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("serve-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("log")).expect("a folder");
        let scene = Self {
            folder,
            upstream: Upstream::start(),
            child: None,
            addresses: BTreeMap::new(),
        };
        fs::copy(source("jwks.json"), scene.folder.join("jwks.json")).expect("the keys");
        scene.write("facts.json", &facts().to_string());
        let key = scene.folder.join("log/watermark-key.json");
        let made = Command::new(env!("CARGO_BIN_EXE_privet"))
            .args(["watermark", "keygen", "--out"])
            .arg(key)
            .output();
        assert!(made.expect("runs").status.success());
        let mut text = fs::read_to_string(source("privet.toml")).expect("the configuration");
        let policies = root().join("policies").canonicalize().expect("policies");
        text = text.replace("../../policies", policies.to_str().expect("a path"));
        text = text.replace(
            "127.0.0.1:9000",
            &format!("127.0.0.1:{}", scene.upstream.port),
        );
        for port in ["8080", "8082", "8083", "9080"] {
            text = text.replace(&format!("\"127.0.0.1:{port}\""), "\"127.0.0.1:0\"");
        }
        text = text.replace(
            "decisions = \"127.0.0.1:8081\"",
            "decisions = \"127.0.0.1:0\"",
        );
        // A busy machine reaches a deadline by the clock.
        text.push_str("\n[limits]\ndecision_ms = 10000\n#limits\n");
        for (from, to) in edits {
            assert!(text.contains(from), "`{from}` is not in the configuration");
            text = text.replace(from, to);
        }
        scene.write("privet.toml", &text);
        scene
    }

    /// The running server.
    pub fn start(edits: &[(&str, &str)]) -> Self {
        let mut scene = Self::prepare(edits);
        scene.run();
        scene
    }

    /// Starts the server and waits until it is ready.
    pub fn run(&mut self) {
        self.run_with(&[]);
    }

    /// The same, with variables of the environment.
    pub fn run_with(&mut self, variables: &[(&str, &Path)]) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("stderr"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_privet"))
            .args(["serve", "--config"])
            .arg(self.folder.join("privet.toml"))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.expect("a log"))
            .spawn()
            .expect("starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let is_ready = lines.by_ref().map_while(Result::ok).any(|line| {
            if let Some((name, address)) = line.split_once(' ') {
                self.addresses.insert(name.to_owned(), address.to_owned());
            }
            line == "ready"
        });
        assert!(is_ready, "{}", self.stderr());
        // The pipe stays open, so that it never breaks.
        std::thread::spawn(move || lines.for_each(drop));
        self.child = Some(child);
    }

    /// Keeps the addresses that the doors got for the next start.
    pub fn pin(&self) {
        let text = self.read("privet.toml");
        let lines = text
            .lines()
            .map(|line| match line.split_once(" = \"127.0.0.1:0\"") {
                Some((door, rest)) => format!("{door} = \"{}\"{rest}", self.addresses[door]),
                None => line.to_owned(),
            });
        self.write("privet.toml", &lines.collect::<Vec<_>>().join("\n"));
    }

    /// What the command says about the configuration.
    pub fn check(&self) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_privet"))
            .args(["serve", "--check", "--config"])
            .arg(self.folder.join("privet.toml"))
            .output()
            .expect("runs");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    pub fn write(&self, name: &str, text: &str) {
        self.write_bytes(name, text.as_bytes());
    }

    pub fn write_bytes(&self, name: &str, bytes: &[u8]) {
        // In one step, as anybody should whose files are watched.
        let path = self.folder.join(name);
        let new = self.folder.join(format!("{name}.new"));
        fs::write(&new, bytes).expect("written");
        fs::rename(new, path).expect("renamed");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    pub fn read_bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(name)).expect("a file")
    }

    pub fn edit(&self, from: &str, to: &str) {
        let text = self.read("privet.toml");
        assert!(text.contains(from), "{from}");
        self.write("privet.toml", &text.replace(from, to));
    }

    /// The lines of a log.
    pub fn lines(&self, name: &str) -> Vec<Value> {
        let text = self.read(name);
        let lines = text
            .lines()
            .map(|l| serde_json::from_str(l).expect("a JSON line"));
        lines.collect()
    }

    pub fn stderr(&self) -> String {
        self.read("stderr")
    }

    pub fn address(&self, door: &str) -> &str {
        &self.addresses[door]
    }

    pub fn port(&self, door: &str) -> u16 {
        let port = self.address(door).rsplit(':').next();
        port.and_then(|p| p.parse().ok()).expect("a port")
    }

    /// The port of a door, if that is open and has one.
    pub fn door(&self, name: &str) -> Option<u16> {
        let (_, port) = self.addresses.get(name)?.rsplit_once(':')?;
        port.parse().ok()
    }

    /// A request to one of the doors, by its name, or to a port.
    pub fn send(
        &self,
        door: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        exchange(self.port(door), method, path, headers, body)
    }

    /// As a viewer of the quick start asks the proxy.
    pub fn get(&self, viewer: &str, path: &str) -> Reply {
        exchange(
            self.port("proxy"),
            "GET",
            path,
            &viewer_headers(viewer),
            b"",
        )
    }

    pub fn admin(&self, method: &str, path: &str, body: &Value) -> Reply {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        self.send("admin", method, path, &[], body.as_bytes())
    }

    pub fn revision(&self) -> String {
        let reply = self.admin("GET", "/revision", &Value::Null);
        let revision: Value = serde_json::from_slice(&reply.body).expect("JSON");
        revision["revision"]
            .as_str()
            .expect("a revision")
            .to_owned()
    }

    pub fn signal(&self, name: &str) {
        let child = self.child.as_ref().expect("runs");
        let killed = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(child.id().to_string())
            .status();
        assert!(killed.expect("kill").success());
    }

    /// Waits until the server has ended by itself.
    pub fn ended(&mut self) -> bool {
        let mut child = self.child.take().expect("runs");
        let status = child.wait().expect("ends");
        status.success()
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.kill();
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Waits until something holds; a slow machine is given time.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub fn source(name: &str) -> PathBuf {
    root().join("docs/gateways").join(name)
}

/// The token of a viewer of the quick start, as `Authorization` has it.
pub fn token(viewer: &str) -> &'static str {
    let text = fs::read_to_string(source(&format!("tokens/{viewer}.jwt"))).expect("a token");
    // A few for each test: it may stay.
    Box::leak(format!("Bearer {}", text.trim()).into_boxed_str())
}

pub fn viewer_headers(viewer: &str) -> [(&'static str, &'static str); 2] {
    [
        ("Authorization", token(viewer)),
        ("X-Purpose", "recruitment"),
    ]
}

/// Headers as an exchange is told them.
pub fn header_map(headers: &[(&str, &str)]) -> HeaderMap {
    let read = |(name, value): &(&str, &str)| {
        let name: HeaderName = name.parse().expect("a name");
        (name, HeaderValue::from_str(value).expect("a value"))
    };
    headers.iter().map(read).collect()
}

/// The quick start's facts, with a résumé like the third for every body of the upstream.
pub fn facts() -> Value {
    let text = fs::read_to_string(source("facts.json")).expect("facts");
    let mut facts: Value = serde_json::from_str(&text).expect("JSON");
    for kind in ["entities", "resources"] {
        let list = facts[kind].as_array_mut().expect("a list");
        let key = if kind == "entities" {
            "uid"
        } else {
            "resource"
        };
        let third = json!({"type": "Resume", "id": "resume-3"});
        let like = list
            .iter()
            .find(|e| e[key] == third)
            .expect("the third")
            .clone();
        let others = ["held", "host"];
        for body in BODIES.map(|(body, _)| body).into_iter().chain(others) {
            let mut other = like.clone();
            other[key]["id"] = json!(format!("r_{body}"));
            list.push(other);
        }
    }
    facts
}

pub fn no_secret(reply: &Reply) {
    let all = format!("{:?} {}", reply.headers, reply.text());
    for secret in SECRETS {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}
