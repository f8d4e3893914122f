//! The command: measures, prints the table, keeps the raw data, writes the page.

#![forbid(unsafe_code)]

use anyhow::Result;
use clap::Parser;
use privet_bench::environment::Environment;
use privet_bench::load::child;
use privet_bench::measure::Effort;
use privet_bench::rows::{self, Run};
use privet_bench::workload::{dataset, generate};
use privet_bench::{raw, report};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Every ratio of the performance table, ours and theirs interleaved in one run
#[derive(Debug, Parser)]
struct Arguments {
    /// Workloads in the format of Cedar's integration tests, instead of generated ones
    #[arg(long, value_name = "DIR")]
    dataset: Option<PathBuf>,
    /// Print lines of JSON instead of the table
    #[arg(long)]
    json: bool,
    /// Pairs of runs for each row
    #[arg(long, default_value_t = 31)]
    runs: usize,
    /// Milliseconds that a run lasts at least
    #[arg(long, default_value_t = 10)]
    run_ms: u64,
    /// Random facts on which all sides are compared before anything is timed
    #[arg(long, default_value_t = 10_000)]
    facts: usize,
    /// Seed of everything that is random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Cases of the dataset that are read at most
    #[arg(long, default_value_t = 60)]
    cases: usize,
    /// Measure these rows only
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// A pack to measure instead of the frozen one
    #[arg(long, value_name = "DIR")]
    pack: Option<PathBuf>,
    /// Where the raw samples go, as each row ends
    #[arg(long, value_name = "DIR", default_value = "target/privet-bench")]
    output: PathBuf,
    /// Write the page and its plots into this folder, from the raw samples
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Measure nothing: write the page from the raw samples of an earlier run, whole or not
    #[arg(long, requires = "report")]
    report_only: bool,
}

fn main() -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some((word, rest)) = words.split_first()
        && word == child::WORD
    {
        child::run(rest)?;
        return Ok(ExitCode::SUCCESS);
    }
    let arguments = Arguments::parse();
    let failed = match arguments.report_only {
        true => 0,
        false => measure(&arguments)?,
    };
    if let Some(folder) = &arguments.report {
        let page = report::write(&raw::read(&arguments.output)?, folder)?;
        eprintln!("{}", page.display());
    }
    if failed > 0 {
        eprintln!("{failed} rows failed; each says why");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Measures; gives the number of rows that failed.
fn measure(arguments: &Arguments) -> Result<usize> {
    let environment = Environment::read();
    let workloads = match &arguments.dataset {
        Some(folder) => dataset::read(folder, arguments.cases)?,
        None => generate::all(arguments.seed),
    };
    let frozen = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/pack"));
    let mut run = Run {
        effort: Effort {
            runs: arguments.runs.max(1),
            run: Duration::from_millis(arguments.run_ms.max(1)),
        },
        workloads,
        frozen: arguments.pack.is_none(),
        pack: arguments.pack.clone().unwrap_or(frozen),
        facts: arguments.facts,
        seed: arguments.seed,
        only: arguments.only.clone(),
        rows: Vec::new(),
        raw: raw::Writer::create(&arguments.output, &environment)?,
        lost: None,
    };
    rows::all(&mut run, &rows::FAMILIES)?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        for row in &run.rows {
            writeln!(out, "{}", serde_json::to_string(row)?)?;
        }
    } else {
        write!(out, "{}", report::table(&run.rows))?;
    }
    eprintln!("raw samples: {}", arguments.output.display());
    Ok(run.rows.iter().filter(|row| row.failed).count())
}
