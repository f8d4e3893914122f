//! What a policy costs before it decides: compiling, loading, bytes on disk and in memory.

use super::{Run, engine};
use crate::measure::side;
use crate::row::{Row, Target};
use anyhow::{Context as _, Result};
use privet_compiler::Compiled;
use privet_host::{Digest, Engine, Facts, Settings};
use std::fs;
use std::path::Path;

/// Policies loaded to see what one more costs.
const TENANTS: usize = 1000;

/// The pack that the frozen one was taken from, as it is now.
fn of_today(run: &mut Run) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/liepin");
    let compiled = privet_compiler::compile(&privet_pack::read(&folder)?.source)?;
    guest_bytes(run, "liepin of today", &compiled)
}

fn guest_bytes(run: &mut Run, case: &str, compiled: &Compiled) -> Result<()> {
    let bytes = compiled.wasm.len() as f64;
    let manifest = compiled.manifest.encode()?.len();
    let row = Row::value("guest_bytes", case, Target::AtMost(32768.0), bytes, "bytes");
    run.state(row.noted(format!("of which {manifest} bytes of manifest")));
    Ok(())
}

pub fn measure(run: &mut Run) -> Result<()> {
    let names = ["compile", "cold_start", "guest_bytes", "instance_bytes"];
    if !names.iter().any(|n| run.wants(n)) {
        return Ok(());
    }
    eprintln!("artefacts");
    let source = privet_pack::read(&run.pack)?.source;
    let compiled = privet_compiler::compile(&source)?;
    if run.wants("guest_bytes") {
        guest_bytes(run, "frozen pack", &compiled)?;
        of_today(run)?;
    }
    let engine = engine()?;
    if run.wants("compile") {
        let samples = run.effort.at_most(15).alone(side(|| -> Result<_> {
            Ok(engine.load(&privet_compiler::compile(&source)?.wasm)?)
        }));
        run.add(
            Row::time(
                "compile",
                "frozen pack: text to loaded policy",
                Target::AtMost(150.0),
                &samples,
            ),
            samples,
        );
        let shape = "permit (principal, action, resource) when { principal.company == Company::\"NAME\" && resource.open };\n";
        let workload = super::policies::workload(shape, 10_000);
        let source = crate::workload::policy_set(
            &workload.schema_file,
            &workload.schema,
            &workload.policies,
        );
        let samples = run.effort.at_most(3).alone(side(|| -> Result<_> {
            Ok(engine.load(&privet_compiler::compile(&source)?.wasm)?)
        }));
        run.add(
            Row::time(
                "compile",
                "10,000 policies",
                Target::AtMost(30_000.0),
                &samples,
            ),
            samples,
        );
    }
    if run.wants("cold_start") {
        let path = std::env::temp_dir().join(format!("privet-bench-{}.bundle", std::process::id()));
        let bundle = engine.precompile(&compiled.wasm)?;
        let digest = Digest::of(&bundle);
        fs::write(&path, &bundle)?;
        let policy = engine.load(&compiled.wasm)?;
        let case = super::plan::facts_for(&policy, run.seed)?;
        let facts = Facts::from_json(&policy, &case, None)?;
        drop((facts, policy));
        let samples = run.effort.at_most(101).alone(side(|| -> Result<bool> {
            let policy = engine.load_bundle(&fs::read(&path)?, &digest)?;
            let facts = Facts::from_json(&policy, &case, None)?;
            let mut instance = policy.instance()?;
            let plan = instance.disclose(&facts.entities, &facts.request, "detail")?;
            Ok(plan.obligation_bits() > 0)
        }));
        fs::remove_file(&path)?;
        let row = Row::time(
            "cold_start",
            "bundle on disk to first plan",
            Target::AtMost(1.0),
            &samples,
        );
        let note = format!(
            "{} bytes of bundle; reading the facts' JSON included",
            bundle.len()
        );
        run.add(row.noted(note), samples);
    }
    if run.wants("instance_bytes") {
        let row = tenants(&compiled.wasm)?;
        run.state(row);
    }
    Ok(())
}

/// Resident memory in bytes.
fn resident() -> Option<usize> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

fn tenants(wasm: &[u8]) -> Result<Row> {
    let name = "instance_bytes";
    let case = "1,000 tenants, an instance each";
    if resident().is_none() {
        return Ok(Row::missing(
            name,
            case,
            "the system does not tell resident memory",
        ));
    }
    let engine = Engine::new(Settings {
        instances: 2 * u32::try_from(TENANTS)?,
        ..Settings::default()
    })?;
    let bundle = engine.precompile(wasm)?;
    let digest = Digest::of(&bundle);
    let mut held = Vec::new();
    // The first few fill caches and pools.
    for _ in 0..10 {
        let policy = engine.load_bundle(&bundle, &digest)?;
        held.push((policy.instance()?, policy));
    }
    let before = resident().context("resident memory")?;
    for _ in 0..TENANTS {
        let policy = engine.load_bundle(&bundle, &digest)?;
        held.push((policy.instance()?, policy));
    }
    let after = resident().context("resident memory")?;
    let each = after.saturating_sub(before) as f64 / TENANTS as f64;
    let row = Row::value(name, case, Target::AtMost(262_144.0), each, "bytes");
    Ok(row.noted("loaded from a bundle; growth of the resident set"))
}
