//! Addresses without any sign between account and provider: `zhang gmail com`, `zhang163com`,
//! `lena.vasquez, gmail.com`.
//!
//! What must never be here: a provider's name by itself. Working on its interface is no address.

use super::PREPOSITIONAL;
use crate::scrub::domain;
use crate::scrub::finding::{FindingKind, Hit};
use crate::scrub::fold::Folded;
use crate::scrub::lexicon::Lexicon;
use std::sync::LazyLock;

/// Providers that are known without a sign before them.
static WITHOUT_SIGNS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(&[
        "gmail",
        "outlook",
        "hotmail",
        "foxmail",
        "icloud",
        "protonmail",
        "qq",
    ])
});

/// Providers that their top is glued to.
const GLUED: &[&str] = &[
    "gmailcom",
    "outlookcom",
    "hotmailcom",
    "foxmailcom",
    "icloudcom",
    "qqcom",
    "163com",
    "126com",
    "139com",
    "189cn",
    "sinacom",
    "sohucom",
    "yahoocom",
];

/// Whether the end of a run of letters and digits is a provider glued to its top. The quick look
/// asks too.
pub(in crate::scrub) fn is_glued(run: &str) -> bool {
    let is_end = |end: &&str| run.strip_suffix(*end).is_some_and(|name| name.len() >= 3);
    GLUED.iter().any(is_end)
}

/// `zhang gmail com`, `zhang163com`
pub(super) fn find(text: &Folded, at: usize) -> Option<Hit> {
    let hit = |from, to| {
        Some(Hit {
            from,
            to,
            kind: FindingKind::Email,
            rule: "address-in-words",
        })
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if text.at(at) == ' ' {
        let mut providers = WITHOUT_SIGNS.at(text, at + 1);
        let (_, end) = providers.find(|(_, end)| text.at(*end) == ' ')?;
        let top = text.run(end + 1, |c| c.is_ascii_alphanumeric());
        let is_spoken = matches!(text.text(end + 1, top).as_str(), "com" | "cn" | "net");
        let from = text.run_back(at, is_part);
        let name = text.text(from, at);
        let is_name = name.len() >= 3 && !PREPOSITIONAL.contains(&name.as_str());
        return match is_spoken && is_name {
            true => hit(from, top),
            false => None,
        };
    }
    if !is_part(text.at(at)) || is_part(text.before(at)) {
        return None;
    }
    let to = text.run(at, is_part);
    // As the tops end that are glued to a provider.
    if matches!(text.before(to), 'm' | 'n') && is_glued(&text.text(at, to)) {
        return hit(at, to);
    }
    // `zhang在163.com`, `zhang（@换成at）163.com`
    let domain = match domain::is_provider_at(text, at) {
        true => domain::read(text, at)?,
        false => return None,
    };
    let is_between = |c: char| {
        "在加和圈是为后缀换成改写作艾特小老鼠".contains(c)
            || !(c.is_alphanumeric() || ends_clause(c))
    };
    let mut end = text.run_back(at, is_between);
    for word in ["at", "a"] {
        let start = end.saturating_sub(word.len());
        if text.text(start, end) == word && !text.before(start).is_ascii_alphanumeric() {
            end = text.run_back(start, is_between);
        }
    }
    let from = text.run_back(end, |c| is_part(c) || c == '.');
    let name = text.text(from, end);
    let is_name = name.len() >= 3 && !PREPOSITIONAL.contains(&name.as_str());
    match is_name && end < at && at - end <= 10 {
        true => hit(from, domain.to),
        false => hit(account_before(text, at)?, domain.to),
    }
}

/// Where what can only be an account begins that stands before a provider's domain, signs between:
/// `lena.vasquez, gmail.com`.
fn account_before(text: &Folded, at: usize) -> Option<usize> {
    let is_between = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | '，' | '、' | ';' | ':' | '|' | '/' | '>' | '+' | '-' | '('
            )
    };
    let to = text.run_back_within(at, 4, is_between);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let from = text.run_back_within(to, 40, is_part);
    let name = text.text(from, to);
    let inside = name.trim_matches(['.', '-', '_']);
    let has_letter = inside.contains(|c: char| c.is_ascii_lowercase());
    let has_mark = inside.contains(|c: char| c.is_ascii_digit() || matches!(c, '.' | '_'));
    (to < at && inside.len() >= 4 && has_letter && has_mark).then_some(from)
}

fn ends_clause(character: char) -> bool {
    matches!(
        character,
        '\n' | ',' | '，' | '。' | ';' | '；' | '、' | '/' | ' '
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tops_end_as_they_are_looked_for() {
        assert!(GLUED.iter().all(|glued| glued.ends_with(['m', 'n'])));
    }
}
