//! Cuts known values out of one text, wherever the search finds them in it.
//!
//! What must never be here: a form or a test of its own. What the search finds is cut, and what is
//! left is searched again, so that a text that comes out of here has nothing to be found.

use std::borrow::Cow;
use std::ops::Range;

use super::search::{Match, Place, Search};
use super::streams::{Streams, origins};
use crate::ideographs::is_ideograph;
use crate::scrub::digits::{Reading, groups};
use crate::scrub::fold::Folded;
use crate::scrub::invisible::is_dropped;
use crate::scrub::output::{is_nothing_left, replacement};

/// What is left may hold a value again, joined over a gap; so often it is cut anew.
const ROUNDS: usize = 8;

/// The text without the values; none if nothing else is left, or if a value cannot be parted from
/// it.
pub(super) fn cut<'t>(text: &'t str, search: &Search<'_>) -> Option<Cow<'t, str>> {
    let replacement = replacement(text);
    let mut shown = Cow::Borrowed(text);
    for _ in 0..ROUNDS {
        let spans = found(&shown, search);
        if spans.is_empty() {
            let is_left = matches!(shown, Cow::Borrowed(_)) || !is_nothing_left(&shown);
            return is_left.then_some(shown);
        }
        shown = Cow::Owned(without(&shown, &spans, replacement));
    }
    None
}

/// Where values stand in a text, in order, apart, as whole words.
fn found(text: &str, search: &Search<'_>) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = places(text, search)
        .into_iter()
        .map(|place| place.value)
        .collect();
    spans.sort_by_key(|span| span.start);
    spans.dedup_by(|next, span| joins(next, span));
    spans
}

/// Makes a span and the next one in order the same if they touch; whether they do.
pub(super) fn joins(next: &Range<usize>, span: &mut Range<usize>) -> bool {
    let is_joined = next.start <= span.end;
    if is_joined {
        span.end = span.end.max(next.end);
    }
    is_joined
}

/// Where a value stands in a text.
pub(super) struct InText {
    /// Whole words.
    pub(super) value: Range<usize>,
    /// With what makes it a value.
    pub(super) reach: Range<usize>,
}

/// The parts of a text that the matches in it come from.
pub(super) fn places(text: &str, search: &Search<'_>) -> Vec<InText> {
    let streams = Streams::of_text(text);
    let matches = search.all(&streams);
    if matches.is_empty() {
        return Vec::new();
    }
    let letters = origins(text);
    let is_digit = |(byte, _): &(&u8, &Range<usize>)| byte.is_ascii_digit();
    let digits: Vec<Range<usize>> = streams
        .text
        .iter()
        .zip(&letters)
        .filter(is_digit)
        .map(|(_, origin)| origin.clone())
        .collect();
    let mut numerals = Vec::new();
    if streams.numerals.is_some() {
        let folded = Folded::new(text);
        for group in groups(&folded, Reading::Plain) {
            let units = folded.slice(group.from, group.to);
            let from = units.first().map_or(0, |unit| unit.from);
            let to = units.last().map_or(text.len(), |unit| unit.to);
            numerals.extend(group.digits.bytes().map(|_| from..to));
        }
    }
    let places = matches.iter().map(|found: &Match| {
        let origins = match found.place {
            Place::Text | Place::LookAlikes => &letters,
            Place::Digits | Place::Paths => &digits,
            Place::Numerals => &numerals,
        };
        let origin = |span: &Range<usize>| {
            let last = span.end.saturating_sub(1);
            match (origins.get(span.start), origins.get(last)) {
                (Some(first), Some(last)) => first.start..last.end,
                // It stands somewhere.
                _ => 0..text.len(),
            }
        };
        InText {
            value: words(text, origin(&found.span)),
            reach: origin(&found.reach),
        }
    });
    places.collect()
}

/// The span with the rest of the words at its ends, in scripts that part words.
fn words(text: &str, span: Range<usize>) -> Range<usize> {
    let is_part = |c: &char| (c.is_alphanumeric() && !is_ideograph(*c)) || is_dropped(*c);
    let (before, rest) = text.split_at_checked(span.start).unwrap_or_default();
    let (inside, after) = rest
        .split_at_checked(span.end - span.start)
        .unwrap_or_default();
    let length = |characters: &mut dyn Iterator<Item = char>| -> usize {
        characters.take_while(is_part).map(char::len_utf8).sum()
    };
    let grown = |edge: Option<char>, characters: &mut dyn Iterator<Item = char>| match edge {
        Some(edge) if is_part(&edge) => length(characters),
        // Marks on the last character go with it.
        _ => characters
            .take_while(|c| is_dropped(*c))
            .map(char::len_utf8)
            .sum(),
    };
    let start = span.start - grown(inside.chars().next(), &mut before.chars().rev());
    let end = span.end + grown(inside.chars().next_back(), &mut after.chars());
    start..end
}

fn without(text: &str, spans: &[Range<usize>], replacement: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        shown.push_str(text.get(from..span.start).unwrap_or_default());
        shown.push_str(replacement);
        from = span.end;
    }
    shown.push_str(text.get(from..).unwrap_or_default());
    shown
}
