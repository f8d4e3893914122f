//! The rows of the table: one file a family.
//!
//! A family checks that all sides give the same answers, measures, and adds its rows. A part that
//! fails is a row that says why, and the others go on. To add a family, add a file and a line in
//! [`FAMILIES`].

pub mod artefacts;
pub mod authorize;
pub mod component;
pub mod cores;
pub mod exchange;
pub mod growth;
pub mod inside;
pub mod json;
pub mod others;
pub mod plan;
pub mod policies;
pub mod redact;
pub mod serve;

use crate::measure::{Effort, Samples};
use crate::raw::Writer;
use crate::row::Row;
use crate::workload::Workload;
use anyhow::{Error, Result, anyhow};
use privet_host::{Engine, Settings};
use std::path::PathBuf;
use std::time::Duration;

/// What a run is given, and what it has.
#[derive(Debug)]
pub struct Run {
    pub effort: Effort,
    pub workloads: Vec<Workload>,
    /// The pack's folder.
    pub pack: PathBuf,
    /// Whether it is the one that the handwritten function mirrors.
    pub frozen: bool,
    /// How many random facts are compared before anything is timed.
    pub facts: usize,
    pub seed: u64,
    /// Names of rows to measure; all when empty.
    pub only: Vec<String>,
    pub rows: Vec<Row>,
    /// Where each row goes when it ends.
    pub raw: Writer,
    /// Why a row could not be written: then there is no point in going on.
    pub lost: Option<Error>,
}

impl Run {
    /// Whether a row is wanted.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|o| o == name)
    }

    /// Adds a row with its samples.
    pub fn add(&mut self, row: Row, samples: Samples) {
        eprintln!("  {} {}", row.name, row.case);
        self.keep(&row.name, &row.case, &samples);
        if let Err(error) = self.raw.row(&row) {
            self.lost.get_or_insert(error);
        }
        self.rows.push(row);
    }

    /// Keeps samples; those of a row are kept with it.
    pub fn keep(&mut self, name: &str, case: &str, samples: &Samples) {
        if let Err(error) = self.raw.samples(name, case, samples) {
            self.lost.get_or_insert(error);
        }
    }

    /// Adds a row that has no samples.
    pub fn state(&mut self, row: Row) {
        self.add(row, Samples::default());
    }

    /// Adds rows that cannot be measured here.
    pub fn missing(&mut self, names: &[&str], case: &str, why: &str) {
        for name in names {
            if self.wants(name) {
                self.state(Row::missing(name, case, why));
            }
        }
    }

    /// Measures a part that has these rows; where it fails, those that are not there yet say why.
    pub fn attempt(
        &mut self,
        names: &[&str],
        case: &str,
        part: impl FnOnce(&mut Self) -> Result<()>,
    ) {
        let before = self.rows.len();
        let Err(error) = part(self) else { return };
        let is_there = |name: &str| self.rows.iter().skip(before).any(|row| row.name == name);
        let mut lacking: Vec<&str> = names.to_vec();
        lacking.retain(|name| self.wants(name) && !is_there(name));
        // One that has several rows of a name may fail behind the first.
        if lacking.is_empty() {
            lacking.extend(names.first());
        }
        for name in lacking {
            self.fail(name, case, &error);
        }
    }

    fn fail(&mut self, name: &str, case: &str, error: &Error) {
        eprintln!("  FAILED {name} {case}: {error:#}");
        self.state(Row::failed(name, case, error));
    }
}

/// An engine with a deadline that a busy machine does not reach.
pub fn engine() -> Result<Engine> {
    Ok(Engine::new(Settings {
        deadline: Duration::from_secs(10),
        ..Settings::default()
    })?)
}

/// A name and what measures it.
pub type Family = (&'static str, fn(&mut Run) -> Result<()>);

/// All families, in the order of the table.
pub const FAMILIES: [Family; 13] = [
    ("plan", plan::measure),
    ("authorize", authorize::measure),
    ("json", json::measure),
    ("policies", policies::measure),
    ("artefacts", artefacts::measure),
    ("cores", cores::measure),
    ("component", component::measure),
    ("redact", redact::measure),
    ("growth", growth::measure),
    ("others", others::measure),
    ("exchange", exchange::measure),
    ("serve", serve::measure),
    ("inside", inside::measure),
];

/// Cedar's evaluator wants a large stack.
const STACK: usize = 256 << 20;

/// Measures families; one that fails, or panics, is a row of its own name that says why.
///
/// # Errors
///
/// Rows that cannot be written.
pub fn all(run: &mut Run, families: &[Family]) -> Result<()> {
    for (name, measure) in families {
        let result = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK);
            let work = thread.spawn_scoped(scope, || measure(run))?;
            work.join()
                .unwrap_or_else(|_| Err(anyhow!("it panicked; standard error has the place")))
        });
        if let Err(error) = result {
            run.fail(name, "", &error);
        }
        if let Some(error) = run.lost.take() {
            return Err(error.context("the raw samples"));
        }
    }
    Ok(())
}
