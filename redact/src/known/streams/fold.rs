//! The letters and digits of all values, in blocks of many bytes.
//!
//! What must never be here: what follows from the values' digits.

use super::plain::Plain;
use super::{Has, character_of, push};
use crate::block::{BLOCK, Block, Piece, below, threes};
use crate::fingerprints::Fingerprints;
use crate::scrub::glyphs::han_digit;
use crate::scrub::han::{self, Characters};
use fearless_simd::{Level, Simd, dispatch};

/// What stands in the stream for Chinese characters that are in no form: no byte of a text.
pub(super) const PASSED: u8 = 0xFF;

/// What a value has become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Where it ends in the stream.
    pub(super) to: usize,
    pub(super) has: Has,
}

/// Folds values that stand one after the other, a line feed behind each, which is no part of an
/// encoding: appends to the stream, and gives the part of each value.
///
/// With the Chinese characters that are searched for, others need not be kept: a match ends where
/// they stand, and they cost as much as everything else.
pub(super) fn fold(
    texts: &str,
    ends: impl Iterator<Item = usize>,
    searched: Option<&Fingerprints>,
    stream: &mut Vec<u8>,
    parts: &mut Vec<Part>,
) {
    let mut fold = Fold {
        texts,
        searched,
        numerals: han::digits(),
        stream,
        parts,
        has: Has::default(),
        end: 0,
        ends,
    };
    fold.end = fold.next_end();
    dispatch!(Level::new(), simd => fold.run(simd));
}

struct Fold<'t, I> {
    texts: &'t str,
    searched: Option<&'t Fingerprints>,
    numerals: &'static Characters,
    stream: &'t mut Vec<u8>,
    parts: &'t mut Vec<Part>,
    /// What the value has so far that is being folded, and where it ends.
    has: Has,
    end: usize,
    ends: I,
}

impl<I: Iterator<Item = usize>> Fold<'_, I> {
    fn next_end(&mut self) -> usize {
        self.ends.next().unwrap_or(usize::MAX)
    }

    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S) {
        let bytes = self.texts.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let piece = Piece::at(bytes, at);
            let block = Block::new(simd, &piece.bytes);
            let digits = block.digits();
            let alphanumeric = block.letters() | digits;
            let special = (block.wide() | block.encoding()) & piece.mask();
            let mut kept = alphanumeric;
            let mut plain = Plain::all(piece.end);
            let (mut numerals, mut is_passed) = (0, false);
            if special != 0 {
                let han = block.han() & piece.mask();
                let three = threes(han);
                plain = Plain::of(bytes, &piece, special & !three, han);
                let han = han & below(plain.end);
                numerals = self.numerals.places(block, bytes, piece.base, han);
                is_passed = alphanumeric & below(plain.end) & piece.mask() == 0
                    && self
                        .searched
                        .is_some_and(|searched| searched.candidates(block) & han == 0);
                kept |= three;
            }
            kept &= below(plain.end) & piece.mask();
            let found = Found {
                kept,
                digits,
                numerals,
            };
            let stream_from = self.stream.len();
            if !is_passed {
                let count = usize::try_from(kept.count_ones()).unwrap_or(BLOCK);
                // A whole block, of which what is too much goes again: its length is known
                // beforehand.
                self.stream.extend_from_slice(&block.compressed(kept));
                self.stream.truncate(stream_from + count);
            }
            self.values_in(
                found,
                &piece,
                plain.end,
                (!is_passed).then_some(stream_from),
            );
            at = piece.base + plain.end;
            if plain.is_before_other {
                at += self.one(at);
            }
        }
    }

    /// What a piece has of each value, and the values that end in it. The stream has the piece from
    /// a position on, or has to be told that something was passed.
    #[inline(always)]
    fn values_in(&mut self, found: Found, piece: &Piece, end: usize, mut stream_to: Option<usize>) {
        let mut left = below(end) & piece.mask();
        loop {
            let is_ending = self.end < piece.base + end;
            let until = match is_ending {
                true => below(self.end - piece.base),
                false => u64::MAX,
            };
            let part = left & until;
            let kept = found.kept & part;
            self.has.digits |= kept & found.digits != 0;
            self.has.numerals |= found.numerals & part != 0;
            match &mut stream_to {
                Some(to) => *to += usize::try_from(kept.count_ones()).unwrap_or(BLOCK),
                None if kept != 0 => self.stream.push(PASSED),
                None => {}
            }
            if !is_ending {
                return;
            }
            self.parts.push(Part {
                to: stream_to.unwrap_or(self.stream.len()),
                has: std::mem::take(&mut self.has),
            });
            left &= !until;
            self.end = self.next_end();
        }
    }

    /// Appends what the character at a position says; the bytes that it takes.
    fn one(&mut self, at: usize) -> usize {
        let rest = self.texts.get(at..).unwrap_or_default();
        let Some(character) = rest.chars().next() else {
            return self.texts.len().saturating_sub(at);
        };
        self.has.numerals |= !character.is_ascii() && han_digit(character).is_some();
        let added_from = self.stream.len();
        let length = character_of(rest, character, |part| push(self.stream, part));
        let added = self.stream.get(added_from..).unwrap_or_default();
        self.has.digits |= added.iter().any(u8::is_ascii_digit);
        length
    }
}

/// Bits for the bytes of a piece.
#[derive(Clone, Copy)]
struct Found {
    /// Those that the stream keeps.
    kept: u64,
    digits: u64,
    /// Beginnings of Chinese numerals.
    numerals: u64,
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

    /// The stream of each value, and what it has.
    fn quickly(values: &[String], searched: Option<&Fingerprints>) -> Vec<(Vec<u8>, Has)> {
        let (mut texts, mut ends) = (String::new(), Vec::new());
        for value in values {
            texts.push_str(value);
            ends.push(texts.len());
            texts.push('\n');
        }
        // Behind what was folded before.
        let (mut stream, mut parts) = (b"before".to_vec(), Vec::new());
        let mut from = stream.len();
        fold(&texts, ends.into_iter(), searched, &mut stream, &mut parts);
        let streams = parts.iter().map(|part| {
            let of_value = stream[from..part.to].to_vec();
            from = part.to;
            (of_value, part.has)
        });
        let streams = streams.collect();
        assert_eq!(from, stream.len());
        streams
    }

    #[test]
    fn every_character_is_folded_as_by_itself() {
        for character in ('\0'..='\u{FFFF}').chain('\u{1F100}'..'\u{1F200}') {
            let text = character.to_string();
            assert_eq!(quickly(std::slice::from_ref(&text), None), [slowly(&text)]);
        }
    }

    /// With one sign in the place of what is in no form, however much it is.
    fn without(stream: &[u8], searched: &str) -> String {
        let mut signs = String::new();
        let sign =
            |c: char| c == '_' || (crate::ideographs::is_unified(c) && !searched.contains(c));
        for part in stream.split_inclusive(|byte| *byte == PASSED) {
            let is_passed = part.ends_with(&[PASSED]);
            let text = &part[..part.len() - usize::from(is_passed)];
            let text = std::str::from_utf8(text).expect("whole characters");
            for character in text.chars().chain(is_passed.then_some('_')) {
                match sign(character) {
                    true if signs.ends_with('_') => {}
                    true => signs.push('_'),
                    false => signs.push(character),
                }
            }
        }
        signs
    }

    fn values() -> impl Strategy<Value = Vec<String>> {
        let value = "(\\PC|[ -~]{1,40}|[的一是在不了有和人这中大为上个国]{20,60}|[一二三百千万亿的点特，。、]{1,9}|%3[0-9]|&#49;|\\\\u0031|\\n){0,9}";
        prop::collection::vec(value, 0..6)
    }

    proptest! {
        #[test]
        fn blocks_give_what_characters_give(values in values()) {
            let slowly: Vec<_> = values.iter().map(|value| slowly(value)).collect();
            prop_assert_eq!(quickly(&values, None), slowly);
        }

        #[test]
        fn only_what_is_in_no_form_is_passed(values in values()) {
            let searched = "艾特点";
            let passed = quickly(&values, Some(&han::fingerprints(searched.chars())));
            prop_assert_eq!(passed.len(), values.len());
            for (value, (stream, has)) in values.iter().zip(passed) {
                let (whole, expected) = slowly(value);
                prop_assert_eq!(without(&stream, searched), without(&whole, searched));
                prop_assert_eq!(has, expected);
            }
        }
    }
}
