//! The raw data of a run: every sample as CSV, the rows as lines of JSON, the environment.
//!
//! The page is generated from these files alone. Nothing here measures.

use crate::environment::Environment;
use crate::row::Row;
use crate::rows::Run;
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

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

/// Writes a run.
pub fn write(folder: &Path, environment: &Environment, run: &Run) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut csv = format!("{HEADER}\n");
    for (name, case, samples) in &run.samples {
        for (side, values) in [("ours", &samples.ours), ("theirs", &samples.theirs)] {
            for (index, value) in values.iter().enumerate() {
                let case = case.replace('"', "'");
                // Writing to a string cannot fail.
                let _ = writeln!(csv, "{name},\"{case}\",{side},{index},{value:.3}");
            }
        }
    }
    let mut lines = String::new();
    for row in &run.rows {
        lines += &serde_json::to_string(row)?;
        lines.push('\n');
    }
    let environment = serde_json::to_string_pretty(environment)?;
    for (name, text) in [
        ("samples.csv", &csv),
        ("rows.jsonl", &lines),
        ("environment.json", &environment),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Reads what a run left.
pub fn read(folder: &Path) -> Result<Raw> {
    let text = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let csv = text("samples.csv")?;
    let mut lines = csv.lines();
    if lines.next() != Some(HEADER) {
        bail!("samples.csv has another header than `{HEADER}`");
    }
    Ok(Raw {
        environment: serde_json::from_str(&text("environment.json")?)?,
        rows: text("rows.jsonl")?
            .lines()
            .map(|line| Ok(serde_json::from_str(line)?))
            .collect::<Result<_>>()?,
        samples: lines.map(sample).collect::<Result<_>>()?,
    })
}

fn sample(line: &str) -> Result<Sample> {
    let wrong = || format!("samples.csv: `{line}`");
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
