//! `privet watermark trace`: from a pasted paragraph, or a short code on a screenshot, to a mark and
//! with a ledger to a company.

use super::found::{Found, plain, print_row, rows};
use crate::load;
use crate::outcome::Exit;
use anyhow::Result;
use clap::Args;
use privet_watermark::Row;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit statuses: 0 a mark was found, 4 none.\n\nExample: privet watermark trace --ledger ledger.jsonl < paragraph.txt"
)]
pub struct Arguments {
    /// The ledger, to say whose the marks are
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Look up the short code of a notice, e.g. 7FQ2-MKXA, instead of reading text
    #[arg(
        long,
        value_name = "CODE",
        requires = "ledger",
        conflicts_with = "file"
    )]
    code: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The text; standard input if absent
    file: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let ledger = arguments.ledger.as_deref();
    if let Some(code) = &arguments.code {
        return look_up(code, ledger, arguments.json);
    }
    let text = load::document(arguments.file.as_deref())?;
    let found = Found::new(&text, ledger)?;
    match arguments.json {
        true => outln!("{:#}", found.to_json()),
        false => found.print()?,
    }
    match found.is_empty() {
        true => none(),
        false => Ok(Exit::Success),
    }
}

fn look_up(code: &str, ledger: Option<&Path>, json: bool) -> Result<Exit> {
    let mut rows = rows(ledger)?;
    rows.retain(|row| row.mark_id.matches(code));
    if json {
        outln!("{:#}", json!({ "rows": rows }));
    } else {
        print(&rows)?;
    }
    match rows.is_empty() {
        true => none(),
        false => Ok(Exit::Success),
    }
}

fn print(rows: &[Row]) -> Result<()> {
    for row in rows {
        outln!("mark: {} by {}", row.mark_id, plain(&row.iss));
        print_row(row)?;
    }
    Ok(())
}

fn none() -> Result<Exit> {
    errln!("no mark found");
    Ok(Exit::Absent)
}
