//! What all values of an output say, folded and one after the other.
//!
//! What must never be here: a gap between two values. A number may be split over fields.

use std::collections::BTreeMap;
use std::ops::Range;

use super::date::is_date;
use super::json::PathKey;
use crate::scrub::digits::{Reading, groups};
use crate::scrub::encoded;
use crate::scrub::fold::{Folded, small, unfold};
use crate::scrub::glyphs::{digit_look_alike, han_digit};

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
    /// Digits of each path.
    pub(super) by_path: BTreeMap<PathKey, Vec<u8>>,
    /// Where in `digits` a value begins, and its text. Only values with digits.
    pub(super) values: Vec<(usize, String)>,
}

impl Streams {
    /// Adds a value.
    pub(super) fn value(&mut self, text: &str, path: PathKey) {
        let (text_from, digits_from) = (self.text.len(), self.digits.len());
        let has_numerals = self.letters_and_digits(text);
        let added = self.text.get(text_from..).unwrap_or_default();
        self.digits
            .extend(added.iter().filter(|byte| byte.is_ascii_digit()));
        let digits = self.digits.get(digits_from..).unwrap_or_default();
        if has_numerals && self.numerals.is_none() {
            self.numerals = self.digits.get(..digits_from).map(<[u8]>::to_vec);
        }
        if let Some(numerals) = &mut self.numerals {
            match has_numerals {
                true => numerals.extend(with_numerals(text)),
                false => numerals.extend_from_slice(digits),
            }
        }
        if digits.is_empty() {
            return;
        }
        let is_date = is_date(text);
        if is_date && self.undated.is_none() {
            self.undated = self.digits.get(..digits_from).map(<[u8]>::to_vec);
        }
        if let Some(undated) = self.undated.as_mut().filter(|_| !is_date) {
            undated.extend_from_slice(digits);
        }
        let is_mixed = !is_date && has_look_alikes(added);
        if is_mixed && self.look_alikes.is_none() {
            self.look_alikes = self.digits.get(..digits_from).map(<[u8]>::to_vec);
        }
        if let Some(look_alikes) = &mut self.look_alikes {
            match is_mixed {
                true => look_alikes.extend(added.iter().map(|byte| look_alike(*byte))),
                false => look_alikes.extend_from_slice(digits),
            }
        }
        self.by_path
            .entry(path)
            .or_default()
            .extend_from_slice(digits);
        self.values.push((digits_from, text.to_owned()));
    }

    /// Appends the folded letters and digits of a text; tells whether there are Chinese numerals.
    fn letters_and_digits(&mut self, text: &str) -> bool {
        let mut has_numerals = false;
        let mut rest = text;
        self.text.reserve(text.len());
        while let Some(character) = rest.chars().next() {
            has_numerals |= !character.is_ascii() && han_digit(character).is_some();
            let length = character_of(rest, character, |part| push(&mut self.text, part));
            rest = rest.get(length..).unwrap_or_default();
        }
        has_numerals
    }

    /// The one value that digits from one position to another came from, and where it begins.
    pub(super) fn value_of(&self, from: usize, to: usize) -> Option<&str> {
        let after = self.values.partition_point(|(start, _)| *start <= from);
        let end = self
            .values
            .get(after)
            .map_or(self.digits.len(), |(start, _)| *start);
        let (_, text) = self.values.get(after.checked_sub(1)?)?;
        (to <= end).then_some(text.as_str())
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

fn with_numerals(text: &str) -> Vec<u8> {
    let folded = Folded::new(text);
    let groups = groups(&folded, Reading::Plain);
    groups
        .into_iter()
        .flat_map(|group| group.digits.into_bytes())
        .collect()
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
