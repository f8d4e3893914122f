//! `privet scrub`: text without the contacts in it.
//!
//! With true values known, a text that still holds one of them is not printed.

use crate::load;
use crate::outcome::{self, Exit};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use privet_gateway::known::known;
use privet_host::KnownValues;
use privet_redact::known::Known;
use privet_redact::scrub::{Scrubbed, Scrubber};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit statuses: 0 the text is printed; 1 it cannot be read; 2 a true value is still in it, \
                  and it is not printed.\n\nExample: echo '电话 138-0013-8000' | privet scrub"
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
    let scrubbed = Scrubber::allowing(&arguments.issued).scrub(text);
    let refused = known.scan_text(&scrubbed.text);
    match (arguments.report, refused) {
        (Some(Report::Json), _) => {
            let report = report(&scrubbed, refused.map(|kind| kind.name()));
            outcome::print(format!("{report}\n"))?;
        }
        (None, None) => outcome::print(scrubbed.text.as_bytes())?,
        (None, Some(_)) => {}
    }
    match refused {
        Some(kind) => {
            eprintln!("error: the text still holds a true value ({kind}), it is not printed");
            Ok(Exit::Denied)
        }
        None => Ok(Exit::Success),
    }
}

/// `{text, refused, findings: [{kind, rule, start, end}]}`, spans in bytes of the original.
fn report(scrubbed: &Scrubbed<'_>, refused: Option<&str>) -> Value {
    let findings: Vec<Value> = scrubbed
        .findings
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
    let text = refused.is_none().then_some(scrubbed.text.as_ref());
    json!({ "text": text, "refused": refused, "findings": findings })
}
