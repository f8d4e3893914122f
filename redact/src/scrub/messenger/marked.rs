//! What can hardly be anything but an account, wherever it stands by a cue; and what is none.
//!
//! What must never be here: the words that cues are.

use super::account_end;
use super::words::{Cue, WORK};
use crate::scrub::finding::{FindingKind, Hit};
use crate::scrub::fold::Folded;

/// An account behind a line feed, a comma or a full stop, where nothing else can be meant.
pub(super) fn account_behind(text: &Folded, kind: Cue, cue_end: usize) -> Option<Hit> {
    if !matches!(kind, Cue::Certain | Cue::Doubtful) {
        return None;
    }
    let mut at = cue_end;
    for word in ["号", "id", "账号", "如下"] {
        if text.has(at, word) {
            at += word.chars().count();
        }
    }
    let from = text.run_within(at, 4, |c| {
        c.is_whitespace() || matches!(c, ',' | '，' | '。' | ':')
    });
    let has_line_feed = text.characters(at, from).any(|c| c == '\n');
    let is_parted = text
        .characters(at, from)
        .any(|c| matches!(c, '\n' | ',' | '，' | '。'));
    let to = account_end(text, from);
    let word = text.text(from, to);
    let is_number = has_line_feed
        && (6..=12).contains(&word.len())
        && word.chars().all(|c| c.is_ascii_digit())
        && !is_counted(text, to);
    // Behind a comma names of work stand too: `log4j2`.
    let is_marked = is_marked(&word) && (has_line_feed || word.contains('_'));
    let is_account = is_parted && (is_marked || is_number);
    (is_account && !is_period(&word)).then_some(Hit {
        from,
        to,
        kind: FindingKind::Messenger,
        rule: "cue-account",
    })
}

/// Whether it can hardly be a word or a name of work: letters with an underline or with digits in
/// their midst.
pub(super) fn is_marked(word: &str) -> bool {
    let letters = word.chars().filter(char::is_ascii_lowercase).count();
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (6..=30).contains(&word.len())
        && word.chars().all(is_plain)
        && letters >= 3
        && (digits >= 2 || word.contains('_'))
        && !word
            .split('_')
            .all(|part| WORK.contains(&part) || part.len() <= 2)
}

/// `12000 followers`: how many, in round numbers, and no account.
pub(super) fn is_counted(text: &Folded, to: usize) -> bool {
    let is_round = text.before(to) == '0' && text.before(to.saturating_sub(1)) == '0';
    let after = text.run_within(to, 1, |c| c == ' ');
    let counted = [
        "粉丝",
        "用户",
        "follower",
        "star",
        "user",
        "fans",
        "member",
        "subscriber",
        "view",
    ];
    is_round && counted.iter().any(|word| text.has(after, word))
}

/// `V lanyue_77` at the beginning of a clause.
pub(super) fn is_bare(text: &Folded, cue: usize, cue_end: usize, at: usize, word: &str) -> bool {
    let is_letter = (text.at(cue) == 'v' && cue_end == cue + 1) || !text.at(cue).is_ascii();
    let is_first = !text.before(cue).is_alphanumeric();
    let is_near = at - cue_end <= 2 && !text.characters(cue_end, at).any(char::is_alphanumeric);
    is_letter && is_first && is_near && is_marked(word)
}

/// `2015-2018`: a period of work with a network.
pub(super) fn is_period(word: &str) -> bool {
    let years: Vec<&str> = word.split(|c: char| !c.is_ascii_digit()).collect();
    let is_year =
        |part: &&str| part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
    let is_part = |part: &&str| is_year(part) || part.len() <= 2;
    years.first().is_some_and(is_year) && (word.len() <= 10 || years.iter().all(is_part))
}
