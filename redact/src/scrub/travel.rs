//! Numbers of passports, travel permits and identity cards of other places, known by the words before
//! them.
//!
//! What must never be here: a form without its word; six to nine digits are anything.

use super::context;
use super::finding::{FindingKind, Hit};
use super::fold::Folded;
use super::numbers::Numbers;

pub(crate) fn find(numbers: &Numbers<'_>) -> Vec<Hit> {
    let text = numbers.text;
    let groups = numbers.groups.iter();
    let documents = groups.filter(|group| group.is_arabic() && (6..=9).contains(&group.len()));
    let hits = documents.filter_map(|group| {
        let letters = text.run_back_within(group.from, 2, |c| c.is_ascii_lowercase());
        let is_whole = !text.before(letters).is_ascii_alphanumeric();
        let is_announced = context::is_travel_document(text, letters);
        (is_whole && is_announced).then(|| Hit {
            from: letters,
            to: check_end(text, group.to),
            kind: FindingKind::IdCard,
            rule: "travel-document",
        })
    });
    hits.collect()
}

/// Behind a check letter, or a check digit in brackets: `A123456(7)`.
fn check_end(text: &Folded, to: usize) -> usize {
    let is_check = |c: char| c.is_ascii_digit() || c == 'a';
    if text.at(to) == '(' && is_check(text.at(to + 1)) && text.at(to + 2) == ')' {
        return to + 3;
    }
    let is_letter = text.at(to).is_ascii_lowercase() && !text.at(to + 1).is_ascii_alphanumeric();
    to + usize::from(is_letter)
}
