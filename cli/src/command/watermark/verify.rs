//! `privet watermark verify`: one of four verdicts, each with an exit status of its own.
//!
//! What must never be here: a claim of a proof that did not verify.

use super::found::{Found, plain};
use crate::load;
use crate::outcome::Exit;
use anyhow::{Context, Result};
use clap::Args;
use privet_watermark::{Claims, PublicKeys, Verdict, verify};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit statuses: 0 valid, 3 altered, 4 absent, 5 unknown-key, 1 could not be verified.\n\nExample: privet watermark verify resume.json --keys watermark-keys.json --ledger ledger.jsonl"
)]
pub struct Arguments {
    /// The public keys that are trusted, a set of JSON Web Keys (JWKS)
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// The ledger, to say whose the zero-width codes of a document without a valid mark are
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The document; standard input if absent
    file: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let file = &arguments.keys;
    let keys = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let keys = PublicKeys::from_json(&keys).with_context(|| file.display().to_string())?;
    let document = load::document(arguments.file.as_deref())?;
    let found = Found::new(&document, arguments.ledger.as_deref())?;
    let verdict = verify(&document, &keys);
    let (word, exit) = match &verdict {
        Verdict::Valid(_) => ("valid", Exit::Success),
        Verdict::Altered(_) => ("altered", Exit::Altered),
        Verdict::Absent => ("absent", Exit::Absent),
        Verdict::UnknownKey { .. } => ("unknown-key", Exit::UnknownKey),
    };
    if arguments.json {
        outln!("{:#}", report(word, &verdict, &found));
        return Ok(exit);
    }
    outln!("{word}");
    match &verdict {
        Verdict::Valid(claims) => return print(claims).map(|()| exit),
        Verdict::Altered(how) => outln!("why: {how}"),
        Verdict::Absent => {}
        Verdict::UnknownKey { key_id } => outln!("key: {}", plain(key_id)),
    }
    found.print()?;
    Ok(exit)
}

fn print(claims: &Claims) -> Result<()> {
    let Claims {
        company,
        company_name,
        viewer,
        decision,
        iss,
        ..
    } = claims;
    outln!("company:  {} ({})", plain(company), plain(company_name));
    outln!("viewer:   {}", plain(viewer));
    if let Some(job) = &claims.job {
        outln!("job:      {}", plain(job));
    }
    outln!("time:     {}", claims.time());
    outln!("decision: {}", plain(decision));
    outln!("mark:     {}", claims.mark_id);
    outln!("issuer:   {} (key {})", plain(iss), plain(&claims.kid));
    Ok(())
}

fn report(word: &str, verdict: &Verdict, found: &Found) -> Value {
    let mut report = json!({"verdict": word, "trace": found.to_json()});
    let (member, value) = match verdict {
        Verdict::Valid(claims) => ("claims", json!(claims)),
        Verdict::Altered(how) => ("why", json!(how.to_string())),
        Verdict::UnknownKey { key_id } => ("kid", json!(key_id)),
        Verdict::Absent => return report,
    };
    if let Some(members) = report.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
    report
}
