//! What several verbs share: packs, facts, documents.

use anyhow::{Context, Result, bail};
use clap::Args;
use privet_gateway::enforce;
use privet_host::{Engine, Facts, Plan, Policy, Settings};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A pack that is compiled, and loaded into an engine of its own.
#[derive(Debug)]
pub struct Loaded {
    pub pack: privet_pack::Pack,
    pub policy: Policy,
}

/// Compiles and loads a pack.
pub fn pack(folder: &Path) -> Result<Loaded> {
    let pack = privet_pack::read(folder)?;
    let compiled = privet_compiler::compile(&pack.source)?;
    let policy = Engine::new(Settings::default())?.load(&compiled.wasm)?;
    enforce::check(policy.manifest()).context("the pack's renderings")?;
    Ok(Loaded { pack, policy })
}

/// Which pack, and whose facts.
#[derive(Debug, Args)]
pub struct ViewerArguments {
    /// Folder of the pack
    #[arg(long, value_name = "DIR")]
    pub pack: PathBuf,
    /// A viewer that the pack brings, from its folder `viewers`
    #[arg(long, value_name = "NAME", conflicts_with = "facts")]
    pub viewer: Option<String>,
    /// Facts as JSON: {principal, view, resource, context, entities, issued, now}
    #[arg(long, value_name = "FILE")]
    pub facts: Option<PathBuf>,
    /// The view, instead of the one in the facts
    #[arg(long)]
    pub view: Option<String>,
}

impl ViewerArguments {
    /// The facts as JSON.
    pub fn text(&self, pack: &privet_pack::Pack) -> Result<String> {
        match (&self.viewer, &self.facts) {
            (Some(name), _) => Ok(pack.viewer(name)?),
            (None, Some(file)) => {
                fs::read_to_string(file).with_context(|| file.display().to_string())
            }
            (None, None) => bail!("whose view? give --viewer NAME or --facts FILE"),
        }
    }

    /// Compiles the pack and reads the facts.
    pub fn load(&self) -> Result<(Loaded, Facts)> {
        let loaded = pack(&self.pack)?;
        let text = self.text(&loaded.pack)?;
        let facts = Facts::from_json(&loaded.policy, &text, self.view.as_deref())?;
        Ok((loaded, facts))
    }

    /// Compiles the pack, reads the facts and asks for the plan of their view.
    pub fn plan(&self) -> Result<(Facts, String, Plan)> {
        let (loaded, facts) = self.load()?;
        let view = facts
            .view
            .clone()
            .context("the facts name no view; give --view")?;
        let mut instance = loaded.policy.instance()?;
        let plan = instance.plan(&facts.entities, &facts.request, &view)?;
        Ok((facts, view, plan))
    }
}

/// A file's bytes, or those of standard input.
pub fn document(file: Option<&Path>) -> Result<Vec<u8>> {
    match file {
        Some(file) => fs::read(file).with_context(|| file.display().to_string()),
        None => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .read_to_end(&mut bytes)
                .context("standard input")?;
            Ok(bytes)
        }
    }
}
