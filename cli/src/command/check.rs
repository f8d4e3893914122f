//! `privet check`: what is wrong with a pack.

use crate::outcome::{self, Exit};
use anyhow::{Context, Result};
use clap::Args;
use privet_gateway::enforce;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Example: privet check policies/liepin")]
pub struct Arguments {
    /// Folders of the packs
    #[arg(required = true)]
    packs: Vec<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let mut exit = Exit::Success;
    for folder in &arguments.packs {
        if let Err(error) = check(folder) {
            outcome::report(&error);
            exit = Exit::Failure;
        }
    }
    Ok(exit)
}

fn check(folder: &std::path::Path) -> Result<()> {
    let pack = privet_pack::read(folder)?;
    let compiled = privet_compiler::compile(&pack.source)?;
    enforce::check(&compiled.manifest).context("the pack's renderings")?;
    for warning in &compiled.warnings {
        eprintln!("{warning:?}");
    }
    let manifest = &compiled.manifest;
    let rungs: usize = manifest.classes.iter().map(|c| c.rungs.len()).sum();
    let fields: usize = manifest.classes.iter().map(|c| c.fields.len()).sum();
    outln!(
        "{}: {} policies, {} gates, {} classes with {rungs} rungs over {fields} paths, {} warnings",
        folder.display(),
        manifest.policies.len(),
        manifest.gates.len(),
        manifest.classes.len(),
        compiled.warnings.len(),
    );
    Ok(())
}
