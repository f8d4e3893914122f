//! What all values of an output say, folded and one after the other.
//!
//! What must never be here: a gap between two values. A number may be split over fields.

mod numerals;
mod plain;

use std::ops::Range;

use super::date::is_date;
use super::json::PathKey;
use crate::block::{BLOCK, Block, Piece, below, threes};
use crate::scrub::encoded;
use crate::scrub::fold::{small, unfold};
use crate::scrub::glyphs::{digit_look_alike, han_digit};
use fearless_simd::{Level, Simd, dispatch};
use numerals::{Numerals, with_numerals};
use plain::Plain;

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
    /// Their texts, one after the other.
    texts: String,
}

/// A value with digits.
struct Value {
    path: PathKey,
    /// Where in the digits it begins.
    digits: usize,
    /// Where its text begins.
    text: usize,
}

impl Streams {
    /// Streams of values of so many bytes.
    pub(super) fn for_bytes(bytes: usize) -> Self {
        Self {
            text: Vec::with_capacity(bytes + BLOCK),
            digits: Vec::with_capacity(bytes / 16),
            texts: String::with_capacity(bytes / 4),
            values: Vec::with_capacity(bytes / 256),
            ..Self::default()
        }
    }

    /// Adds a value.
    pub(super) fn value(&mut self, text: &str, path: PathKey) {
        let (text_from, digits_from) = (self.text.len(), self.digits.len());
        let has = self.letters_and_digits(text);
        let has_numerals = has.numerals;
        let added = self.text.get(text_from..).unwrap_or_default();
        if has.digits {
            self.digits
                .extend(added.iter().filter(|byte| byte.is_ascii_digit()));
        }
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
        self.values.push(Value {
            path,
            digits: digits_from,
            text: self.texts.len(),
        });
        self.texts.push_str(text);
    }

    /// Appends the folded letters and digits of a text.
    fn letters_and_digits(&mut self, text: &str) -> Has {
        dispatch!(Level::new(), simd => self.fold(simd, text))
    }

    #[inline(always)]
    fn fold<S: Simd>(&mut self, simd: S, text: &str) -> Has {
        let bytes = text.as_bytes();
        let (mut has, mut at) = (Has::default(), 0);
        while at < bytes.len() {
            let piece = Piece::at(bytes, at);
            let block = Block::new(simd, &piece.bytes);
            let wide = block.wide();
            let special = (wide | block.encoding()) & piece.mask();
            let digits = block.digits();
            let mut kept = block.letters() | digits;
            let mut plain = Plain::all(piece.end);
            if special != 0 {
                let han = block.han() & piece.mask();
                let three = threes(han);
                plain = Plain::of(bytes, &piece, special & !three, han);
                kept |= three;
                has.numerals = has.numerals
                    || Numerals::of(block, bytes, piece.base, han & below(plain.end)).has_digit;
            }
            kept &= below(plain.end) & piece.mask();
            has.digits |= kept & digits != 0;
            let count = usize::try_from(kept.count_ones()).unwrap_or(BLOCK);
            // A whole block, of which what is too much goes again: its length is known beforehand.
            let kept_from = self.text.len();
            self.text.extend_from_slice(&block.compressed(kept));
            self.text.truncate(kept_from + count);
            at = piece.base + plain.end;
            if plain.is_before_other {
                at += self.one(text, at, &mut has);
            }
        }
        has
    }

    /// Appends what the character at a position says; the bytes that it takes.
    fn one(&mut self, text: &str, at: usize, has: &mut Has) -> usize {
        let rest = text.get(at..).unwrap_or_default();
        let Some(character) = rest.chars().next() else {
            return text.len().saturating_sub(at);
        };
        has.numerals |= !character.is_ascii() && han_digit(character).is_some();
        let added_from = self.text.len();
        let length = character_of(rest, character, |part| push(&mut self.text, part));
        let added = self.text.get(added_from..).unwrap_or_default();
        has.digits |= added.iter().any(u8::is_ascii_digit);
        length
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

/// What a text has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Has {
    /// Digits, folded.
    digits: bool,
    /// Chinese numerals.
    numerals: bool,
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Character by character, without tables and blocks.
    fn slowly(text: &str) -> (Vec<u8>, Has) {
        let mut stream = Vec::new();
        let mut has = Has::default();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            has.numerals |= !character.is_ascii() && han_digit(character).is_some();
            let length = character_of(rest, character, |part| push(&mut stream, part));
            rest = rest.get(length..).expect("a boundary");
        }
        has.digits = stream.iter().any(u8::is_ascii_digit);
        (stream, has)
    }

    fn quickly(text: &str) -> (Vec<u8>, Has) {
        let mut streams = Streams::default();
        let has = streams.letters_and_digits(text);
        (streams.text, has)
    }

    #[test]
    fn every_character_is_folded_as_by_itself() {
        for character in ('\0'..='\u{FFFF}').chain('\u{1F100}'..'\u{1F200}') {
            let text = character.to_string();
            assert_eq!(quickly(&text), slowly(&text), "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn blocks_give_what_characters_give(
            text in "(\\PC|[ -~]{1,40}|[一二三百千万亿的，。、]{1,9}|%3[0-9]|&#49;|\\\\u0031){0,9}"
        ) {
            prop_assert_eq!(quickly(&text), slowly(&text));
        }

    }
}
