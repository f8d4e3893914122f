//! `component_vs_core`: the same plan through the standard component, which checks every frame.

use super::{Run, engine};
use crate::measure::side;
use crate::row::{Ratio, Row, Target};
use anyhow::{Context as _, Result, bail};
use privet_host::Facts;
use wasmtime::component::{Component, ComponentType, Lift, Linker};
use wasmtime::{Config, Engine, Store};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "all but one are made by guests alone")]
enum Gate {
    #[component(name = "open")]
    Open,
    #[component(name = "not-found")]
    NotFound,
    #[component(name = "forbidden")]
    Forbidden,
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(record)]
struct Disclosure {
    gate: Gate,
    rungs: Vec<u8>,
    obligations: u64,
    satisfied: Vec<u32>,
    errors: Vec<u32>,
}

fn wasm(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}

pub fn measure(run: &mut Run) -> Result<()> {
    if !run.wants("component_vs_core") {
        return Ok(());
    }
    eprintln!("component");
    let source = privet_pack::read(&run.pack)?.source;
    let compiled = privet_compiler::compile(&source)?;
    let policy = engine()?.load(&compiled.wasm)?;
    let text = super::plan::facts_for(&policy, run.seed)?;
    let facts = Facts::from_json(&policy, &text, None)?;
    let engine = Engine::new(&Config::new()).map_err(wasm)?;
    let bytes = privet_compiler::component(&compiled.wasm)?;
    let component = Component::new(&engine, bytes).map_err(wasm)?;
    let mut store = Store::new(&engine, ());
    let guest = Linker::new(&engine)
        .instantiate(&mut store, &component)
        .map_err(wasm)?;
    let plan = guest
        .get_typed_func::<(&[u8], u32, u32), (Result<Disclosure, String>,)>(&mut store, "plan")
        .map_err(wasm)?;
    let manifest = policy.manifest();
    let recruiter = manifest.entity_type("Recruiter").context("no recruiter")?;
    let index = (0..).zip(&manifest.plans).find(|(_, p)| {
        let signature = manifest.signatures.get(p.signature as usize);
        signature.is_some_and(|s| s.principal == recruiter)
    });
    let (index, _) = index.context("no plan for recruiters")?;
    let view = (0..).zip(&manifest.gates).find(|(_, g)| g.view == "detail");
    let (view, _) = view.context("no gate")?;
    let frame = facts.request.frame(&facts.entities);
    let mut ask = || -> Result<Disclosure> {
        let (answer,) = plan.call(&mut store, (&frame, index, view)).map_err(wasm)?;
        answer.map_err(anyhow::Error::msg)
    };
    let mut instance = policy.instance()?;
    let theirs = ask()?;
    let ours = instance.disclose(&facts.entities, &facts.request, "detail")?;
    if theirs.rungs != ours.rung_places()
        || theirs.obligations != ours.obligation_bits()
        || theirs.satisfied != ours.satisfied().collect::<Vec<_>>()
        || !theirs.errors.is_empty()
        || theirs.gate != Gate::Open
    {
        bail!("the component and the core module differ: {theirs:?}");
    }
    let samples = run.effort.compare(
        side(|| ask().map(|d| d.obligations).ok()),
        side(|| {
            let plan = instance.disclose(&facts.entities, &facts.request, "detail");
            plan.map(|p| p.obligation_bits()).ok()
        }),
    );
    let row = Row::ratio(
        "component_vs_core",
        "frozen pack, detail",
        Ratio::ShareOfTheirs,
        Target::Stated,
        &samples,
    );
    let note = format!(
        "a frame of {} bytes is copied and checked each time",
        frame.len()
    );
    run.add(row.noted(note), samples);
    Ok(())
}
