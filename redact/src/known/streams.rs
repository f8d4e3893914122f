//! What all values of an output say, folded and one after the other.
//!
//! What must never be here: a gap between two values. A number may be split over fields.

mod fold;
mod numerals;
mod plain;

use std::ops::Range;

use super::date::is_date;
use super::json::PathKey;
use crate::scrub::encoded;
use crate::scrub::fold::{small, unfold};
use crate::scrub::glyphs::digit_look_alike;
use crate::scrub::han::Characters;
use numerals::with_numerals;

/// Values, as they are read.
#[derive(Default)]
pub(super) struct Values {
    /// The texts, one after the other, a line feed behind each.
    texts: String,
    values: Vec<(PathKey, usize)>,
}

impl Values {
    /// Values of a body of so many bytes.
    pub(super) fn for_bytes(bytes: usize) -> Self {
        Self {
            texts: String::with_capacity(bytes),
            values: Vec::with_capacity(bytes / 64),
        }
    }

    /// Adds a value.
    pub(super) fn push(&mut self, text: &str, path: PathKey) {
        self.texts.push_str(text);
        self.values.push((path, self.texts.len()));
        self.texts.push('\n');
    }
}

/// The streams that are searched.
#[derive(Default)]
pub(super) struct Streams {
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
    /// Values with digits, in order.
    values: Vec<Value>,
    /// The texts of all values.
    texts: String,
}

/// A value with digits.
struct Value {
    path: PathKey,
    /// Where in the digits it begins.
    digits: usize,
    /// Where its text stands.
    text: Range<usize>,
}

/// What a text has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Has {
    /// Digits, folded.
    digits: bool,
    /// Chinese numerals.
    numerals: bool,
}

impl Streams {
    /// All that one text says.
    pub(super) fn of_text(text: &str) -> Self {
        let mut values = Values::default();
        values.push(text, PathKey::ROOT);
        Self::of(values, None)
    }

    /// What values say, as far as it matters to a search for nothing but these Chinese characters.
    pub(super) fn of(values: Values, searched: Option<&Characters>) -> Self {
        let Values { texts, values } = values;
        let ends = values.iter().map(|(_, end)| *end);
        let (text, parts) = fold::fold(&texts, ends, searched);
        let mut streams = Self {
            digits: Vec::with_capacity(64 + text.len() / 16),
            values: Vec::with_capacity(values.len() / 2),
            ..Self::default()
        };
        let (mut from, mut added_from) = (0, 0);
        for ((path, to), part) in values.into_iter().zip(parts) {
            if part.has != Has::default() {
                let added = text.get(added_from..part.to).unwrap_or_default();
                streams.value(&texts, from..to, part.has, added, path);
            }
            // Behind the line feed.
            (from, added_from) = (to + 1, part.to);
        }
        Self {
            text,
            texts,
            ..streams
        }
    }

    /// Adds the digits of a value: where its text stands, and what was added to the letters and
    /// digits for it.
    fn value(&mut self, texts: &str, at: Range<usize>, has: Has, added: &[u8], path: PathKey) {
        let digits_from = self.digits.len();
        if has.digits {
            self.digits
                .extend(added.iter().filter(|byte| byte.is_ascii_digit()));
        }
        let text = texts.get(at.clone()).unwrap_or_default();
        let digits = self.digits.get(digits_from..).unwrap_or_default();
        if has.numerals && self.numerals.is_none() {
            self.numerals = Some(self.digits_before(digits_from));
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
            self.undated = Some(self.digits_before(digits_from));
        }
        if let Some(undated) = self.undated.as_mut().filter(|_| !is_date) {
            undated.extend_from_slice(digits);
        }
        let is_mixed = !is_date && has_look_alikes(added);
        if is_mixed && self.look_alikes.is_none() {
            self.look_alikes = Some(self.digits_before(digits_from));
        }
        if let Some(look_alikes) = &mut self.look_alikes {
            match is_mixed {
                true => look_alikes.extend(added.iter().map(|byte| look_alike(*byte))),
                false => look_alikes.extend_from_slice(digits),
            }
        }
        self.values.push(Value {
            path,
            digits: digits_from,
            text: at,
        });
    }

    /// The digits before a position, with room for what comes behind it.
    fn digits_before(&self, to: usize) -> Vec<u8> {
        let mut digits = Vec::with_capacity(self.digits.capacity());
        digits.extend_from_slice(self.digits.get(..to).unwrap_or_default());
        digits
    }

    /// The one value that digits from one position to another came from: its number and its text.
    pub(super) fn value_of(&self, from: usize, to: usize) -> Option<(usize, &str)> {
        let after = self.values.partition_point(|value| value.digits <= from);
        let next = self.values.get(after);
        let value = self.values.get(after.checked_sub(1)?)?;
        let is_one = to <= next.map_or(self.digits.len(), |next| next.digits);
        let text = self.texts.get(value.text.clone())?;
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

fn has_look_alikes(text: &[u8]) -> bool {
    let is_letter =
        |byte: u8| byte.is_ascii_lowercase() && digit_look_alike(char::from(byte)).is_some();
    text.windows(2).any(|pair| match pair {
        [one, two] => {
            (one.is_ascii_digit() && is_letter(*two)) || (is_letter(*one) && two.is_ascii_digit())
        }
        _ => false,
    })
}

/// The digit that a byte stands for, or a byte that ends a number.
fn look_alike(byte: u8) -> u8 {
    if byte.is_ascii_digit() {
        return byte;
    }
    digit_look_alike(char::from(byte)).map_or(b'_', |digit| b'0' + digit)
}
