//! `privet check`: what is wrong with a pack.

use crate::outcome::{self, Exit};
use anyhow::{Context, Result, bail};
use clap::Args;
use privet_compiler::{CompileError, Source};
use privet_frame::manifest::Manifest;
use privet_gateway::enforce;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: privet check policies/liepin\n\nBeyond what Cedar refuses: an annotation, \
                  obligation or rendering that nobody knows, two policies of one id, two rungs of \
                  one rank, a forbid that can never apply, a rung that can never be taken, a path \
                  of the résumé format (the folder's *.paths) that is in no class."
)]
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
    let (compiled, mut faults) = privet_compiler::check(&pack.source, &pack.formats)?;
    faults.extend(unknown_words(&pack.source, &compiled.manifest));
    for warning in &compiled.warnings {
        eprintln!("{warning:?}");
    }
    for fault in &faults {
        outcome::report_compile(fault);
    }
    if !faults.is_empty() {
        bail!("{}: refused, faults: {}", folder.display(), faults.len());
    }
    enforce::check(&compiled.manifest).context("the pack's renderings")?;
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

/// Renderings and paths that the redactor does not know.
fn unknown_words(source: &Source, manifest: &Manifest) -> Vec<CompileError> {
    let mut faults = Vec::new();
    for class in &manifest.classes {
        for field in &class.fields {
            if let Err(error) = field.parse::<privet_redact::Path>() {
                let what = format!("`{field}`: {error}");
                let fault = privet_compiler::fault_of_action(source, &class.id, "fields", what);
                faults.push(fault);
            }
        }
        for rung in &class.rungs {
            let action = manifest.schema.actions.get(rung.action as usize);
            let action = action.map_or("", |a| a.uid.id.as_str());
            let mut renderings = rung.renderings.iter();
            let unknown = renderings.find(|r| r.parse::<privet_redact::Rendering>().is_err());
            faults.extend(unknown.map(|rendering| {
                let what = format!("`{rendering}` is no rendering; docs/packs.md lists them");
                privet_compiler::fault_of_action(source, action, "rendering", what)
            }));
        }
    }
    faults
}
