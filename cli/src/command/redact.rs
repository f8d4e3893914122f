//! `privet redact`: the résumé that a viewer may see.
//!
//! A closed gate prints nothing on standard output; so does a body that is refused, or that the plan
//! obliges to be marked when there is no key.

use super::watermark::marking::{self, MarkingArguments};
use crate::load::{self, ViewerArguments};
use crate::outcome::{self, Exit};
use anyhow::{Context, Result};
use clap::Args;
use privet_gateway::combine::Answer;
use privet_gateway::watermark::{self, Download};
use privet_host::GateAnswer;
use privet_watermark::FileLedger;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: privet redact --pack policies/liepin --viewer other-job-recruiter resume.json"
)]
pub struct Arguments {
    #[command(flatten)]
    viewer: ViewerArguments,
    /// Private key for the watermark that a download needs, from `privet watermark keygen`
    #[arg(long, value_name = "FILE", requires = "ledger")]
    watermark_key: Option<PathBuf>,
    /// Where the watermark's row goes before the body leaves, a JSON object a line
    #[arg(long, value_name = "FILE", requires = "watermark_key")]
    ledger: Option<PathBuf>,
    #[command(flatten)]
    marking: MarkingArguments,
    /// The résumé, in JSON Resume's format; standard input if absent
    file: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let (facts, _, plan) = arguments.viewer.plan()?;
    let document = load::document(arguments.file.as_deref())?;
    // Who gets a body is asked of the facts only where a mark must say it.
    let is_owed = plan.gate() == GateAnswer::Open && watermark::is_obliged(&plan);
    let mark = match (&arguments.watermark_key, &arguments.ledger) {
        (Some(key), Some(ledger)) if is_owed => {
            let marker = arguments.marking.marker(key)?;
            let disclosure = marking::of_facts(&arguments.viewer, &arguments.marking)?;
            Some((marker, FileLedger::new(ledger), disclosure))
        }
        _ => None,
    };
    let download = mark.as_ref().map(|(marker, ledger, disclosure)| Download {
        marker,
        ledger,
        disclosure,
    });
    match watermark::body(
        &plan,
        &facts.issued,
        &facts.known,
        &document,
        download.as_ref(),
    ) {
        Ok(body) => {
            outcome::print(&body)?;
            outcome::print("\n")?;
            let obligations = plan.obligations();
            if !obligations.is_empty() {
                errln!("obligations: {}", obligations.join(", "));
            }
            Ok(Exit::Success)
        }
        Err(error) if error.closed().is_some() => {
            outcome::report(&error.into());
            Ok(Exit::Denied)
        }
        Err(error) if error.is_unmarked() => {
            Err(error).context("give --watermark-key FILE and --ledger FILE")
        }
        Err(error) => Err(error.into()),
    }
}
