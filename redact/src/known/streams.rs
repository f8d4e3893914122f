//! What all values of an output say, folded and one after the other.
//!
//! What must never be here: a gap between two values. A number may be split over fields.

mod fold;
mod look_alikes;
mod numerals;
mod plain;

use std::ops::Range;

use super::beside;
use super::date::is_date;
use super::forms::Form;
use super::json::PathKey;
use crate::block::BLOCK;
use crate::fingerprints::Fingerprints;
use crate::scrub::encoded;
use crate::scrub::fold::{small, unfold};
use fold::Part;
use look_alikes::{digit_places, digits_with_look_alikes, has_look_alikes};
use numerals::with_numerals;

/// So many bytes of values are folded together, so that most blocks are full.
const BATCH: usize = 8 << 10;

/// The streams that are searched: all that was pushed, when it was [finished](Streams::finish).
#[derive(Default)]
pub(super) struct Streams<'n> {
    /// The Chinese characters that are searched for; where there are none, all are kept.
    searched: Option<&'n Fingerprints>,
    batch: Batch,
    /// Letters and digits.
    pub(super) text: Vec<u8>,
    /// Digits of every script.
    pub(super) digits: Vec<u8>,
    /// Digits with Chinese numerals among them; only if there are any.
    pub(super) numerals: Option<Vec<u8>>,
    /// Digits of values that are no dates; only if there are dates.
    pub(super) undated: Option<Vec<u8>>,
    /// Digits with letters that look like them, where a value mixes both; only if one does.
    pub(super) look_alikes: Option<Vec<u8>>,
    /// Where each value ends in the text.
    ends: Vec<usize>,
    /// Values with digits, in order.
    values: Vec<Value>,
    /// Their texts, one after the other.
    texts: String,
}

/// Values that are not folded yet.
#[derive(Default)]
struct Batch {
    /// The texts, one after the other, a line feed behind each.
    texts: String,
    /// Where each stood in the output, and where its text ends.
    values: Vec<(PathKey, usize)>,
    /// What they become.
    parts: Vec<Part>,
}

/// A value with digits.
struct Value {
    path: PathKey,
    /// Where in the digits it begins.
    digits: usize,
    /// Where its text begins.
    text: usize,
}

/// What a text has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Has {
    /// Digits, folded.
    digits: bool,
    /// Chinese numerals.
    numerals: bool,
}

impl<'n> Streams<'n> {
    /// All that one text says.
    pub(super) fn of_text(text: &str) -> Self {
        let mut streams = Self::default();
        streams.push(text, PathKey::ROOT);
        streams.finish()
    }

    /// Streams of values of so many bytes, as far as they matter to a search for nothing but these
    /// Chinese characters.
    pub(super) fn for_bytes(bytes: usize, searched: &'n Fingerprints) -> Self {
        Self {
            searched: Some(searched),
            text: Vec::with_capacity(bytes + BLOCK),
            digits: Vec::with_capacity(64 + bytes / 16),
            texts: String::with_capacity(bytes / 4),
            ends: Vec::with_capacity(16 + bytes / 32),
            values: Vec::with_capacity(16 + bytes / 128),
            batch: Batch {
                texts: String::with_capacity(bytes.min(BATCH + BATCH / 8)),
                values: Vec::with_capacity(bytes.min(BATCH) / 32),
                parts: Vec::with_capacity(bytes.min(BATCH) / 32),
            },
            ..Self::default()
        }
    }

    /// Adds a value.
    pub(super) fn push(&mut self, text: &str, path: PathKey) {
        let Batch { texts, values, .. } = &mut self.batch;
        texts.push_str(text);
        values.push((path, texts.len()));
        texts.push('\n');
        if texts.len() >= BATCH {
            self.fold();
        }
    }

    /// The streams of all values.
    pub(super) fn finish(mut self) -> Self {
        self.fold();
        self
    }

    /// Folds what has come.
    fn fold(&mut self) {
        let mut batch = std::mem::take(&mut self.batch);
        let (mut from, mut added_from) = (0, self.text.len());
        let ends = batch.values.iter().map(|(_, end)| *end);
        fold::fold(
            &batch.texts,
            ends,
            self.searched,
            &mut self.text,
            &mut batch.parts,
        );
        self.ends.extend(batch.parts.iter().map(|part| part.to));
        for ((path, to), part) in batch.values.iter().zip(&batch.parts) {
            if part.has != Has::default() {
                let text = batch.texts.get(from..*to).unwrap_or_default();
                self.value(text, part.has, added_from..part.to, *path);
            }
            // Behind the line feed.
            (from, added_from) = (to + 1, part.to);
        }
        batch.texts.clear();
        batch.values.clear();
        batch.parts.clear();
        self.batch = batch;
    }

    /// Adds the digits of a value: its text, and where its letters and digits stand.
    fn value(&mut self, text: &str, has: Has, added: Range<usize>, path: PathKey) {
        let added = self.text.get(added).unwrap_or_default();
        let digits_from = self.digits.len();
        if has.digits {
            let digits = digit_places(added).filter_map(|at| added.get(at));
            self.digits.extend(digits);
        }
        let digits = self.digits.get(digits_from..).unwrap_or_default();
        if has.numerals && self.numerals.is_none() {
            self.numerals = Some(beginning(&self.digits, digits_from));
        }
        if let Some(numerals) = &mut self.numerals {
            match has.numerals {
                true => numerals.extend(with_numerals(text)),
                false => numerals.extend_from_slice(digits),
            }
        }
        if digits.is_empty() {
            return;
        }
        let is_date = is_date(text);
        if is_date && self.undated.is_none() {
            self.undated = Some(beginning(&self.digits, digits_from));
        }
        if let Some(undated) = self.undated.as_mut().filter(|_| !is_date) {
            undated.extend_from_slice(digits);
        }
        let is_mixed = !is_date && has_look_alikes(added);
        if is_mixed && self.look_alikes.is_none() {
            self.look_alikes = Some(beginning(&self.digits, digits_from));
        }
        if let Some(look_alikes) = &mut self.look_alikes {
            match is_mixed {
                true => look_alikes.extend(digits_with_look_alikes(added)),
                false => look_alikes.extend_from_slice(digits),
            }
        }
        self.values.push(Value {
            path,
            digits: digits_from,
            text: self.texts.len(),
        });
        self.texts.push_str(text);
    }

    /// The account of an address at a place of the text, with what makes it one.
    pub(super) fn with_provider(&self, form: &Form, account: Range<usize>) -> Option<Range<usize>> {
        let after = self.ends.partition_point(|end| *end < account.end);
        let before = after
            .checked_sub(1)
            .and_then(|before| self.ends.get(before));
        let value = before.copied().unwrap_or(0)..*self.ends.get(after)?;
        if account.start < value.start {
            return None;
        }
        beside::with_provider(form, &self.text, &value, account)
    }

    /// The one value that digits from one position to another came from: its number and its text.
    pub(super) fn value_of(&self, from: usize, to: usize) -> Option<(usize, &str)> {
        let after = self.values.partition_point(|value| value.digits <= from);
        let next = self.values.get(after);
        let value = self.values.get(after.checked_sub(1)?)?;
        let is_one = to <= next.map_or(self.digits.len(), |next| next.digits);
        let end = next.map_or(self.texts.len(), |next| next.text);
        let text = self.texts.get(value.text..end)?;
        is_one.then_some((after, text))
    }

    /// The digits of each path, with something between that is no digit.
    pub(super) fn by_path(&self) -> Vec<u8> {
        let ends = self.values.iter().skip(1).map(|value| value.digits);
        let ends = ends.chain([self.digits.len()]);
        let mut values: Vec<(PathKey, usize, usize)> = self
            .values
            .iter()
            .zip(ends)
            .map(|(value, end)| (value.path, value.digits, end))
            .collect();
        // Where paths are the same, by position.
        values.sort_unstable();
        let mut digits = Vec::with_capacity(self.digits.len() + values.len());
        let mut before = None;
        for (path, from, to) in values {
            if before.replace(path).is_some_and(|before| before != path) {
                digits.push(b'_');
            }
            digits.extend_from_slice(self.digits.get(from..to).unwrap_or_default());
        }
        digits
    }
}

/// Digits up to a position, with room for what comes behind it.
fn beginning(digits: &Vec<u8>, to: usize) -> Vec<u8> {
    let mut beginning = Vec::with_capacity(digits.capacity());
    beginning.extend_from_slice(digits.get(..to).unwrap_or_default());
    beginning
}

/// The span of the text that each byte of its stream of letters and digits came from.
pub(super) fn origins(text: &str) -> Vec<Range<usize>> {
    let mut origins = Vec::new();
    let mut at = 0;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let mut added = Vec::new();
        let length = character_of(rest, character, |part| push(&mut added, part));
        origins.extend(added.iter().map(|_| at..at + length));
        at += length;
    }
    origins
}

/// Calls `part` for what the character at the beginning of a text unfolds to; the bytes it takes.
#[inline]
fn character_of(text: &str, character: char, mut part: impl FnMut(char)) -> usize {
    if character.is_ascii_alphanumeric() {
        part(character);
    } else if !character.is_ascii() {
        unfold(character, part);
    } else if matches!(character, '&' | '%' | '\\')
        && let Some((encoded, bytes)) = encoded::read(text)
    {
        unfold(encoded, part);
        return bytes;
    }
    character.len_utf8()
}

#[inline]
fn push(stream: &mut Vec<u8>, part: char) {
    if part.is_ascii_alphanumeric() {
        stream.push(byte_of(part).to_ascii_lowercase());
    } else if part.is_alphanumeric() {
        let mut bytes = [0; 4];
        stream.extend_from_slice(small(part).encode_utf8(&mut bytes).as_bytes());
    }
}

fn byte_of(character: char) -> u8 {
    u8::try_from(character).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    /// What is split over values is joined, wherever a batch ends.
    #[test]
    fn batches_leave_no_gap() {
        let searched = crate::scrub::han::fingerprints(['零']);
        for before in BATCH - 20..BATCH + 2 {
            let mut streams = Streams::for_bytes(2 * BATCH, &searched);
            streams.push(&"的".repeat(before / 3), PathKey::ROOT);
            streams.push(&"x".repeat(before % 3), PathKey::ROOT);
            for part in ["138", "零零", "2015-03", "13o", "８０００"] {
                streams.push(part, PathKey::ROOT);
            }
            let streams = streams.finish();
            assert!(streams.text.ends_with("138零零20150313o8000".as_bytes()));
            assert_eq!(streams.digits, b"138201503138000");
            assert_eq!(streams.numerals.as_deref(), Some(&b"13800201503138000"[..]));
            assert_eq!(streams.undated.as_deref(), Some(&b"138138000"[..]));
            let look_alikes = b"1382015031308000";
            assert_eq!(streams.look_alikes.as_deref(), Some(&look_alikes[..]));
            assert_eq!(streams.value_of(0, 3), Some((1, "138")));
            assert_eq!(streams.value_of(11, 15), Some((4, "８０００")));
            assert_eq!(streams.value_of(0, 4), None);
        }
    }
}
