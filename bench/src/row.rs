//! A row of the table: what was measured, its ratio or value, its target.
//!
//! What a ratio divides by what, its name says; `bench/report.md` tells where targets come from.
//! Nothing here measures.

use crate::measure::{Samples, median, spread};
use serde::{Deserialize, Serialize};

/// What a ratio says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ratio {
    /// Their time over ours: how many times faster ours is.
    TimesFaster,
    /// Our time over theirs: what share of theirs ours takes.
    ShareOfTheirs,
}

/// What a row should reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    AtLeast(f64),
    AtMost(f64),
    Stated,
}

impl Target {
    /// Whether a figure reaches the target; `None` where there is no target.
    pub fn met(self, figure: f64) -> Option<bool> {
        match self {
            Self::AtLeast(bound) => Some(figure >= bound),
            Self::AtMost(bound) => Some(figure <= bound),
            Self::Stated => None,
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, "≥ {bound}"),
            Self::AtMost(bound) => write!(f, "≤ {bound}"),
            Self::Stated => f.write_str("stated"),
        }
    }
}

/// One line of the table. A ratio, or a value in a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub name: String,
    pub case: String,
    pub ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    pub ours_ns: Option<f64>,
    pub theirs_ns: Option<f64>,
    pub runs: usize,
    /// The distance between the quartiles of the ratio (or the value), as a share of its median.
    pub spread: Option<f64>,
    pub target: Target,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether it was to be measured and could not be; the note says why.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
}

impl Row {
    /// A row that compares two sides.
    pub fn ratio(name: &str, case: &str, kind: Ratio, target: Target, samples: &Samples) -> Self {
        let pairs = samples.ours.iter().zip(&samples.theirs);
        let ratios: Vec<f64> = pairs
            .map(|(ours, theirs)| match kind {
                Ratio::TimesFaster => theirs / ours,
                Ratio::ShareOfTheirs => ours / theirs,
            })
            .collect();
        Self {
            ratio: Some(median(&ratios)),
            ours_ns: Some(median(&samples.ours)),
            theirs_ns: Some(median(&samples.theirs)),
            runs: samples.ours.len(),
            spread: Some(spread(&ratios)),
            ..Self::empty(name, case, target)
        }
    }

    /// A row whose value is a time.
    pub fn time(name: &str, case: &str, target_ms: Target, samples: &Samples) -> Self {
        let milliseconds = median(&samples.ours) / 1e6;
        Self {
            value: Some(milliseconds),
            unit: Some("ms".to_owned()),
            ours_ns: Some(median(&samples.ours)),
            runs: samples.ours.len(),
            spread: Some(spread(&samples.ours)),
            ..Self::empty(name, case, target_ms)
        }
    }

    /// A row whose value is no time, and counted once.
    pub fn value(name: &str, case: &str, target: Target, value: f64, unit: &str) -> Self {
        Self {
            value: Some(value),
            unit: Some(unit.to_owned()),
            runs: 1,
            ..Self::empty(name, case, target)
        }
    }

    /// A row that says why nothing was measured.
    pub fn missing(name: &str, case: &str, why: &str) -> Self {
        Self::empty(name, case, Target::Stated).noted(format!("missing: {why}"))
    }

    /// A row that was to be measured and could not be.
    pub fn failed(name: &str, case: &str, error: &anyhow::Error) -> Self {
        // What a program printed may have lines; a remark is one.
        let text = format!("{error:#}");
        let words: Vec<&str> = text.split_whitespace().collect();
        Self {
            failed: true,
            ..Self::empty(name, case, Target::Stated).noted(format!("failed: {}", words.join(" ")))
        }
    }

    /// The row with a remark.
    pub fn noted(self, note: impl Into<String>) -> Self {
        Self {
            note: Some(note.into()),
            ..self
        }
    }

    fn empty(name: &str, case: &str, target: Target) -> Self {
        Self {
            name: name.to_owned(),
            case: case.to_owned(),
            ratio: None,
            value: None,
            unit: None,
            ours_ns: None,
            theirs_ns: None,
            runs: 0,
            spread: None,
            target,
            note: None,
            failed: false,
        }
    }

    /// The figure that the target is about.
    pub fn figure(&self) -> Option<f64> {
        self.ratio.or(self.value)
    }

    /// Whether the target is met; `None` where there is no target or no figure.
    pub fn met(&self) -> Option<bool> {
        self.target.met(self.figure()?)
    }
}
