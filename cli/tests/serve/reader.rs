//! A reader of a page: types its shell lines one after the other, by the letter, waits where a reader
//! would look whether something runs, and keeps what each line shows.
//!
//! Three things are other than for a reader, and all of them stand here: the ports, since other tests
//! run beside; the programs in [`stand_ins`], since nothing is built or installed again; and a worker
//! of nginx that is started by root stays root, since it must be able to read the key.
//!
//! With `PRIVET_CLONE` none of them is: that is a clean clone, in which everything is built, installed
//! (by root) and started as the pages say. One page at a time, and it takes its time:
//!
//! ```sh
//! git clone . /tmp/clone
//! PRIVET_CLONE=/tmp/clone cargo nextest run --workspace -E 'test(quick_starts)' --test-threads 1
//! ```

use crate::blocks::blocks;
use crate::gateways::free_port;
use crate::http::root;
use crate::native::built;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The ports of the pages.
const PORTS: [&str; 8] = [
    "8080", "8081", "8082", "8083", "8090", "8091", "9000", "9080",
];

/// What listens when a line that stays in the background has begun.
const LISTENS: [(&str, &[&str]); 8] = [
    ("python3 -m http.server", &["9000"]),
    ("privet serve", &["8080", "8081", "8082", "8083", "9080"]),
    ("nginx ", &["8090"]),
    ("caddy ", &["8090"]),
    ("haproxy ", &["8090"]),
    ("envoy ", &["8090", "8091"]),
    ("cargo run -p privet-tower", &["8090"]),
    ("privet-pingora-example", &["8090"]),
];

/// Programs in the place of those that build or install.
fn stand_ins() -> [(&'static str, String); 4] {
    let shell = |text: &str| format!("#!/bin/bash\n{text}\n");
    let tower = built("../examples/tower");
    let privet = env!("CARGO_BIN_EXE_privet");
    let envoy = std::env::var("PRIVET_ENVOY").unwrap_or_else(|_| "envoy".to_owned());
    let cargo = format!(
        "case \"$*\" in
        build | 'build -p privet-capi' | 'build -p privet-envoy-module') ;;
        'build --release -p privet-capi') ;;
        'run -p privet-tower --example tower -- '*) exec {} \"${{@:7}}\" ;;
        'run -p privet-cli -- '*) exec {privet} \"${{@:5}}\" ;;
        *) echo \"cargo $*: no test has built that\"; exit 9 ;;
        esac",
        tower.display()
    );
    let install = "[ \"$1\" = install ] || { echo \"$*\"; exit 9; }";
    [
        ("cargo", shell(&cargo)),
        ("apt-get", shell(install)),
        ("pip", shell(install)),
        ("envoy", shell(&format!("exec {envoy} \"$@\""))),
    ]
}

/// A line, or several that belong together, and what they showed.
#[derive(Debug)]
pub struct Seen {
    pub line: String,
    pub shown: String,
}

/// A clean clone to read in, if one is given.
pub fn clone() -> Option<PathBuf> {
    std::env::var_os("PRIVET_CLONE").map(PathBuf::from)
}

pub fn is_root() -> bool {
    fs::metadata("/proc/self").expect("this process").uid() == 0
}

/// A folder like the repository's, with what the pages name.
pub struct Reader {
    folder: PathBuf,
    /// Of what is no reader's: scripts and what they show.
    notes: PathBuf,
    ports: Vec<(&'static str, u16)>,
}

impl Reader {
    pub fn new(page: &str) -> Self {
        let name = format!("quick-start-{page}-{}", std::process::id());
        let notes = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&notes);
        fs::create_dir_all(&notes).expect("a folder");
        if let Some(folder) = clone() {
            let _ = fs::remove_dir_all(folder.join("docs/gateways/log"));
            let ports = PORTS.map(|port| (port, port.parse().expect("a port")));
            let reader = Self {
                folder,
                notes,
                ports: ports.to_vec(),
            };
            reader.type_in("", &["cargo build".to_owned()]);
            return reader;
        }
        let reader = Self {
            folder: notes.clone(),
            notes,
            ports: PORTS.map(|port| (port, free_port())).to_vec(),
        };
        reader.lay_out();
        reader
    }

    fn lay_out(&self) {
        let at = |path: &str| {
            let path = self.folder.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            path
        };
        let repository = root().canonicalize().expect("the repository");
        for name in ["policies", "capi"] {
            symlink(repository.join(name), at(name)).expect("a link");
        }
        self.copy(&repository.join("docs/gateways"), &at("docs/gateways"));
        let privet = PathBuf::from(env!("CARGO_BIN_EXE_privet"));
        let library = built("libprivet.so");
        for (path, file) in [
            ("target/debug/privet", &privet),
            ("target/debug/libprivet.so", &library),
            ("target/release/libprivet.so", &library),
            ("target/release/libprivet.a", &built("libprivet.a")),
            (
                "target/debug/libprivet_envoy.so",
                &built("libprivet_envoy.so"),
            ),
        ] {
            symlink(file, at(path)).expect("a link");
        }
        if let Some(pingora) = std::env::var_os("PRIVET_PINGORA") {
            let path = at("examples/pingora/target/debug/privet-pingora-example");
            symlink(pingora, path).expect("a link");
        }
        for (name, text) in stand_ins() {
            let path = at(&format!("bin/{name}"));
            fs::write(&path, text).expect("written");
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("may run");
        }
    }

    fn copy(&self, from: &Path, to: &Path) {
        fs::create_dir_all(to).expect("a folder");
        for entry in fs::read_dir(from).expect("a folder").flatten() {
            let (path, to) = (entry.path(), to.join(entry.file_name()));
            if path.is_dir() {
                // What a reader who tried the page here has left.
                if entry.file_name() != "log" {
                    self.copy(&path, &to);
                }
                continue;
            }
            let mut text = self.at_our_ports(&fs::read_to_string(&path).expect("text"));
            if is_root() && path.ends_with("nginx-ffi.conf") {
                text = text.replace("daemon off;", "daemon off; user root;");
            }
            fs::write(to, text).expect("written");
        }
    }

    /// A text with our ports, where a port of the pages stands as a word.
    fn at_our_ports(&self, text: &str) -> String {
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let mut text = text.to_owned();
        for (port, ours) in &self.ports {
            let parts: Vec<&str> = text.split(port).collect();
            let mut joined = String::new();
            for (index, part) in parts.iter().enumerate() {
                joined.push_str(part);
                let Some(next) = parts.get(index + 1) else {
                    break;
                };
                let is_word = !is_digit(part.chars().last()) && !is_digit(next.chars().next());
                match is_word {
                    true => joined.push_str(&ours.to_string()),
                    false => joined.push_str(port),
                }
            }
            text = joined;
        }
        text
    }

    fn port(&self, port: &str) -> u16 {
        let mut ports = self.ports.iter();
        ports.find(|(p, _)| *p == port).expect("a port").1
    }

    /// Types lines in a folder, and gives what each showed. A line that fails ends it.
    pub fn type_in(&self, folder: &str, lines: &[String]) -> Vec<Seen> {
        let mut script = "shopt -s expand_aliases\ntrap 'kill $(jobs -p); wait' EXIT\n".to_owned();
        for (index, line) in lines.iter().enumerate() {
            let line = self.at_our_ports(line);
            script.push_str(&format!("echo '@@ {index}'\n"));
            match stays(&line) {
                // What it says in the background is no line's.
                true => script.push_str(&format!(
                    "exec 3>&1 4>&2 >> '{}' 2>&1\n{line}\nexec >&3 2>&4\n{}",
                    self.background().display(),
                    self.wait_for(&line)
                )),
                false => script.push_str(&format!(
                    "{line}\n[ $? = 0 ] || {{ echo '@@ failed'; exit 9; }}\n"
                )),
            }
        }
        script.push_str("echo '@@ end'\n");
        let file = self.notes.join("lines.sh");
        fs::write(&file, script).expect("written");
        let shown = self.notes.join("shown");
        let output = File::create(&shown).expect("a file");
        let paths = std::env::var("PATH").expect("paths");
        let paths = format!("{}/bin:{paths}:/usr/sbin", self.notes.display());
        let mut shell = Command::new("bash");
        // What the runner of this test has set is no reader's.
        for (name, _) in std::env::vars_os() {
            let of_runner = ["CARGO_", "NEXTEST", "LD_LIBRARY_PATH"];
            let text = name.to_string_lossy();
            if text != "CARGO_HOME" && of_runner.iter().any(|n| text.starts_with(n)) {
                shell.env_remove(name);
            }
        }
        let mut shell = shell
            .arg(&file)
            .current_dir(self.folder.join(folder))
            .env("PATH", paths)
            .env("XDG_DATA_HOME", &self.notes)
            .env("XDG_CONFIG_HOME", &self.notes)
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a file"))
            .stderr(output)
            .process_group(0)
            .spawn()
            .expect("bash is here");
        let ended = shell.wait().expect("ends");
        // Whatever a line has left behind is of its group.
        let group = format!("-{}", shell.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).output();
        let shown = String::from_utf8_lossy(&fs::read(shown).expect("shown")).into_owned();
        assert!(
            shown.contains("@@ end"),
            "{ended}: {shown}\n{}",
            self.logs()
        );
        let seen = lines.iter().enumerate().map(|(index, line)| {
            let (_, after) = shown.split_once(&format!("@@ {index}\n")).expect("a line");
            let (shown, _) = after.split_once("@@ ").expect("the next");
            Seen {
                line: line.clone(),
                shown: shown.to_owned(),
            }
        });
        seen.collect()
    }

    /// A loop that ends when everything listens that the line begins.
    fn wait_for(&self, line: &str) -> String {
        let known = LISTENS.iter().find(|(start, _)| line.contains(start));
        let (_, ports) = known.unwrap_or_else(|| panic!("what listens after `{line}`?"));
        // A line may build first.
        let tenths = if clone().is_some() { 12_000 } else { 600 };
        let loops = ports.iter().map(|port| {
            let port = self.port(port);
            format!(
                "for i in {{1..{tenths}}}; do (: < /dev/tcp/127.0.0.1/{port}) 2> /dev/null && break; sleep 0.1; done\n\
                 [ $i -lt {tenths} ] || {{ echo '@@ nothing listens on {port}'; exit 9; }}\n"
            )
        });
        loops.collect()
    }

    fn background(&self) -> PathBuf {
        self.notes.join("background")
    }

    fn logs(&self) -> String {
        let nginx = self.folder.join("docs/gateways/log/nginx.log");
        let logs = [self.background(), nginx].map(fs::read_to_string);
        logs.into_iter().flatten().collect()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.notes);
        }
    }
}

/// Whether a line stays in the background.
fn stays(line: &str) -> bool {
    let code = line.rsplit_once(" #").map_or(line, |(code, _)| code);
    code.trim_end().ends_with('&')
}

/// The lines of a page's shell blocks; what a shell would wait for belongs together.
pub fn lines(page: &str) -> Vec<String> {
    let path = root().join("docs/gateways").join(page);
    let page = fs::read_to_string(path).expect("the page");
    let blocks = blocks(&page).into_iter();
    let text: String = blocks
        .filter(|(info, _)| info == "sh")
        .map(|(_, t)| t)
        .collect();
    let mut lines = Vec::new();
    let mut open = String::new();
    for line in text.lines() {
        open.push_str(line);
        let is_whole = || {
            let parsed = Command::new("bash").args(["-n", "-c", &open]).output();
            parsed.expect("bash is here").status.success()
        };
        if !line.ends_with('\\') && is_whole() {
            lines.push(std::mem::take(&mut open));
        } else {
            open.push('\n');
        }
    }
    assert!(open.is_empty(), "a line that does not end: {open}");
    lines.retain(|line| !line.trim().is_empty());
    lines
}
