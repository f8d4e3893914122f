//! From hits to the text that is shown: cut from the original, with the replacement in the gaps.
//!
//! What must never be here: a replacement that tells anything of what it replaces. It depends on
//! whether the text is Chinese, and on nothing else.

use std::borrow::Cow;

use super::finding::{Finding, Hit};
use super::fold::Folded;
use super::invisible::is_stripped;
use crate::ideographs::is_ideograph;

/// What stands for a contact in a text with Chinese characters.
const HIDDEN_IN_CHINESE: &str = "[已隐藏]";
/// And in any other.
const HIDDEN: &str = "[hidden]";

/// Hits in order as spans of the original; those that touch, or with only signs between, are one.
pub(super) fn merge(text: &Folded, mut hits: Vec<Hit>) -> Vec<Finding> {
    hits.sort_by_key(|hit| (hit.from, std::cmp::Reverse(hit.to)));
    let mut merged: Vec<Hit> = Vec::new();
    for hit in hits {
        match merged.last_mut() {
            Some(last) if hit.from <= last.to || is_only_signs(text, last.to, hit.from) => {
                last.to = last.to.max(hit.to);
            }
            _ => merged.push(hit),
        }
    }
    let spans = merged.into_iter().filter_map(|hit| {
        let units = text.slice(hit.from, hit.to);
        Some(Finding {
            kind: hit.kind,
            span: units.first()?.from..units.last()?.to,
            rule: hit.rule,
        })
    });
    spans.collect()
}

fn is_only_signs(text: &Folded, from: usize, to: usize) -> bool {
    let is_sign = |c: char| matches!(c, ' ' | '-' | '.' | '_' | '/' | '(' | ')' | '@' | '+' | '·');
    to - from <= 2 && text.characters(from, to).all(is_sign)
}

/// What stands for a contact in this text.
pub(crate) fn replacement(text: &str) -> &'static str {
    match text.contains(is_ideograph) {
        true => HIDDEN_IN_CHINESE,
        false => HIDDEN,
    }
}

/// Whether nothing but replacements is left.
pub(crate) fn is_nothing_left(text: &str) -> bool {
    let rest = text.replace(HIDDEN_IN_CHINESE, "").replace(HIDDEN, "");
    !rest.contains(char::is_alphanumeric)
}

/// The text without what was found and without what shows as nothing.
pub(crate) fn write<'t>(text: &'t str, findings: &[Finding]) -> Cow<'t, str> {
    let replacement = replacement(text);
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for finding in findings {
        strip(text, from, finding.span.start, &mut shown);
        shown.push_str(replacement);
        from = finding.span.end;
    }
    strip(text, from, text.len(), &mut shown);
    match shown == text {
        true => Cow::Borrowed(text),
        false => Cow::Owned(shown),
    }
}

/// Copies a part of the text without what shows as nothing.
fn strip(text: &str, from: usize, to: usize, shown: &mut String) {
    let part = text.get(from..to).unwrap_or_default();
    let mut before = None;
    let mut characters = part.chars().peekable();
    while let Some(character) = characters.next() {
        if !is_stripped(character, before, characters.peek().copied()) {
            shown.push(character);
            before = Some(character);
        }
    }
}
