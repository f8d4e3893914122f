//! `privet test`: runs the cases of packs, says what differed and why, and what the cases reach.

mod compare;
mod reach;

use crate::load;
use crate::outcome::Exit;
use anyhow::{Result, bail};
use clap::Args;
use compare::Difference;
use privet_host::Facts;
use privet_pack::case::Case;
use reach::Reach;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(
    after_help = "Example: privet test policies/liepin policies/zhaopin\n\nA case is an entry of \
                  cases/*.toml, in the pack's folder or in one that it uses. Reached is a policy \
                  that decides a gate or a rung in some case, a rung that some case takes, a view \
                  whose gate some case opens. Exit status: 1 if a case fails; with --complete also \
                  if something is not reached."
)]
pub struct Arguments {
    /// Folders of the packs
    #[arg(required = true, value_name = "DIR")]
    packs: Vec<PathBuf>,
    /// Only cases with this text in their name
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Fail when a policy, rung or gate is not reached
    #[arg(long, conflicts_with = "filter")]
    complete: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A case that ran.
struct Ran {
    case: Case,
    differences: Vec<Difference>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let mut exit = Exit::Success;
    let mut reports = Vec::new();
    for folder in &arguments.packs {
        let (ran, reach) = pack(folder, arguments.filter.as_deref())?;
        let failed = ran.iter().any(|r| !r.differences.is_empty());
        if failed || (arguments.complete && !reach.is_complete()) {
            exit = Exit::Failure;
        }
        match arguments.json {
            true => reports.push(as_json(folder, &ran, &reach)),
            false => print(folder, &ran, &reach, arguments.filter.is_none())?,
        }
    }
    if arguments.json {
        outln!("{:#}", json!({ "packs": reports }));
    }
    Ok(exit)
}

fn pack(folder: &Path, filter: Option<&str>) -> Result<(Vec<Ran>, Reach)> {
    let loaded = load::pack(folder)?;
    let cases = loaded.pack.cases()?;
    if cases.is_empty() {
        bail!("{}: no cases", folder.display());
    }
    let mut instance = loaded.policy.instance()?;
    let mut reach = Reach::new(loaded.policy.manifest());
    let mut ran = Vec::new();
    for case in cases {
        if filter.is_some_and(|text| !case.name.contains(text)) {
            continue;
        }
        let facts = Facts::from_json(&loaded.policy, &case.facts.to_string(), Some(&case.view));
        let plan = match facts {
            Ok(facts) => instance.plan(&facts.entities, &facts.request, &case.view),
            Err(error) => {
                let differences = vec![Difference::plain(format!("facts refused: {error}"))];
                ran.push(Ran { case, differences });
                continue;
            }
        };
        let differences = match plan {
            Ok(plan) => {
                reach.add(&plan);
                compare::compare(&case.expected, &plan)
            }
            Err(error) => {
                // A guest that failed is not asked again.
                instance = loaded.policy.instance()?;
                vec![Difference::plain(format!("no answer: {error}"))]
            }
        };
        ran.push(Ran { case, differences });
    }
    if ran.is_empty() {
        bail!("{}: no case's name contains the filter", folder.display());
    }
    Ok((ran, reach))
}

fn print(folder: &Path, ran: &[Ran], reach: &Reach, whole: bool) -> Result<()> {
    for Ran { case, differences } in ran.iter().filter(|r| !r.differences.is_empty()) {
        outln!(
            "FAILED {}:{}: {}",
            case.file.display(),
            case.line,
            case.name
        );
        outln!("  view {}", case.view);
        for difference in differences {
            outln!("  {}", difference.what);
            for line in &difference.why {
                outln!("    {line}");
            }
        }
    }
    let failed = ran.iter().filter(|r| !r.differences.is_empty()).count();
    let passed = ran.len() - failed;
    outln!("{}: {passed} passed, {failed} failed", folder.display());
    // A part of the cases says nothing about what all of them reach.
    if whole {
        for line in reach.lines() {
            outln!("  {line}");
        }
    }
    Ok(())
}

fn as_json(folder: &Path, ran: &[Ran], reach: &Reach) -> Value {
    let cases: Vec<Value> = ran
        .iter()
        .map(|Ran { case, differences }| {
            let differences: Vec<Value> = differences
                .iter()
                .map(|d| json!({ "what": d.what, "why": d.why }))
                .collect();
            json!({
                "name": case.name,
                "file": case.file.display().to_string(),
                "line": case.line,
                "view": case.view,
                "passed": differences.is_empty(),
                "differences": differences,
            })
        })
        .collect();
    json!({ "pack": folder.display().to_string(), "cases": cases, "reached": reach.json() })
}
