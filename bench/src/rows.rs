//! The rows of the table: one file a family.
//!
//! A family checks that all sides give the same answers, measures, and returns its rows. To add one,
//! add a file and an arm in [`all`].

pub mod artefacts;
pub mod authorize;
pub mod component;
pub mod cores;
pub mod exchange;
pub mod inside;
pub mod json;
pub mod others;
pub mod plan;
pub mod policies;
pub mod redact;
pub mod serve;

use crate::measure::{Effort, Samples};
use crate::row::Row;
use crate::workload::Workload;
use anyhow::Result;
use privet_host::{Engine, Settings};
use std::path::PathBuf;
use std::time::Duration;

/// What a run is given.
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
    pub samples: Vec<(String, String, Samples)>,
}

impl Run {
    /// Whether a row is wanted.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|o| o == name)
    }

    /// Adds a row with its samples.
    pub fn add(&mut self, row: Row, samples: Samples) {
        eprintln!("  {} {}", row.name, row.case);
        self.samples
            .push((row.name.clone(), row.case.clone(), samples));
        self.rows.push(row);
    }

    /// Adds a row that has no samples.
    pub fn state(&mut self, row: Row) {
        eprintln!("  {} {}", row.name, row.case);
        self.rows.push(row);
    }
}

/// An engine with a deadline that a busy machine does not reach.
pub fn engine() -> Result<Engine> {
    Ok(Engine::new(Settings {
        deadline: Duration::from_secs(10),
        ..Settings::default()
    })?)
}

/// Measures every family.
pub fn all(run: &mut Run) -> Result<()> {
    plan::measure(run)?;
    authorize::measure(run)?;
    json::measure(run)?;
    policies::measure(run)?;
    artefacts::measure(run)?;
    cores::measure(run)?;
    component::measure(run)?;
    redact::measure(run)?;
    others::measure(run)?;
    exchange::measure(run)?;
    serve::measure(run)?;
    inside::measure(run)?;
    Ok(())
}
