//! Values of which the detector finds a part. The rest, by itself, would be no value any more: where
//! `lena.vasquez gmail.com` has lost its domain, nothing is left to be found.
//!
//! What must never be here: a value that the detector finds nothing of. The search over the whole
//! output, which knows what is shown by policy, finds those.

use super::cut;
use super::search::Search;
use crate::scrub::{Finding, Scrubbed, output};
use std::ops::Range;

/// Hides all of a value where the detector found a part of it in a text.
pub(super) fn mend<'t>(scrubbed: &mut Scrubbed<'t>, text: &'t str, search: &Search<'_>) {
    if widen(&mut scrubbed.findings, &cut::found(text, search)) {
        scrubbed.text = output::write(text, &scrubbed.findings);
    }
}

/// Widens findings to all of the values that they have a part of; whether one is wider then.
fn widen(findings: &mut Vec<Finding>, values: &[Range<usize>]) -> bool {
    let mut is_wider = false;
    for Finding { span, .. } in findings.iter_mut() {
        // Both are in order, so what a finding grows by can only reach further values.
        for value in values {
            let is_torn = value.start < span.end && span.start < value.end;
            if is_torn && (value.start < span.start || span.end < value.end) {
                *span = span.start.min(value.start)..span.end.max(value.end);
                is_wider = true;
            }
        }
    }
    findings.dedup_by(|next, finding| {
        let is_joined = next.span.start <= finding.span.end;
        if is_joined {
            finding.span.end = finding.span.end.max(next.span.end);
        }
        is_joined
    });
    is_wider
}
