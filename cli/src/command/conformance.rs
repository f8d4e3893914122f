//! `privet conformance`: Cedar's integration-test format through compiled guests.
//!
//! Every case's policies are compiled, loaded and asked; decision, reasons and errors must be those
//! that the case names. Cedar's own strict validator decides which cases compile.

mod case;

use crate::outcome::Exit;
use anyhow::{Context, Result};
use case::{Case, Outcome};
use clap::Args;
use privet_host::{Engine, Settings};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

#[derive(Debug, Args)]
#[command(
    after_help = "A case is a *.json file with `requests`; paths inside it are relative to DIR.\n\
    Requests are skipped for these reasons only:\n  \
    not valid: Cedar's strict validator refuses the policies or the schema\n  \
    refused: the policies use a construct that is not compiled yet"
)]
pub struct Arguments {
    /// Folder with cases, searched recursively
    dir: PathBuf,
    /// Run every Nth case only, for a sample
    #[arg(long, value_name = "N", default_value_t = 1)]
    every: usize,
    /// Threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let mut files = Vec::new();
    find(&arguments.dir, &mut files)?;
    files.sort();
    let all = files.iter().filter_map(|path| Case::read(path).transpose());
    let cases: Vec<Case> = all.step_by(arguments.every.max(1)).collect::<Result<_>>()?;
    let engine = Engine::new(Settings::default())?;
    let next = AtomicUsize::new(0);
    let mut results: Vec<(usize, Vec<Outcome>)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..arguments.threads.max(1))
            .map(|_| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(case) = cases.get(index) else {
                            return mine;
                        };
                        progress(index, cases.len());
                        mine.push((index, case.run(&arguments.dir, &engine)));
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|w| w.join().unwrap_or_default())
            .collect()
    });
    results.sort_by_key(|(index, _)| *index);
    // A worker that died took its cases with it: they must not look like passes.
    anyhow::ensure!(
        results.len() == cases.len(),
        "a worker stopped before its cases were done"
    );
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (index, outcomes) in results {
        let name = cases
            .get(index)
            .map(|c| c.path.display().to_string())
            .unwrap_or_default();
        for (request, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Outcome::Passed => passed += 1,
                Outcome::Failed(what) => {
                    failed += 1;
                    outln!("{name}: request {request}: {what}");
                }
                Outcome::Skipped(reason) => {
                    skipped += 1;
                    *reasons.entry(reason).or_default() += 1;
                }
            }
        }
    }
    for (reason, count) in &reasons {
        outln!("{count:>8} skipped: {reason}");
    }
    outln!("{passed} passed, {failed} failed, {skipped} skipped");
    Ok(match failed {
        0 => Exit::Success,
        _ => Exit::Failure,
    })
}

fn progress(index: usize, all: usize) {
    if index.is_multiple_of(100) && index > 0 && std::io::stderr().is_terminal() {
        eprint!("\r{index} of {all} cases");
    }
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "json") {
            files.push(path);
        }
    }
    Ok(())
}
