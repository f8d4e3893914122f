//! `privet watermark mark`: a redacted document in, a marked one out, its row in the ledger first.

use super::marking::{MarkingArguments, Recipient};
use crate::load;
use crate::outcome::{self, Exit};
use anyhow::{Context, Result};
use clap::Args;
use privet_watermark::FileLedger;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: privet watermark mark --key watermark-key.json --ledger ledger.jsonl --company 91110000000000000X --viewer recruiter-1 --job job-1 redacted.json"
)]
pub struct Arguments {
    /// Private key, from `privet watermark keygen`
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where the mark's row goes before the body leaves, a JSON object a line
    #[arg(long, value_name = "FILE")]
    ledger: PathBuf,
    /// Id of the company that gets the document
    #[arg(long, value_name = "ID")]
    company: String,
    /// Id of the person there who asked
    #[arg(long, value_name = "ID")]
    viewer: String,
    /// Id of the job that it is given for
    #[arg(long, value_name = "ID")]
    job: Option<String>,
    /// When it is given, e.g. 2021-04-28T10:03:00Z; now if absent
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// Opaque id of the résumé, for the ledger
    #[arg(long, value_name = "ID", default_value = "")]
    resume: String,
    /// The policies that allowed it, for the ledger
    #[arg(long, value_name = "NAME", default_value = "")]
    pack: String,
    #[command(flatten)]
    marking: MarkingArguments,
    /// The redacted document, in JSON; standard input if absent
    file: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let marker = arguments.marking.marker(&arguments.key)?;
    let recipient = Recipient {
        company: arguments.company.clone(),
        viewer: arguments.viewer.clone(),
        job: arguments.job.clone(),
    };
    let mut disclosure = arguments
        .marking
        .disclosure(recipient, arguments.time.as_deref())?;
    disclosure.resume.clone_from(&arguments.resume);
    disclosure.pack.clone_from(&arguments.pack);
    let document = load::document(arguments.file.as_deref())?;
    let marked = marker.mark(&document, &disclosure)?;
    let mark = format!(
        "mark: {} ({})",
        marked.row().mark_id,
        marked.row().short_code
    );
    let ledger = FileLedger::new(&arguments.ledger);
    let body = marked.record(&ledger).context("nothing is sent")?;
    outcome::print(&body)?;
    outcome::print("\n")?;
    errln!("{mark}");
    Ok(Exit::Success)
}
