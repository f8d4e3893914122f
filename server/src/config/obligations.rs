//! `[obligations]`: what is done about each. The files are opened by [`crate::sinks`].

use serde::Deserialize;
use std::path::PathBuf;

/// What is done about each obligation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ObligationsConfig {
    /// The decision log, a JSON object a line: every decision is there, obliged or not.
    pub record: Option<PathBuf>,
    /// Where notices to candidates are queued.
    pub notify_candidate: Option<PathBuf>,
    /// Where shown relay numbers are told to whoever issues them.
    pub relay_lease: Option<PathBuf>,
    /// Where alerts are queued.
    pub alert: Option<PathBuf>,
    /// With what documents are marked.
    pub watermark: Option<WatermarkConfig>,
    /// Views that are refused when their record cannot be written. Default download and contact.
    pub record_required_views: Option<Vec<String>>,
    /// Whether notices and leases are on the disk before the body leaves. Default yes. Without it
    /// they outlive this program, and not a loss of power.
    pub sync: Option<bool>,
}

impl ObligationsConfig {
    /// Whether a view is refused when its record cannot be written.
    pub fn requires_record(&self, view: &str) -> bool {
        match &self.record_required_views {
            Some(views) => views.iter().any(|v| v == view),
            None => ["download", "contact"].contains(&view),
        }
    }
}

/// With what documents are marked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatermarkConfig {
    /// The private key's file, from `privet watermark keygen`.
    pub key: PathBuf,
    /// The ledger's file.
    pub ledger: PathBuf,
    /// Who marks: the platform.
    pub issuer: String,
    /// Whether free texts get zero-width codes.
    #[serde(default = "yes")]
    pub zero_width: bool,
}

fn yes() -> bool {
    true
}
