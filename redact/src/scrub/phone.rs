//! Telephone numbers: mobile, landline, service, international, and what is announced as one.
//!
//! What must never be here: the plan of one country as a filter. A number that no plan knows is
//! hidden all the same.

use super::context;
use super::digits::{Group, Script};
use super::finding::{FindingKind, Hit};
use super::fold::Folded;
use super::innocent::Strength;
use super::numbers::{Gap, Numbers};

/// Whether digits are a mobile number of mainland China, with or without prefixes.
pub(crate) fn is_mobile(digits: &str) -> bool {
    let national = match digits.len() {
        11 => Some(digits),
        12 => digits.strip_prefix('0'),
        13 => digits.strip_prefix("86"),
        14 => digits.strip_prefix("086").or(digits.strip_prefix("860")),
        15 => digits.strip_prefix("0086"),
        16 => digits
            .strip_prefix("00860")
            .or(digits.strip_prefix("17951")),
        _ => None,
    };
    national.is_some_and(|number| matches!(number.as_bytes(), [b'1', b'3'..=b'9', ..]))
}

/// Finds them in a text whose letters are read as letters.
pub(crate) fn find(numbers: &Numbers<'_>) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    let runs = numbers.runs(Gap::Loose, 17);
    for (first, last, digits) in &runs {
        if let Some(rule) = rule(numbers, *first, *last, digits) {
            hits.extend(hit(numbers, *first, *last, FindingKind::Phone, rule));
        }
    }
    // A run that is only announced is as long as it can be: not where a form is known.
    let known: Vec<(usize, usize)> = hits.iter().map(|hit| (hit.from, hit.to)).collect();
    for (first, last, digits) in &runs {
        let announced = is_announced(numbers, *first, *last, digits)
            .then(|| hit(numbers, *first, *last, FindingKind::Phone, "announced"))
            .flatten();
        let is_free = |hit: &Hit| {
            known
                .iter()
                .all(|(from, to)| hit.to <= *from || *to <= hit.from)
        };
        hits.extend(announced.filter(is_free));
    }
    hits
}

/// Finds mobile numbers in which letters stand for digits.
pub(crate) fn find_look_alikes(numbers: &Numbers<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (first, last, digits) in numbers.runs(Gap::Loose, 16) {
        let groups = numbers.groups.get(first..=last).unwrap_or_default();
        let genuine: usize = groups.iter().map(|group| group.genuine).sum();
        let has_letters = groups.iter().any(|group| group.script == Script::LookAlike);
        if has_letters && genuine >= 3 && is_mobile(&digits) {
            hits.extend(hit(
                numbers,
                first,
                last,
                FindingKind::Phone,
                "letters-for-digits",
            ));
        }
    }
    hits
}

/// A hit over a run with the signs that open and close it.
pub(crate) fn hit(
    numbers: &Numbers<'_>,
    first: usize,
    last: usize,
    kind: FindingKind,
    rule: &'static str,
) -> Option<Hit> {
    let (from, to) = numbers.span(first, last)?;
    let text = numbers.text;
    let from = text.run_back(from, |c| matches!(c, '+' | '('));
    let to = match text.at(to) == ')' && text.slice(from, to).iter().any(|u| u.character == '(') {
        true => to + 1,
        false => to,
    };
    let to = match kind {
        FindingKind::Phone => extension_end(text, to),
        _ => to,
    };
    Some(Hit {
        from,
        to,
        kind,
        rule,
    })
}

/// The end of an extension behind a number.
fn extension_end(text: &Folded, to: usize) -> usize {
    let from = text.run(to, |c| matches!(c, ' ' | ',' | '('));
    for word in ["转", "转分机", "分机", "轉", "ext", "extension", "x", "#"] {
        if from - to <= 2 && text.has(from, word) {
            let end = from + word.chars().count();
            let start = text.run(end, |c| matches!(c, ' ' | '.' | ':'));
            let digits = text.run(start, |c| c.is_ascii_digit());
            if start - end <= 2 && (1..=6).contains(&(digits - start)) {
                return digits;
            }
        }
    }
    to
}

fn rule(numbers: &Numbers<'_>, first: usize, last: usize, digits: &str) -> Option<&'static str> {
    let groups = numbers.groups.get(first..=last)?;
    let from = groups.first()?.from;
    let strongly = numbers.is_outweighed(first, last, Strength::Strong);
    if is_mobile(digits) && !strongly && !numbers.joins_a_date(first, last) {
        return Some("mobile");
    }
    if groups.iter().any(|group| group.script == Script::Pinyin) {
        return None;
    }
    let widest = (first..last).map(|group| numbers.gap(group)).max();
    let is_tight = widest.is_none_or(|gap| gap == Gap::Tight);
    if is_international(numbers, from, digits) && is_tight && !strongly {
        return Some("international");
    }
    if numbers.is_outweighed(first, last, Strength::Plain) {
        return None;
    }
    if is_tight && is_trunk(digits, groups) {
        return Some("landline");
    }
    if is_tight && is_grouped(numbers, first, last, digits) {
        return Some("grouped");
    }
    None
}

/// Whether a word before a run says that it is a telephone number.
fn is_announced(numbers: &Numbers<'_>, first: usize, last: usize, digits: &str) -> bool {
    let groups = numbers.groups.get(first..=last).unwrap_or_default();
    digits.len() >= 7
        && !groups.iter().any(|group| group.script == Script::Pinyin)
        && !numbers.is_innocent(first, Strength::Weak)
        && !numbers.is_innocent(last, Strength::Weak)
        && !numbers.is_outweighed(first, last, Strength::Plain)
        && groups
            .first()
            .is_some_and(|group| context::is_phone(numbers.text, group.from))
}

/// A plus sign and a number as long as a number with its country may be (E.164).
fn is_international(numbers: &Numbers<'_>, from: usize, digits: &str) -> bool {
    let text = numbers.text;
    let before = text.run_back(from, |c| matches!(c, ' ' | '('));
    let sign = text.before(before);
    let outer = text.before(before.saturating_sub(1));
    let is_sign = sign == '+' && outer != '+' && !outer.is_alphanumeric();
    is_sign && (7..=15).contains(&digits.len())
}

/// A number dialled with its trunk or international prefix of zeros.
fn is_trunk(digits: &str, groups: &[Group]) -> bool {
    let is_whole = groups.first().is_some_and(|group| group.len() >= 2) || groups.len() >= 9;
    match digits.as_bytes() {
        [b'0', b'0', ..] => is_whole && (11..=17).contains(&digits.len()),
        [b'0', ..] => is_whole && (9..=12).contains(&digits.len()),
        _ => false,
    }
}

/// Numbers known by how they are grouped.
fn is_grouped(numbers: &Numbers<'_>, first: usize, last: usize, digits: &str) -> bool {
    let shape = numbers.shape(first, last);
    let bytes = digits.as_bytes();
    let digit = |at: usize| bytes.get(at).copied().unwrap_or(b'0');
    let is_american = |at: usize| digit(at) >= b'2' && digit(at + 3) >= b'2';
    match *shape {
        [3, 3, 4] | [3, 7] | [6, 4] => is_american(0) || is_service(digits),
        [1, 3, 3, 4] | [1, 3, 7] | [1, 10] => digit(0) == b'1' && is_american(1),
        [3, 4, 3] | [10] => is_service(digits),
        // Eight digits in two halves or whole, as Hong Kong and local landlines have them.
        [4, 4] => digit(0) >= b'2' && !is_round(digits),
        [8] => {
            let is_bare = !numbers.is_innocent(first, Strength::Weak);
            digit(0) >= b'2' && is_bare && !is_round(digits)
        }
        _ => false,
    }
}

/// Service numbers of mainland China, which companies and private numbers share.
fn is_service(digits: &str) -> bool {
    digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800"))
}

fn is_round(digits: &str) -> bool {
    digits.get(2..4) == Some("00") && digits.ends_with("00")
}
