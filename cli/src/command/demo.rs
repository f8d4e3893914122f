//! `privet demo`: one résumé as each viewer may see it, a matrix of field class and viewer.

use crate::load;
use crate::outcome::Exit;
use anyhow::{Context, Result};
use clap::Args;
use privet_gateway::enforce;
use privet_host::{Facts, GateAnswer};
use std::path::PathBuf;

/// A fictional résumé with every class filled.
const RESUME: &[u8] = include_bytes!("../../demo/zhang-san.json");

#[derive(Debug, Args)]
#[command(after_help = "Example: privet demo --once --pack policies/liepin resume.json")]
pub struct Arguments {
    /// Print the matrix and exit
    #[arg(long, required = true)]
    once: bool,
    /// Folder of the pack
    #[arg(long, value_name = "DIR", default_value = "policies/liepin")]
    pack: PathBuf,
    /// The view, instead of the one in each viewer's facts
    #[arg(long)]
    view: Option<String>,
    /// A résumé of your own; a fictional one if absent
    file: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let loaded = load::pack(&arguments.pack)?;
    let document = match &arguments.file {
        Some(file) => std::fs::read(file).with_context(|| file.display().to_string())?,
        None => RESUME.to_vec(),
    };
    let mut instance = loaded.policy.instance()?;
    let viewers = loaded.pack.viewers()?;
    let mut table = Table::new(&loaded.policy.manifest().classes, &document);
    for viewer in &viewers {
        let text = loaded.pack.viewer(viewer)?;
        let facts = Facts::from_json(&loaded.policy, &text, arguments.view.as_deref())
            .with_context(|| format!("viewer `{viewer}`"))?;
        let view = facts
            .view
            .as_deref()
            .context("the viewer's facts name no view")?;
        let plan = instance.plan(&facts.entities, &facts.request, view)?;
        let shown = match plan.gate() {
            GateAnswer::Open => Ok(enforce::redacted(
                &plan,
                &facts.issued,
                &facts.known,
                &document,
            )?),
            GateAnswer::NotFound => Err("not found"),
            GateAnswer::Forbidden => Err("forbidden"),
        };
        table.add(viewer, shown.as_deref().map_err(|e| *e));
    }
    outln!(
        "{} revision {}: {} policies in a guest of {} bytes. One résumé, {} viewers:\n",
        loaded.pack.file.name,
        loaded.pack.file.revision,
        loaded.policy.manifest().policies.len(),
        loaded.policy.wasm_bytes(),
        viewers.len(),
    );
    table.print()?;
    outln!(
        "\n· is removed. See one whole: privet redact --pack {} --viewer NAME FILE",
        arguments.pack.display()
    );
    Ok(Exit::Success)
}

use table::Table;
mod table;
