//! The raw data of a run: every sample as CSV, the rows as lines of JSON, the environment.
//!
//! Each row is written when it ends, so that a run that is ended leaves all rows before. The page is
//! generated from these files alone. Nothing here measures.

use crate::environment::Environment;
use crate::measure::Samples;
use crate::row::Row;
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What a run left.
#[derive(Debug)]
pub struct Raw {
    pub environment: Environment,
    pub rows: Vec<Row>,
    pub samples: Vec<Sample>,
}

/// One sample of one side, in nanoseconds an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub name: String,
    pub case: String,
    pub side: String,
    pub run: usize,
    pub value: f64,
}

const HEADER: &str = "name,case,side,run,nanoseconds";
const SAMPLES: &str = "samples.csv";
const ROWS: &str = "rows.jsonl";
const ENVIRONMENT: &str = "environment.json";

/// The files of a run that goes on.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    samples: File,
    rows: File,
}

impl Writer {
    /// Begins a run; what an earlier one left in the folder is gone.
    ///
    /// # Errors
    ///
    /// A folder that cannot be written.
    pub fn create(folder: &Path, environment: &Environment) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let create = |name: &str, text: &str| -> Result<File> {
            let path = folder.join(name);
            let mut file = File::create(&path).with_context(|| path.display().to_string())?;
            file.write_all(text.as_bytes())?;
            Ok(file)
        };
        create(ENVIRONMENT, &serde_json::to_string_pretty(environment)?)?;
        Ok(Self {
            folder: folder.to_owned(),
            samples: create(SAMPLES, &format!("{HEADER}\n"))?,
            rows: create(ROWS, "")?,
        })
    }

    /// Writes the samples of two sides.
    ///
    /// # Errors
    ///
    /// A disk that takes no more.
    pub fn samples(&mut self, name: &str, case: &str, samples: &Samples) -> Result<()> {
        let mut csv = String::new();
        let case = case.replace('"', "'");
        for (side, values) in [("ours", &samples.ours), ("theirs", &samples.theirs)] {
            for (index, value) in values.iter().enumerate() {
                // Writing to a string cannot fail.
                let _ = writeln!(csv, "{name},\"{case}\",{side},{index},{value:.3}");
            }
        }
        let written = self.samples.write_all(csv.as_bytes());
        written.with_context(|| self.folder.join(SAMPLES).display().to_string())
    }

    /// Writes a row; its samples come before it, so that no row is there without them.
    ///
    /// # Errors
    ///
    /// As [`Writer::samples`].
    pub fn row(&mut self, row: &Row) -> Result<()> {
        let line = format!("{}\n", serde_json::to_string(row)?);
        let written = self.rows.write_all(line.as_bytes());
        written.with_context(|| self.folder.join(ROWS).display().to_string())
    }
}

/// Reads what a run left, whether or not it came to its end.
///
/// # Errors
///
/// A file that is missing, or that is not what [`Writer`] writes.
pub fn read(folder: &Path) -> Result<Raw> {
    let text = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let csv = text(SAMPLES)?;
    let mut lines = whole(&csv, SAMPLES);
    if lines.next() != Some(HEADER) {
        bail!("{SAMPLES} has another header than `{HEADER}`");
    }
    Ok(Raw {
        environment: serde_json::from_str(&text(ENVIRONMENT)?).context(ENVIRONMENT)?,
        rows: whole(&text(ROWS)?, ROWS)
            .map(|line| serde_json::from_str(line).with_context(|| format!("{ROWS}: `{line}`")))
            .collect::<Result<_>>()?,
        samples: lines.map(sample).collect::<Result<_>>()?,
    })
}

/// The lines of a file but a last one that was cut off: the run was ended while it wrote.
fn whole<'t>(text: &'t str, name: &str) -> std::str::Lines<'t> {
    let (whole, rest) = match text.rsplit_once('\n') {
        Some((whole, rest)) => (whole, rest),
        None => ("", text),
    };
    if !rest.is_empty() {
        eprintln!("{name}: the last line was cut off and is left out");
    }
    whole.lines()
}

fn sample(line: &str) -> Result<Sample> {
    let wrong = || format!("{SAMPLES}: `{line}`");
    let (name, rest) = line.split_once(",\"").with_context(wrong)?;
    let (case, rest) = rest.split_once("\",").with_context(wrong)?;
    let mut parts = rest.split(',');
    let mut next = || parts.next().with_context(wrong);
    Ok(Sample {
        name: name.to_owned(),
        case: case.to_owned(),
        side: next()?.to_owned(),
        run: next()?.parse()?,
        value: next()?.parse()?,
    })
}
