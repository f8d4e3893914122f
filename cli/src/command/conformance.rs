//! `privet conformance`: Cedar's integration-test format through compiled guests.
//!
//! Every case's policies are compiled, loaded and asked; decision, reasons and errors must be those
//! that the case names. Cedar's own strict validator decides which cases compile: it is run here
//! beside the compiler, and what it refuses the compiler must have refused, what it accepts must
//! compile. The same holds for entities and requests, which Cedar reads with the schema.

mod case;
mod cedar;

use crate::outcome::{self, Exit};
use anyhow::{Context, Result};
use case::{Case, Outcome};
use clap::Args;
use privet_host::{Engine, Settings};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{fs, thread};

/// Stack of a thread that runs cases.
const STACK: usize = 256 << 20;

#[derive(Debug, Args)]
#[command(
    after_help = "A case is a *.json file with `requests`, in the format of Cedar's integration tests; \
    paths inside it are relative to its own folder or to DIR. Policies may also be a policy set in \
    Cedar's JSON, with template links.\n\
    Requests are skipped for these reasons only, and each is checked:\n  \
    not valid: Cedar's strict validator refuses the schema or the policies, and so does the compiler\n  \
    entities refused: Cedar refuses the entities with the schema, and so does the host\n  \
    request refused: Cedar refuses the request with the schema, and so does the host\n\
    The last line counts requests; the exit status is 1 if one failed or none was there."
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
    anyhow::ensure!(
        !cases.is_empty(),
        "{}: no case in it",
        arguments.dir.display()
    );
    // A busy machine must not look like a wrong answer; each guest is asked little.
    let engine = Engine::new(Settings {
        deadline: Duration::from_secs(10),
        optimise: false,
        ..Settings::default()
    })?;
    let next = AtomicUsize::new(0);
    let mut results: Vec<(usize, Vec<Outcome>)> = thread::scope(|scope| {
        let workers = (0..arguments.threads.max(1))
            .map(|_| {
                // Cedar's front end and the reader of facts are recursive.
                let worker = thread::Builder::new().stack_size(STACK);
                worker.spawn_scoped(scope, || {
                    let mut mine = Vec::new();
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(case) = cases.get(index) else {
                            return mine;
                        };
                        progress(index, cases.len());
                        mine.push((index, case.run_guarded(&arguments.dir, &engine)));
                    }
                })
            })
            .collect::<std::io::Result<Vec<_>>>()?;
        Ok::<_, std::io::Error>(
            workers
                .into_iter()
                .flat_map(|w| w.join().unwrap_or_default())
                .collect(),
        )
    })
    .context("a thread")?;
    results.sort_by_key(|(index, _)| *index);
    // A worker that died took its cases with it: they must not look like passes.
    anyhow::ensure!(
        results.len() == cases.len(),
        "a worker stopped before its cases were done"
    );
    if std::io::stderr().is_terminal() {
        errln!("\r{0} of {0} cases", cases.len());
    }
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
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

/// On a terminal one line that counts, elsewhere a line now and then.
fn progress(index: usize, all: usize) {
    let terminal = std::io::stderr().is_terminal();
    if index > 0 && index.is_multiple_of(if terminal { 25 } else { 500 }) {
        outcome::tell(format!(
            "{}{index} of {all} cases{}",
            if terminal { "\r" } else { "" },
            if terminal { "" } else { "\n" }
        ));
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
