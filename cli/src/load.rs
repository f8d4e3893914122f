//! What several verbs share: packs, facts, documents.

use anyhow::{Context, Result, bail};
use clap::Args;
use privet_gateway::combine::{Combined, Packs};
use privet_gateway::enforce;
use privet_host::{Engine, Facts, Policy, Settings};
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
    /// Folder of the pack; given several times, the stricter answer of all
    #[arg(long, value_name = "DIR", required = true)]
    pub pack: Vec<PathBuf>,
    /// A viewer that the (first) pack brings, from its folder `viewers`
    #[arg(long, value_name = "NAME", conflicts_with = "facts")]
    pub viewer: Option<String>,
    /// Facts as JSON: {principal, view, resource, context, entities, issued, known, now}
    #[arg(long, value_name = "FILE")]
    pub facts: Option<PathBuf>,
    /// The view, instead of the one in the facts
    #[arg(long)]
    pub view: Option<String>,
}

impl ViewerArguments {
    /// The facts as JSON, of a viewer that the pack brings or of a file.
    pub fn text(&self, pack: &privet_pack::Pack) -> Result<String> {
        match (&self.viewer, &self.facts) {
            (Some(name), _) => Ok(pack.viewer(name)?),
            (None, Some(file)) => {
                fs::read_to_string(file).with_context(|| file.display().to_string())
            }
            (None, None) => bail!("whose view? give --viewer NAME or --facts FILE"),
        }
    }

    /// Compiles the packs and reads the facts for each of them.
    fn load_all(&self) -> Result<Vec<(Loaded, Facts)>> {
        let packs = self.pack.iter().map(|folder| pack(folder));
        let packs = packs.collect::<Result<Vec<Loaded>>>()?;
        let Some(first) = packs.first() else {
            bail!("which pack? give --pack DIR");
        };
        let text = self.text(&first.pack)?;
        let file = match (&self.viewer, &self.facts) {
            (None, Some(file)) => file.clone(),
            (name, _) => first.pack.viewer_file(name.as_deref().unwrap_or_default()),
        };
        let read = |loaded: Loaded| {
            let facts = Facts::from_json(&loaded.policy, &text, self.view.as_deref());
            Ok((loaded, facts.with_context(|| file.display().to_string())?))
        };
        packs.into_iter().map(read).collect()
    }

    /// Compiles the one pack and reads the facts.
    pub fn load(&self) -> Result<(Loaded, Facts)> {
        let mut all = self.load_all()?;
        match (all.pop(), all.is_empty()) {
            (Some(one), true) => Ok(one),
            _ => bail!("one decision is that of one pack; give --pack once"),
        }
    }

    /// Compiles the packs, reads the facts and asks for the plan of their view.
    pub fn plan(&self) -> Result<(Facts, String, Combined)> {
        let all = self.load_all()?;
        let packs = Packs::new(all.iter().map(|(l, _)| l.policy.clone()).collect())?;
        let mut plans = Vec::new();
        let mut asked = None;
        for (loaded, facts) in all {
            let view = facts.view.clone();
            let view = view.context("the facts name no view; give --view")?;
            let mut instance = loaded.policy.instance()?;
            plans.push(instance.plan(&facts.entities, &facts.request, &view)?);
            asked.get_or_insert((facts, view));
        }
        let (facts, view) = asked.context("no pack")?;
        Ok((facts, view, packs.combine(plans)?))
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
