//! Text as the detector looks at it, each character with the span of the original that it came
//! from.
//!
//! Compatibility forms are unfolded (NFKC's mappings, without its composition), marks and
//! invisible characters are gone, decimal digits of every script are ASCII, letters are small,
//! look-alikes of other alphabets are Latin, and what entities and escapes write is read.
//!
//! What must never be here: a use for output. What is shown is cut from the original.

use super::encoded;
use super::glyphs::{digit_glyph, latin_look_alike};
use super::invisible::is_dropped;
use crate::ideographs::is_unified;
use crate::transform::fold::decimal_digit;
use unicode_normalization::char::decompose_compatible;

/// One folded character.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    /// Folded, in small letters.
    pub(crate) character: char,
    /// Whether the original was a capital.
    pub(crate) is_capital: bool,
    /// Whether a mark or something invisible follows.
    pub(crate) is_marked: bool,
    /// Bytes of the original.
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Folded text. Positions are indices of units.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folded {
    pub(crate) units: Vec<Unit>,
}

impl Folded {
    pub(crate) fn new(text: &str) -> Self {
        let mut folded = Self {
            units: Vec::with_capacity(text.len()),
        };
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let from = text.len() - rest.len();
            // What stands for nothing but itself, as most of Latin text does.
            if first.is_ascii_alphanumeric() || first == ' ' {
                folded.units.push(Unit {
                    character: first.to_ascii_lowercase(),
                    is_capital: first.is_ascii_uppercase(),
                    is_marked: false,
                    from,
                    to: from + 1,
                });
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let (character, length) = match encoded::read(rest) {
                Some((character, length)) => (character, length),
                None => (first, first.len_utf8()),
            };
            folded.push(character, from, from + length);
            rest = rest.get(length..).unwrap_or_default();
        }
        folded
    }

    fn push(&mut self, character: char, from: usize, to: usize) {
        let before = self.units.len();
        unfold(character, |part| self.unit(part, from, to));
        if self.units.len() == before {
            self.extend_last(to);
        }
    }

    fn unit(&mut self, character: char, from: usize, to: usize) {
        self.units.push(Unit {
            character: small(character),
            is_capital: character.is_uppercase(),
            is_marked: false,
            from,
            to,
        });
    }

    /// A mark belongs to the character before it.
    fn extend_last(&mut self, to: usize) {
        if let Some(last) = self.units.last_mut() {
            last.to = to;
            last.is_marked = true;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.units.len()
    }

    /// The character at a position; NUL, which no folded text holds, outside.
    pub(crate) fn at(&self, position: usize) -> char {
        self.units.get(position).map_or('\0', |unit| unit.character)
    }

    /// The character before a position.
    pub(crate) fn before(&self, position: usize) -> char {
        position.checked_sub(1).map_or('\0', |at| self.at(at))
    }

    pub(crate) fn is_capital(&self, position: usize) -> bool {
        self.units.get(position).is_some_and(|unit| unit.is_capital)
    }

    pub(crate) fn slice(&self, from: usize, to: usize) -> &[Unit] {
        self.units.get(from..to).unwrap_or_default()
    }

    pub(crate) fn characters(&self, from: usize, to: usize) -> impl Iterator<Item = char> {
        self.slice(from, to).iter().map(|unit| unit.character)
    }

    pub(crate) fn text(&self, from: usize, to: usize) -> String {
        self.characters(from, to).collect()
    }

    /// Whether the characters from a position on are those of a word.
    pub(crate) fn has(&self, position: usize, word: &str) -> bool {
        let mut at = position;
        word.chars().all(|expected| {
            let is_same = self.at(at) == expected;
            at += 1;
            is_same
        })
    }

    /// The end of the run of characters, from a position on, that a test accepts.
    pub(crate) fn run(&self, from: usize, accepts: impl Fn(char) -> bool) -> usize {
        self.run_within(from, usize::MAX, accepts)
    }

    /// The same, so many characters at the most. A rule that begins at many places and takes no more
    /// than that says so: a text may be one run, and would be read from each of them to its end.
    pub(crate) fn run_within(
        &self,
        from: usize,
        most: usize,
        accepts: impl Fn(char) -> bool,
    ) -> usize {
        let rest = self.units.get(from..).unwrap_or_default().iter().take(most);
        from + rest.take_while(|unit| accepts(unit.character)).count()
    }

    /// The start of such a run that ends before a position.
    pub(crate) fn run_back(&self, to: usize, accepts: impl Fn(char) -> bool) -> usize {
        self.run_back_within(to, usize::MAX, accepts)
    }

    /// The same, so many characters at the most.
    pub(crate) fn run_back_within(
        &self,
        to: usize,
        most: usize,
        accepts: impl Fn(char) -> bool,
    ) -> usize {
        let before = self.units.get(..to).unwrap_or_default().iter().rev();
        let run = before.take(most).take_while(|unit| accepts(unit.character));
        to - run.count()
    }
}

/// What a character unfolds to, capitals and look-alikes as they are: nothing, itself or a few.
pub(crate) fn unfold(character: char, mut part: impl FnMut(char)) {
    if character.is_ascii() {
        if !is_dropped(character) {
            part(character);
        }
        return;
    }
    // Most of Chinese text: nothing to unfold. The wide comma parts clauses and
    // never thousands.
    if is_unified(character) || character == '，' {
        part(character);
        return;
    }
    if is_dropped(character) {
        return;
    }
    if let Some(digits) = digit_glyph(character) {
        digits.chars().for_each(part);
        return;
    }
    decompose_compatible(character, |piece| {
        if !is_dropped(piece) {
            part(match decimal_digit(piece) {
                Some(digit) => char::from(digit),
                None => piece,
            });
        }
    });
}

/// The small letter of a character, Latin if it looks so.
pub(crate) fn small(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    let small = character.to_lowercase().next().unwrap_or(character);
    latin_look_alike(small).unwrap_or(small)
}
