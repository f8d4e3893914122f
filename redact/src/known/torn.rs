//! Values of which the detector finds a part. The rest, by itself, would be no value any more: where
//! `lena.vasquez gmail.com` has lost its domain, nothing is left to be found.
//!
//! What must never be here: a value that the detector finds nothing of. The search over the whole
//! output, which knows what is shown by policy, finds those.

use super::cut::{self, InText};
use super::search::Search;
use crate::scrub::{Finding, Scrubbed, output};

/// Hides all of a value where the detector found a part of it in a text.
pub(super) fn mend<'t>(scrubbed: &mut Scrubbed<'t>, text: &'t str, search: &Search<'_>) {
    let findings = &mut scrubbed.findings;
    let places = cut::places(text, search);
    let torn: Vec<Finding> = places
        .into_iter()
        .filter_map(|place| rest(findings, place))
        .collect();
    if torn.is_empty() {
        return;
    }
    findings.extend(torn);
    findings.sort_by_key(|finding| finding.span.start);
    findings.dedup_by(|next, finding| cut::joins(&next.span, &mut finding.span));
    scrubbed.text = output::write(text, findings);
}

/// A value, as what the finding is that has a part of it, if none has all.
fn rest(findings: &[Finding], InText { value, reach }: InText) -> Option<Finding> {
    let is_hidden =
        |finding: &Finding| finding.span.start <= value.start && value.end <= finding.span.end;
    if findings.iter().any(is_hidden) {
        return None;
    }
    let has_part =
        |finding: &&Finding| reach.start < finding.span.end && finding.span.start < reach.end;
    let finding = findings.iter().find(has_part)?;
    Some(Finding {
        span: value,
        ..finding.clone()
    })
}
