//! Digits that no other rule explains: long numbers, and sentences dense with pieces of one.
//!
//! What must never be here: an exception that a clever writer can choose. Only innocent forms are
//! passed over, and a measure no longer counts as one beside pieces of a number.

use super::digits::{Group, Script};
use super::finding::{FindingKind, Hit};
use super::fold::Folded;
use super::innocent::Strength;
use super::numbers::{Gap, Numbers};
use super::phone::{hit, is_mobile};

/// So many digits in so many characters are too many.
const DIGITS: usize = 9;
const WINDOW: usize = 40;

/// Long numbers, then dense sentences among what is left. `hidden` are the hits of other rules.
pub(crate) fn find(numbers: &Numbers<'_>, hidden: &[Hit]) -> Vec<Hit> {
    let is_hidden = are_hidden(&numbers.groups, hidden);
    let mut open: Vec<bool> = (0..numbers.groups.len())
        .map(|at| {
            let is_free = !is_hidden.get(at).copied().unwrap_or(true);
            is_free && !numbers.is_innocent(at, Strength::Weak) && counts(numbers, at)
        })
        .collect();
    let mut hits = long_numbers(numbers, &mut open);
    // The number alone is the text: a landline, an account.
    if let ([group], true) = (numbers.groups.as_slice(), open.first() == Some(&true)) {
        let outside = numbers.text.len() - (group.to - group.from);
        let is_alone = outside <= 4
            && numbers.text.units.iter().enumerate().all(|(at, unit)| {
                (group.from..group.to).contains(&at) || !unit.character.is_alphanumeric()
            });
        if is_alone && group.len() >= 7 {
            hits.extend(hit(numbers, 0, 0, FindingKind::Number, "alone"));
            return hits;
        }
    }
    let hidden_or_open = |at: usize| open.get(at) == Some(&true);
    let weak = |at: usize| {
        !is_hidden.get(at).copied().unwrap_or(true)
            && numbers
                .innocent(at)
                .is_some_and(|found| found.strength == Strength::Weak)
    };
    hits.extend(dense_sentences(numbers, hidden_or_open, weak));
    hits
}

/// Of each group, whether one of the hits touches it.
fn are_hidden(groups: &[Group], hits: &[Hit]) -> Vec<bool> {
    let mut hits: Vec<(usize, usize)> = hits.iter().map(|hit| (hit.from, hit.to)).collect();
    hits.sort_unstable();
    let mut hits = hits.into_iter().peekable();
    // Groups are in order: how far hits go that begin before a group's end.
    let mut reach = 0;
    let is_hidden = groups.iter().map(|group| {
        while let Some((_, to)) = hits.next_if(|(from, _)| *from < group.to) {
            reach = reach.max(to);
        }
        group.from < reach
    });
    is_hidden.collect()
}

/// Single numerals inside Chinese words and syllables inside Latin text are no digits.
fn counts(numbers: &Numbers<'_>, at: usize) -> bool {
    let Some(group) = numbers.groups.get(at) else {
        return false;
    };
    let text = numbers.text;
    let is_neighbour_near = || {
        numbers.gap(at) != Gap::Apart
            || at
                .checked_sub(1)
                .is_some_and(|before| numbers.gap(before) != Gap::Apart)
    };
    match group.script {
        Script::Arabic | Script::LookAlike => true,
        Script::Pinyin => false,
        Script::Word => is_neighbour_near(),
        Script::Han => {
            let has_arabic = text
                .characters(group.from, group.to)
                .any(|c| c.is_ascii_digit());
            has_arabic || group.to - group.from >= 2 || is_neighbour_near()
        }
    }
}

/// Runs of nine digits or more with little between them.
fn long_numbers(numbers: &Numbers<'_>, open: &mut [bool]) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut first = 0;
    while first < open.len() {
        let mut last = first;
        let mut digits = 0;
        if open.get(first) == Some(&true) {
            digits = numbers.groups.get(first).map_or(0, Group::len);
            while numbers.gap(last) == Gap::Tight && open.get(last + 1) == Some(&true) {
                last += 1;
                digits += numbers.groups.get(last).map_or(0, Group::len);
            }
        }
        if digits >= DIGITS {
            hits.extend(hit(
                numbers,
                first,
                last,
                FindingKind::Number,
                "long-number",
            ));
            for slot in open.get_mut(first..=last).unwrap_or_default() {
                *slot = false;
            }
        }
        first = last + 1;
    }
    hits
}

fn dense_sentences(
    numbers: &Numbers<'_>,
    is_open: impl Fn(usize) -> bool,
    is_weak: impl Fn(usize) -> bool,
) -> Vec<Hit> {
    let mut hits = Vec::new();
    for first in 0..numbers.groups.len() {
        if !is_open(first) && !is_weak(first) {
            continue;
        }
        let Some(start) = numbers.groups.get(first).map(|group| group.from) else {
            continue;
        };
        let window: Vec<(usize, &Group)> = numbers
            .groups
            .iter()
            .enumerate()
            .skip(first)
            .take_while(|(_, group)| group.to <= start + WINDOW)
            .collect();
        // A group such as 0013 is a piece of a number; so may be what stands beside it.
        let has_piece = window
            .iter()
            .any(|(at, group)| is_open(*at) && group.starts_with_zero());
        let taken: Vec<&(usize, &Group)> = window
            .iter()
            .filter(|(at, _)| is_open(*at) || (is_weak(*at)))
            .collect();
        let digits: usize = taken
            .iter()
            .filter(|(at, _)| is_open(*at) || has_piece)
            .map(|(_, group)| group.len())
            .sum();
        let pieces: Vec<&str> = taken
            .iter()
            .take(3)
            .map(|(_, g)| g.digits.as_str())
            .collect();
        let is_cut_up =
            pieces.iter().map(|piece| piece.len()).eq([3, 4, 4]) && is_mobile(&pieces.concat());
        if digits >= DIGITS || is_cut_up {
            let end = taken.last().map_or(start, |(_, group)| group.to);
            // The sentence that was found last holds this too.
            if hits.last().is_some_and(|hit: &Hit| end <= hit.to) {
                continue;
            }
            let (from, to) = sentences(numbers.text, start, end);
            hits.push(Hit {
                from,
                to,
                kind: FindingKind::Dense,
                rule: if is_cut_up { "cut-up" } else { "dense" },
            });
        }
    }
    hits
}

/// The sentences that a span touches, without the blanks around them.
fn sentences(text: &Folded, from: usize, to: usize) -> (usize, usize) {
    let is_end = |at: usize| match text.at(at) {
        '。' | '!' | '?' | '\n' | ';' | '…' => true,
        // A full stop between figures or letters is none.
        '.' => !text.at(at + 1).is_alphanumeric(),
        _ => false,
    };
    let mut start = from;
    while start > 0 && !is_end(start - 1) {
        start -= 1;
    }
    let mut end = to;
    while end < text.len() && !is_end(end) {
        end += 1;
    }
    while start < from && text.at(start).is_whitespace() {
        start += 1;
    }
    (start, end)
}
