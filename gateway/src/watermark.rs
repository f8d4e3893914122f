//! The obligation `watermark`: what it binds leaves marked, with a row in the ledger, or not at all.
//!
//! Whatever the view: a pack that obliges a watermark on the screen gets one there. What must never
//! be here: a plan with the obligation and a body without a mark.

use crate::combine::Answer;
use crate::enforce::{self, EnforceError};
use privet_host::{Issued, KnownValues};
use privet_redact::{Rules, Settings};
use privet_watermark::{Disclosure, Ledger, Marker};
use std::fmt;

/// The obligation's name in packs.
pub const OBLIGATION: &str = "watermark";

/// Whether a plan obliges its body to be marked.
pub fn is_obliged(plan: &impl Answer) -> bool {
    plan.obligations().contains(&OBLIGATION)
}

/// What a mark is made with, and what it says.
pub struct Download<'a> {
    /// The key and the settings.
    pub marker: &'a Marker,
    /// Where the row goes, before the body leaves.
    pub ledger: &'a dyn Ledger,
    /// Who gets the body, what for and when.
    pub disclosure: &'a Disclosure,
}

impl fmt::Debug for Download<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Download({:?})", self.disclosure)
    }
}

/// The body that the viewer may see, marked if the plan obliges it: then it is canonical JSON
/// (RFC 8785) and must be sent as it is, uncached.
///
/// # Errors
///
/// As [`enforce::body`]; a plan that obliges a watermark without a `download`; a body that cannot be
/// signed unchanged, a disclosure that does not say who, a ledger that does not keep the row. In each
/// case no byte may leave.
pub fn body(
    plan: &impl Answer,
    issued: &Issued,
    values: &KnownValues,
    body: &[u8],
    download: Option<&Download<'_>>,
) -> Result<Vec<u8>, EnforceError> {
    let rules = enforce::rules(plan, issued, values)?;
    by_rules(is_obliged(plan), rules, Settings::default(), body, download)
}

/// The same by rules that stand for an open plan.
pub(crate) fn by_rules(
    is_obliged: bool,
    rules: Rules,
    limits: Settings,
    body: &[u8],
    download: Option<&Download<'_>>,
) -> Result<Vec<u8>, EnforceError> {
    if !is_obliged {
        return enforce::by_rules(rules, limits, body);
    }
    let download = download.ok_or_else(EnforceError::unmarked)?;
    let redacted = enforce::by_rules(rules, limits, body)?;
    let marked = download.marker.mark(&redacted, download.disclosure)?;
    Ok(marked.record(download.ledger)?)
}
