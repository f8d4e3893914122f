//! What zero-width codes tell, with a ledger and without, for people and as JSON.
//!
//! What must never be here: a company that neither a whole code nor a tiny chance points at.

use anyhow::Result;
use privet_watermark::{FileLedger, FoundCode, MarkId, Row, Suspect, Trace};
use serde_json::{Value, json};
use std::path::Path;

/// Marks that a text was traced to.
#[derive(Debug)]
pub struct Found {
    codes: Vec<(FoundCode, Option<Row>)>,
    suspects: Vec<(Suspect, Option<Row>)>,
    damaged: usize,
    has_ledger: bool,
}

/// The rows of a ledger, none without one.
pub fn rows(ledger: Option<&Path>) -> Result<Vec<Row>> {
    match ledger {
        Some(ledger) => Ok(FileLedger::new(ledger).rows()?),
        None => Ok(Vec::new()),
    }
}

impl Found {
    /// Reads the codes in a text and looks them up.
    pub fn new(bytes: &[u8], ledger: Option<&Path>) -> Result<Self> {
        let rows = rows(ledger)?;
        let trace = Trace::of(&String::from_utf8_lossy(bytes));
        let ids: Vec<MarkId> = rows.iter().map(|row| row.mark_id).collect();
        let row = |id: MarkId| rows.iter().find(|row| row.mark_id == id).cloned();
        let suspects = trace.suspects(&ids);
        Ok(Self {
            damaged: trace.damaged(),
            suspects: suspects
                .into_iter()
                .map(|s| (s.clone(), row(s.mark_id)))
                .collect(),
            codes: trace
                .codes
                .into_iter()
                .map(|c| (c.clone(), row(c.mark_id)))
                .collect(),
            has_ledger: ledger.is_some(),
        })
    }

    /// Whether no mark was found.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.suspects.is_empty()
    }

    /// A line a mark, and what its row says.
    pub fn print(&self) -> Result<()> {
        for (code, row) in &self.codes {
            let FoundCode {
                mark_id,
                copies,
                whole,
            } = code;
            outln!("trace: mark {mark_id}, {copies} zero-width codes, {whole} whole");
            self.print_row(row.as_ref())?;
        }
        for (suspect, row) in &self.suspects {
            let Suspect { mark_id, chance } = suspect;
            outln!(
                "suspect: mark {mark_id} fits damaged codes, as an innocent one would by a chance of {chance:.0e}"
            );
            self.print_row(row.as_ref())?;
        }
        if self.damaged > 0 && self.suspects.is_empty() {
            let hint = if self.has_ledger {
                "no mark of the ledger fits"
            } else {
                "give --ledger FILE"
            };
            outln!("trace: {} damaged zero-width codes; {hint}", self.damaged);
        }
        Ok(())
    }

    fn print_row(&self, row: Option<&Row>) -> Result<()> {
        match row {
            Some(row) => print_row(row),
            None if self.has_ledger => {
                outln!("  not in the ledger");
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The same as JSON.
    pub fn to_json(&self) -> Value {
        let codes = self.codes.iter().map(|(code, row)| {
            json!({"mark_id": code.mark_id, "copies": code.copies, "whole": code.whole, "row": row})
        });
        let suspects = self.suspects.iter().map(
            |(suspect, row)| json!({"mark_id": suspect.mark_id, "chance": suspect.chance, "row": row}),
        );
        json!({
            "codes": codes.collect::<Vec<_>>(),
            "suspects": suspects.collect::<Vec<_>>(),
            "damaged": self.damaged,
        })
    }
}

/// What a row says of who got the document.
pub fn print_row(row: &Row) -> Result<()> {
    outln!(
        "  company:  {} ({})",
        plain(&row.company),
        plain(&row.company_name)
    );
    outln!("  viewer:   {}", plain(&row.viewer));
    if let Some(job) = &row.job {
        outln!("  job:      {}", plain(job));
    }
    outln!("  time:     {}", plain(&row.time));
    outln!("  decision: {}", plain(&row.decision));
    Ok(())
}

/// A text for a terminal: control characters could rewrite what stands before it.
pub fn plain(text: &str) -> String {
    let plain = text
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c });
    plain.collect()
}
