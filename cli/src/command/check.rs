//! `privet check`: what is wrong with a pack.

use crate::outcome::{self, Exit};
use anyhow::{Context, Result, bail};
use clap::Args;
use privet_compiler::{CompileError, Source};
use privet_frame::manifest::Manifest;
use privet_gateway::enforce;
use privet_host::{Engine, Facts, Settings};
use privet_pack::Pack;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: privet check policies/liepin\n\nBeyond what Cedar refuses: an annotation, \
                  obligation or rendering that nobody knows, two policies of one id, two rungs of \
                  one rank, a gate of no view, an answer of a permit, a forbid that can never \
                  apply, a rung that can never be taken, a path of the résumé format (the \
                  folder's *.paths) that is in no class, and viewers and cases whose facts do not \
                  fit the schema. It warns of a view without a gate and of a pack without \
                  policies. What the cases expect is `privet test`'s."
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
        errln!("{warning:?}");
    }
    for fault in &faults {
        outcome::report_compile(fault);
    }
    if !faults.is_empty() {
        let faults = counted(faults.len(), "fault");
        bail!("{}: refused: {faults}", folder.display());
    }
    enforce::check(&compiled.manifest).context("the pack's renderings")?;
    let unread = unread(&pack, &compiled.wasm)?;
    for (file, why) in &unread {
        errln!("error: {file}: {why}");
    }
    if !unread.is_empty() {
        let faults = counted(unread.len(), "fault");
        bail!(
            "{}: refused: {faults} in viewers and cases",
            folder.display()
        );
    }
    let manifest = &compiled.manifest;
    let rungs: usize = manifest.classes.iter().map(|c| c.rungs.len()).sum();
    let fields: usize = manifest.classes.iter().map(|c| c.fields.len()).sum();
    outln!(
        "{}: {}, {}, {} with {} over {}, {}",
        folder.display(),
        counted(manifest.policies.len(), "policy"),
        counted(manifest.gates.len(), "gate"),
        counted(manifest.classes.len(), "class"),
        counted(rungs, "rung"),
        counted(fields, "path"),
        counted(compiled.warnings.len(), "warning"),
    );
    Ok(())
}

/// A number with its noun.
fn counted(count: usize, noun: &str) -> String {
    match (count, noun) {
        (1, noun) => format!("1 {noun}"),
        (count, "policy") => format!("{count} policies"),
        (count, "class") => format!("{count} classes"),
        (count, noun) => format!("{count} {noun}s"),
    }
}

/// The viewers and cases whose facts the pack's schema does not read, with the reason.
fn unread(pack: &Pack, wasm: &[u8]) -> Result<Vec<(String, String)>> {
    let policy = Engine::new(Settings::default())?.load(wasm)?;
    let mut unread = Vec::new();
    for viewer in pack.viewers()? {
        if let Err(error) = Facts::from_json(&policy, &pack.viewer(&viewer)?, None) {
            let file = pack.viewer_file(&viewer).display().to_string();
            unread.push((file, error.to_string()));
        }
    }
    // A case starts from a viewer, so a broken one would be told of many times.
    if !unread.is_empty() {
        return Ok(unread);
    }
    for case in pack.cases()? {
        let facts = case.facts.to_string();
        if let Err(error) = Facts::from_json(&policy, &facts, Some(&case.view)) {
            let place = format!("{}:{}", case.file.display(), case.line);
            unread.push((place, format!("case `{}`: {error}", case.name)));
        }
    }
    Ok(unread)
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
