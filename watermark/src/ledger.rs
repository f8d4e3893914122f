//! The ledger: which mark was given to whom. It is written before a body leaves.
//!
//! A mark's id says nothing by itself; the ledger's row does. What must never be here: a row that is
//! changed or removed, a value of a résumé.

mod file;

pub use file::FileLedger;

use crate::error::LedgerError;
use crate::mark_id::MarkId;
use serde::{Deserialize, Serialize};
use std::sync::Mutex;

/// One disclosure, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// [`FORMAT`](crate::FORMAT).
    pub format: String,
    /// The mark's id.
    pub mark_id: MarkId,
    /// Its first 40 bits, as the notice shows them.
    pub short_code: String,
    /// Who marked the document.
    pub iss: String,
    /// Id of the key that signed it.
    pub kid: String,
    /// Id of the company.
    pub company: String,
    /// Its name.
    pub company_name: String,
    /// Id of the person who asked.
    pub viewer: String,
    /// Id of the job.
    pub job: Option<String>,
    /// The pack that allowed it, with its revision.
    pub pack: String,
    /// Id of the decision.
    pub decision: String,
    /// Opaque id of the résumé.
    pub resume: String,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub iat: i64,
    /// The same, as RFC 3339 has it.
    pub time: String,
    /// Digest of the canonical document without `meta.proof`, as it was signed.
    pub document: String,
    /// Digest of the bytes that are sent.
    pub body: String,
    /// How many zero-width codes the body carries.
    pub zero_width_codes: usize,
}

/// Where rows go. A gateway implements it over its own store.
pub trait Ledger {
    /// Keeps a row for good: when this returns, the row survives a loss of power.
    ///
    /// # Errors
    ///
    /// When it does not; the body is then not sent.
    fn append(&self, row: &Row) -> Result<(), LedgerError>;
}

/// A ledger in memory, for tests and examples.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    rows: Mutex<Vec<Row>>,
}

impl MemoryLedger {
    /// The rows so far.
    pub fn rows(&self) -> Vec<Row> {
        match self.rows.lock() {
            Ok(rows) => rows.clone(),
            Err(poisoned) => poisoned.into_inner().clone(),
        }
    }
}

impl Ledger for MemoryLedger {
    fn append(&self, row: &Row) -> Result<(), LedgerError> {
        let mut rows = self.rows.lock().map_err(LedgerError::new)?;
        rows.push(row.clone());
        Ok(())
    }
}
