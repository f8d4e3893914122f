//! Other engines with the rules of the drive workload, and those that are not in this run, each with
//! the reason: a row that says so is better than none.
//!
//! The workload is the generated one whatever the dataset, because its rules are written for each
//! engine in `bench/peers/`. SAPL's published figures are on the page as what they are, published;
//! they are not compared.

use super::{Run, engine};
use crate::measure::per;
use crate::peer::{casbin::Casbin, rego::Rego, wasm};
use crate::row::{Ratio, Row, Target};
use crate::workload::{Workload, generate};
use anyhow::{Context as _, Result, bail};
use cedar_policy::Decision;

const CELL: &str = "drive n20";

const MISSING: [(&str, &str); 2] = [
    (
        "authorize_vs_opa",
        "the rules run in regorus above; OPA's own engine has no side here",
    ),
    (
        "authorize_vs_cerbos",
        "a server: a call over loopback would be measured, not a decision",
    ),
];

pub fn measure(run: &mut Run) -> Result<()> {
    let workloads = generate::all(run.seed);
    let workload = workloads.iter().find(|w| w.cell == CELL);
    let workload = workload.context("the drive workload")?;
    if run.wants("authorize_vs_regorus") {
        let peer = Rego::new(workload)?;
        agrees(workload, &peer.answers()?, "regorus")?;
        compare(run, workload, "authorize_vs_regorus", || {
            peer.answers().map(|a| a.len()).unwrap_or_default()
        })?;
    }
    if run.wants("authorize_vs_casbin") {
        let peer = Casbin::new(workload)?;
        agrees(workload, &peer.answers()?, "casbin")?;
        compare(run, workload, "authorize_vs_casbin", || {
            peer.answers().map(|a| a.len()).unwrap_or_default()
        })?;
    }
    if run.wants("authorize_vs_cedar_wasm") {
        in_wasm(run, workload)?;
    }
    for (name, why) in MISSING {
        if run.wants(name) {
            run.state(Row::missing(name, "", why));
        }
    }
    Ok(())
}

fn in_wasm(run: &mut Run, workload: &Workload) -> Result<()> {
    const NAME: &str = "authorize_vs_cedar_wasm";
    let Some(package) = wasm::installed() else {
        let why = "`npm install --prefix target/cedar-wasm @cedar-policy/cedar-wasm`";
        run.state(Row::missing(NAME, "", why));
        return Ok(());
    };
    let (mut peer, answers) = wasm::CedarWasm::new(&package, workload)?;
    agrees(workload, &answers, NAME)?;
    compare(run, workload, NAME, || peer.pass().unwrap_or_default())
}

/// The peer's decisions must be Cedar's.
fn agrees(workload: &Workload, answers: &[bool], name: &str) -> Result<()> {
    let cedar = workload.cedar()?;
    let authorizer = cedar_policy::Authorizer::new();
    let expected: Vec<bool> = cedar
        .requests
        .iter()
        .map(|request| {
            let response = authorizer.is_authorized(request, &cedar.policies, &cedar.entities);
            response.decision() == Decision::Allow
        })
        .collect();
    if answers != expected {
        let all = answers.iter().zip(&expected);
        let first = all.into_iter().position(|(given, wanted)| given != wanted);
        bail!("{name} decides request {first:?} of {CELL} in another way than Cedar");
    }
    eprintln!("  {} requests: {name} and Cedar agree", expected.len());
    Ok(())
}

fn compare(
    run: &mut Run,
    workload: &Workload,
    name: &str,
    theirs: impl FnMut() -> usize,
) -> Result<()> {
    let ours = workload.ours(&engine()?)?;
    let mut instance = ours.policy.instance()?;
    let count = ours.requests.len();
    let samples = run
        .effort
        .at_most(15)
        .compare(per(count, || ours.pass(&mut instance)), per(count, theirs));
    let row = Row::ratio(name, CELL, Ratio::TimesFaster, Target::Stated, &samples);
    run.add(row, samples);
    Ok(())
}
