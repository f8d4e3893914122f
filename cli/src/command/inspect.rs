//! `privet inspect`: what a guest says about itself.

use crate::outcome::Exit;
use anyhow::{Context, Result, bail};
use clap::Args;
use privet_host::{Engine, Settings};
use std::fs;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Example: privet inspect policy.wasm, or privet inspect policies/liepin")]
pub struct Arguments {
    /// A compiled guest, or the folder of a pack
    guest: PathBuf,
}

/// How the files begin that `privet build` writes.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const BUNDLE: &[u8] = b"PVTbndl\0";

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let path = &arguments.guest;
    let wasm = match path.is_dir() {
        true => privet_compiler::compile(&privet_pack::read(path)?.source)?.wasm,
        false => fs::read(path).with_context(|| path.display().to_string())?,
    };
    if !wasm.starts_with(CORE_MODULE) {
        let of = "inspect the core module that `privet build` writes, or the pack's folder";
        match wasm.starts_with(COMPONENT) || wasm.starts_with(BUNDLE) {
            true => bail!("{}: a component or bundle: {of}", path.display()),
            false => bail!("{}: no WebAssembly: {of}", path.display()),
        }
    }
    // Loading refuses a guest that imports anything.
    let policy = Engine::new(Settings::default())?.load(&wasm)?;
    let manifest = policy.manifest();
    let digest: String = manifest
        .schema_digest
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    outln!(
        "pack:         {} revision {}",
        manifest.name,
        manifest.revision
    );
    outln!("strict:       {}", manifest.strict);
    outln!("size:         {} bytes", policy.wasm_bytes());
    outln!("manifest:     {} bytes", manifest.encode()?.len());
    outln!("imports:      none");
    outln!("schema:       sha256:{digest}");
    outln!(
        "frame:        at {:#x}, {} literal entities",
        manifest.frame_base,
        manifest.literals.len()
    );
    outln!("environments: {}", manifest.environments.len());
    outln!("plans:        {}", manifest.plans.len());
    outln!("policies:     {}", manifest.policies.len());
    outln!("obligations:  {}", manifest.obligations.join(" "));
    for gate in &manifest.gates {
        outln!("gate:         {}", gate.view);
    }
    for class in &manifest.classes {
        let rungs: Vec<&str> = class.rungs.iter().map(|r| r.rendering.as_str()).collect();
        outln!(
            "class:        {} ({} paths): {}",
            class.id,
            class.fields.len(),
            rungs.join(" > ")
        );
    }
    Ok(Exit::Success)
}
