//! `privet scrub`: text without the contacts in it.
//!
//! With true values known, they are cut out too; a text that cannot be parted from one is not printed.

use crate::load;
use crate::outcome::{self, Exit};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use privet_gateway::known::known;
use privet_host::KnownValues;
use privet_redact::known::{Known, KnownKind};
use privet_redact::scrub::{Finding, Scrubber};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit statuses: 0 the text is printed; 1 it cannot be read; 2 a true value cannot be \
                  parted from it, and it is not printed.\n\nExample: echo '电话 138-0013-8000' | privet scrub"
)]
pub struct Arguments {
    /// The text, in UTF-8; standard input if absent
    file: Option<PathBuf>,
    /// True values as JSON, as `known` in the facts: {phone, email, wechat, qq, idCard, name}, each a list
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// A number or address that was issued for the viewer, and stays; may be repeated
    #[arg(long, value_name = "VALUE")]
    issued: Vec<String>,
    /// Print one JSON object with the text and what was found where, never what it was
    #[arg(long)]
    report: Option<Report>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Report {
    Json,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let known = match &arguments.known {
        Some(file) => {
            let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
            known(&KnownValues::from_json(&text)?)?
        }
        None => Known::default(),
    };
    let document = load::document(arguments.file.as_deref())?;
    // Without the standard library's error, which would print bytes of the text.
    let text = std::str::from_utf8(&document).map_err(|error| {
        anyhow::anyhow!("the text is not UTF-8 at byte {}", error.valid_up_to())
    })?;
    let scrubbed = known.scrub(&Scrubber::allowing(&arguments.issued), text);
    let found = known.scan_text(&scrubbed.text).map(KnownKind::name);
    let shown = known.cut(&scrubbed.text);
    match (arguments.report, &shown) {
        (Some(Report::Json), _) => {
            let report = report(&scrubbed.findings, shown.as_deref(), found);
            outcome::print(format!("{report}\n"))?;
        }
        (None, Some(shown)) => outcome::print(shown.as_bytes())?,
        (None, None) => {}
    }
    if shown.is_some() {
        return Ok(Exit::Success);
    }
    let kind = found.unwrap_or("value");
    errln!("error: the text still holds a true value ({kind}), it is not printed");
    Ok(Exit::Denied)
}

/// `{text, refused, cut, findings: [{kind, rule, start, end}]}`, spans in bytes of the original.
fn report(findings: &[Finding], shown: Option<&str>, found: Option<&str>) -> Value {
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "kind": finding.kind.name(),
                "rule": finding.rule,
                "start": finding.span.start,
                "end": finding.span.end,
            })
        })
        .collect();
    let (refused, cut) = match shown {
        Some(_) => (None, found),
        None => (found, None),
    };
    json!({ "text": shown, "refused": refused, "cut": cut, "findings": findings })
}
