//! `nginx_ffi_vs_plain`, `envoy_module_vs_none`, `pingora_vs_plain`, and what each adds at 1,000
//! requests a second: enforcement in a gateway's own process, beside the same process without it.
//!
//! Both sides of a row are one worker of one process, so nothing differs but enforcement. Memory is
//! what a worker holds after its load.

use super::serve::{CASES, NO_ENVOY, compare, envoy, with_one_worker};
use super::{Run, engine};
use crate::load::child::Child;
use crate::load::fixture::{self, Fixture};
use crate::load::{Folder, Target, free_port, listening};
use crate::row::{Row, Target as Goal};
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

const NGINX: &str = include_str!("inside/nginx.conf");
const LUA: &str = include_str!("../../../docs/gateways/privet.lua");
const ENVOY: &str = include_str!("inside/envoy.yaml");

const LUA_MODULE: &str = "/usr/lib/nginx/modules/ngx_http_lua_module.so";

/// A gateway's rows: throughput, added p50 and p99, memory; and the share of throughput to keep.
struct Family {
    names: [&'static str; 3],
    memory: &'static str,
    goal: f64,
    start: fn(&Place<'_>) -> Result<Started>,
}

const FAMILIES: [Family; 3] = [
    Family {
        names: [
            "nginx_ffi_vs_plain",
            "nginx_ffi_added_p50",
            "nginx_ffi_added_p99",
        ],
        memory: "nginx_ffi_worker",
        goal: 0.7,
        start: nginx,
    },
    Family {
        names: [
            "envoy_module_vs_none",
            "envoy_module_added_p50",
            "envoy_module_added_p99",
        ],
        memory: "envoy_module_worker",
        goal: 0.8,
        start: envoy_module,
    },
    Family {
        names: ["pingora_vs_plain", "pingora_added_p50", "pingora_added_p99"],
        memory: "pingora_worker",
        goal: 0.85,
        start: pingora,
    },
];

/// Where a gateway finds what it needs.
struct Place<'a> {
    folder: &'a Path,
    service: u16,
}

enum Started {
    /// The process, the port with enforcement, and the one without if that is another.
    Running(Child, u16, Option<u16>),
    /// Why it is not here.
    Missing(&'static str),
}

pub fn measure(run: &mut Run) -> Result<()> {
    let wanted = |run: &Run, family: &Family| {
        let names = family.names.iter().chain([&family.memory]);
        names.into_iter().any(|name| run.wants(name))
    };
    if !FAMILIES.iter().any(|family| wanted(run, family)) {
        return Ok(());
    }
    eprintln!("inside");
    let folder = Folder::new("inside")?;
    gateways(run, folder.path(), wanted)
}

fn gateways(run: &mut Run, folder: &Path, wanted: fn(&Run, &Family) -> bool) -> Result<()> {
    let source = privet_pack::read(&run.pack)?.source;
    let policy = engine()?.load(&privet_compiler::compile(&source)?.wasm)?;
    let fixture = Fixture::write(folder, &policy, run.seed)?;
    let (_upstream, service) = fixture::upstream(&fixture)?;
    std::fs::create_dir_all(folder.join("log"))?;
    for family in &FAMILIES {
        if !wanted(run, family) {
            continue;
        }
        for (case, sync) in CASES {
            let mut names = family.names.to_vec();
            names.push(family.memory);
            run.attempt(&names, case, |run| {
                fixture.config(&run.pack, service, sync)?;
                one(run, family, case, &fixture, service)
            });
        }
    }
    Ok(())
}

/// A gateway with one configuration.
fn one(run: &mut Run, family: &Family, case: &str, fixture: &Fixture, service: u16) -> Result<()> {
    let folder = &fixture.folder;
    let (process, enforced, plain) = match (family.start)(&Place { folder, service })? {
        Started::Running(process, enforced, plain) => (process, enforced, plain),
        Started::Missing(why) => {
            run.missing(&family.names, case, why);
            run.missing(&[family.memory], case, why);
            return Ok(());
        }
    };
    listening(enforced).with_context(|| family.memory)?;
    let asked = fixture.open(enforced, run.seed)?;
    eprintln!("  {} questions are answered with a body", asked.len());
    let theirs = Target {
        port: plain.unwrap_or(enforced),
        asked: match plain {
            Some(_) => asked.clone(),
            None => fixture::plain(&asked),
        },
    };
    let ours = Target {
        port: enforced,
        asked,
    };
    compare(
        run,
        &family.names,
        (case, family.goal),
        folder,
        [&ours, &theirs],
    )?;
    let [(default, _), _] = CASES;
    if case == default && run.wants(family.memory) {
        let mebibytes = resident(process.id())? / 1024.0;
        let row = Row::value(family.memory, case, Goal::Stated, mebibytes, "MiB");
        run.state(row.noted("resident, after the load, with both sides in it"));
    }
    Ok(())
}

fn filled(template: &str, place: &Place<'_>, ports: [u16; 2]) -> String {
    let [enforced, plain] = ports.map(|p| p.to_string());
    template
        .replace("@SERVICE@", &place.service.to_string())
        .replace("@ENFORCED@", &enforced)
        .replace("@PLAIN@", &plain)
}

/// A shared library that was built with this program.
fn library(name: &str) -> Result<Option<PathBuf>> {
    let program = std::env::current_exe()?;
    let folder = program.parent().context("the program's folder")?;
    let places = [folder.join(name), folder.join("deps").join(name)];
    Ok(places.into_iter().find(|path| path.is_file()))
}

fn nginx(place: &Place<'_>) -> Result<Started> {
    if !Path::new(LUA_MODULE).is_file() {
        return Ok(Started::Missing(
            "no nginx with Lua (`apt-get install nginx libnginx-mod-http-lua`)",
        ));
    }
    let Some(library) = library("libprivet.so")? else {
        return Ok(Started::Missing("no libprivet.so beside this program"));
    };
    let ports = [free_port()?, free_port()?];
    let text = filled(NGINX, place, ports).replace("@LIBRARY@", &library.display().to_string());
    std::fs::write(place.folder.join("nginx.conf"), text)?;
    std::fs::write(place.folder.join("privet.lua"), LUA)?;
    let mut command = Command::new("/usr/sbin/nginx");
    let prefix = format!("{}/", place.folder.display());
    command.args(["-p", &prefix, "-c", "nginx.conf"]);
    let [enforced, plain] = ports;
    Ok(Started::Running(
        Child::program(&mut command)?,
        enforced,
        Some(plain),
    ))
}

fn envoy_module(place: &Place<'_>) -> Result<Started> {
    let Some(program) = envoy() else {
        return Ok(Started::Missing(NO_ENVOY));
    };
    let Some(library) = library("libprivet_envoy.so")? else {
        return Ok(Started::Missing(
            "no libprivet_envoy.so beside this program",
        ));
    };
    let ports = [free_port()?, free_port()?];
    let config = place.folder.join("privet.toml");
    let text = filled(ENVOY, place, ports).replace("@CONFIG@", &config.display().to_string());
    let file = place.folder.join("module.yaml");
    std::fs::write(&file, text)?;
    let mut command = with_one_worker(&program, &file);
    command.env(
        "ENVOY_DYNAMIC_MODULES_SEARCH_PATH",
        library.parent().context("its folder")?,
    );
    let [enforced, plain] = ports;
    Ok(Started::Running(
        Child::program(&mut command)?,
        enforced,
        Some(plain),
    ))
}

fn pingora(place: &Place<'_>) -> Result<Started> {
    let Some(program) = std::env::var_os("PRIVET_PINGORA") else {
        return Ok(Started::Missing(
            "no Pingora (`cargo build --release` in examples/pingora, its path in PRIVET_PINGORA)",
        ));
    };
    let port = free_port()?;
    let mut command = Command::new(program);
    command
        .arg(place.folder.join("privet.toml"))
        .arg(format!("127.0.0.1:{port}"))
        .arg(format!("127.0.0.1:{}", place.service));
    Ok(Started::Running(Child::program(&mut command)?, port, None))
}

/// Kibibytes of a process that are in memory.
fn resident(process: u32) -> Result<f64> {
    let path = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(&path).with_context(|| path)?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|l| l.split_whitespace().next());
    Ok(kibibytes.context("VmRSS")?.parse()?)
}
