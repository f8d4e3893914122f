//! `privet demo`: fictional résumés as each viewer may see them, printed, proxied, and on a page.
//!
//! | module | what it holds |
//! |---|---|
//! | `resumes` | the résumés, and the broken bodies that the upstream can serve |
//! | `world` | whose request it is, and the settings: the demo's own facts |
//! | `pack` | a compiled pack with its viewers and the text of its policies |
//! | `values`, `table` | what a document shows of a class; the matrix in a terminal |
//! | `matrix`, `api`, `page` | the matrix as JSON, and the page that shows it |
//! | `upstream`, `fetch`, `proxy` | the careless service, and the gateway before it |
//! | `failure` | what each failure looks like to a client |
//! | `server`, `state` | the listener, and what lives while it runs |
//!
//! A viewer is told by a request header. That trust is the demo's and **not for production**.

mod api;
mod failure;
mod fetch;
mod matrix;
mod pack;
mod page;
mod proxy;
mod resumes;
mod server;
mod state;
mod table;
mod upstream;
mod values;
mod world;

use crate::outcome::Exit;
use anyhow::{Context, Result, bail};
use clap::Args;
use pack::DemoPack;
use privet_host::GateAnswer;
use resumes::Resume;
use state::Demo;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use table::Table;
use world::Settings;

/// Where packs are looked for if none is named.
const PACKS: &str = "policies";

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  privet demo\n  privet demo --once --pack policies/liepin resume.json\n\n\
    The viewer of a request is told by its header X-Demo-Viewer. That is for the demo alone:\n\
    in production a client never supplies a fact."
)]
pub struct Arguments {
    /// Print the matrices and exit
    #[arg(long)]
    once: bool,
    /// Folder of a pack, repeatable; all packs under `policies` if absent
    #[arg(long = "pack", value_name = "DIR")]
    packs: Vec<PathBuf>,
    /// The view of the printed matrices, instead of the one in each viewer's facts
    #[arg(long)]
    view: Option<String>,
    /// Port on 127.0.0.1; 0 takes any that is free
    #[arg(long, default_value_t = 8642)]
    port: u16,
    /// A résumé of your own in the place of the first; the built-in ones are fictional
    file: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let own = match &arguments.file {
        Some(file) => Some(std::fs::read(file).with_context(|| file.display().to_string())?),
        None => None,
    };
    let resumes = resumes::all(own);
    let mut packs: Vec<DemoPack> = Vec::new();
    for folder in folders(&arguments.packs)? {
        if std::io::stderr().is_terminal() {
            errln!("compiling {}", folder.display());
        }
        let pack = DemoPack::load(&folder)?;
        if packs.iter().any(|p| p.name == pack.name) {
            bail!(
                "{}: a second pack with the name `{}`",
                folder.display(),
                pack.name
            );
        }
        packs.push(pack);
    }
    for pack in &packs {
        print(pack, resumes.first(), arguments.view.as_deref())?;
    }
    if arguments.once {
        return Ok(Exit::Success);
    }
    let demo = Demo::new(packs, resumes);
    let curl = instructions(&demo);
    server::serve(demo, arguments.port, |address| {
        outln!("{}", curl(address));
        Ok(())
    })?;
    Ok(Exit::Success)
}

/// The packs that are named, or all that the folder of packs has.
fn folders(named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let all = std::fs::read_dir(PACKS).with_context(|| {
        format!("no folder `{PACKS}` here: run it at the repository's root, or name a --pack")
    })?;
    let mut folders = Vec::new();
    for entry in all {
        let path = entry?.path();
        if path.join("pack.toml").is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    if folders.is_empty() {
        bail!("no pack under `{PACKS}`");
    }
    Ok(folders)
}

/// Prints two matrices of a résumé: with both protections, and without.
fn print(pack: &DemoPack, resume: Option<&Resume>, view: Option<&str>) -> Result<()> {
    let Some(resume) = resume else { return Ok(()) };
    let manifest = pack.policy.manifest();
    outln!(
        "{} revision {}: {} policies in a guest of {} bytes",
        pack.name,
        pack.revision,
        manifest.policies.len(),
        pack.policy.wasm_bytes(),
    );
    let document = serde_json::from_slice(&resume.document).context("the résumé")?;
    for on in [true, false] {
        let settings = Settings::default().protections(on);
        let mut table = Table::new(&manifest.classes, &document);
        for viewer in pack.viewers.names() {
            let view = view.or(pack.viewers.view()).unwrap_or("detail");
            let answer = pack
                .answer(viewer, view, resume, &settings)?
                .context("no such viewer")?;
            let shown = match answer.plan.gate() {
                GateAnswer::Open => answer.body(&resume.document).map_err(|error| {
                    errln!("{viewer}: {error}");
                    "refused"
                }),
                GateAnswer::NotFound => Err("not found"),
                GateAnswer::Forbidden => Err("forbidden"),
            };
            table.add(viewer, shown.as_deref().map_err(|e| *e));
        }
        let word = if on { "on" } else { "off" };
        outln!("\n{}, protection of phone and name {word}:\n", pack.name);
        table.print()?;
    }
    outln!("\n· is removed.\n");
    Ok(())
}

/// How to see each viewer, once the address is known.
fn instructions(demo: &Demo) -> impl Fn(SocketAddr) -> String + use<> {
    let resume = demo.resumes().first().map_or("", |r| r.slug);
    let mut requests = Vec::new();
    if let Some(pack) = demo.packs.first() {
        for viewer in pack.viewers.names() {
            requests.push((viewer.clone(), pack.name.clone()));
        }
    }
    move |address| {
        let commands: Vec<String> = requests
            .iter()
            .map(|(viewer, pack)| {
                format!(
                    "  curl -i -H 'X-Demo-Viewer: {viewer}' \
                     'http://{address}/{pack}/resumes/{resume}?view=detail'"
                )
            })
            .collect();
        format!(
            "The page:          http://{address}/\n\
             As each viewer, through the enforcing proxy:\n{}\n\
             The header is believed for this demo only; in production a client supplies no fact.\n\
             Every request of a résumé is a line on standard error. Ctrl-C ends the demo.",
            commands.join("\n"),
        )
    }
}
