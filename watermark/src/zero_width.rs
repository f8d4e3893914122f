//! W3: the mark id as a run of invisible characters, for text that is copied out of its document.
//!
//! A code is 128 characters: the 96 bits of the id and their CRC-32, a bit a character. Four pairs of
//! characters take turns, so a character tells its place modulo four as well as its bit:
//!
//! ```text
//! place mod 4      0       1       2       3
//! bit 0         U+200B  U+200D  U+2061  U+2063
//! bit 1         U+200C  U+2060  U+2062  U+2064
//! ```
//!
//! So a character that went missing is noticed where it stood, a few are filled in by the check
//! sum, and what two companies leave after comparing their copies can still be matched with the
//! ledger's ids ([`suspects`]). The last character does not join letters, so no script is shaped
//! otherwise than before.
//!
//! | file | what it holds |
//! |---|---|
//! | `place` | where in a document and in a text codes go |
//! | `trace` | codes found in any text, damaged ones too |
//! | `suspects` | damaged codes against the ids of a ledger, with the chance of blaming an innocent |
//!
//! What must never be here: a code of anything but a mark id.

pub(crate) mod place;
mod suspects;
mod trace;

pub use suspects::Suspect;
pub use trace::{FoundCode, Trace};

use crate::mark_id::MarkId;

/// Characters of a code.
pub(crate) const LENGTH: usize = 128;

/// Those of them that carry the id; the others carry the check sum.
const ID_BITS: usize = 96;

/// Two characters a phase, see the module's table.
const ALPHABET: [char; 8] = [
    '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{2061}', '\u{2062}', '\u{2063}', '\u{2064}',
];

/// One character of a code, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Symbol {
    /// Its place modulo four.
    phase: usize,
    bit: bool,
}

impl Symbol {
    fn read(character: char) -> Option<Self> {
        let index = ALPHABET.iter().position(|c| *c == character)?;
        Some(Self {
            phase: index / 2,
            bit: index % 2 == 1,
        })
    }

    fn write(place: usize, bit: bool) -> char {
        let index = place % 4 * 2 + usize::from(bit);
        // The index is below eight.
        ALPHABET.get(index).copied().unwrap_or_default()
    }
}

/// An id's code as a number: the bit of place 0 is the highest.
fn word(id: MarkId) -> u128 {
    let check = crc32fast::hash(id.as_bytes());
    let id = id.as_bytes().iter();
    id.fold(0, |word, byte| word << 8 | u128::from(*byte)) << 32 | u128::from(check)
}

/// The id whose code this is, if the check sum holds.
fn read(word: u128) -> Option<MarkId> {
    let bytes = word.to_be_bytes();
    let (id, _) = bytes.split_first_chunk::<{ ID_BITS / 8 }>()?;
    let id = MarkId::from_bytes(*id);
    (self::word(id) == word).then_some(id)
}

/// A number with the bit of one place set.
fn at(place: usize) -> u128 {
    1_u128
        .rotate_right(1)
        .checked_shr(place as u32)
        .unwrap_or_default()
}

/// An id's code.
pub(crate) fn code(id: MarkId) -> String {
    let word = word(id);
    let places = 0..LENGTH;
    places
        .map(|place| Symbol::write(place, word & at(place) != 0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_invisible_and_reads_back() {
        let id = MarkId::from_bytes(*b"\xff\x00\x12\x34\x56\x78\x9a\xbc\xde\xf0\x0f\xa5");
        let text = code(id);
        assert_eq!(text.chars().count(), LENGTH);
        assert!(text.chars().all(crate::invisible::is_invisible));
        let symbols: Vec<Symbol> = text.chars().filter_map(Symbol::read).collect();
        assert!(symbols.iter().enumerate().all(|(i, s)| s.phase == i % 4));
        let word = symbols
            .iter()
            .fold(0, |word, s| word << 1 | u128::from(s.bit));
        assert_eq!(read(word), Some(id));
        assert_eq!(read(word ^ 1), None);
    }
}
