//! `privet build`: a pack to `policy.wasm`.

use crate::outcome::Exit;
use anyhow::{Context, Result};
use clap::Args;
use privet_gateway::enforce;
use privet_host::{Digest, Engine, Settings};
use std::fs;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Example: privet build policies/liepin -o policy.wasm")]
pub struct Arguments {
    /// Folder of the pack
    pack: PathBuf,
    /// Where to write the module
    #[arg(short, long, default_value = "policy.wasm")]
    output: PathBuf,
    /// Write a standard component instead of a core module
    #[arg(long)]
    component: bool,
    /// Write a bundle of machine code for this processor, and print the digest that loading it needs
    #[arg(long, conflicts_with = "component")]
    aot: bool,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let pack = privet_pack::read(&arguments.pack)?;
    let compiled = privet_compiler::compile(&pack.source)?;
    enforce::check(&compiled.manifest).context("the pack's renderings")?;
    let bytes = match (arguments.component, arguments.aot) {
        (true, _) => privet_compiler::component(&compiled.wasm)?,
        (_, true) => Engine::new(Settings::default())?.precompile(&compiled.wasm)?,
        _ => compiled.wasm,
    };
    let output = &arguments.output;
    fs::write(output, &bytes).with_context(|| output.display().to_string())?;
    errln!("{}: {} bytes", output.display(), bytes.len());
    if arguments.aot {
        outln!("{}", Digest::of(&bytes));
    }
    Ok(Exit::Success)
}
