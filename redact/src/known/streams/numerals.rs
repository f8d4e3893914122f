//! Chinese numerals in text, and the digits that they stand for.
//!
//! What must never be here: a rule for numbers; the detector's groups are what a number is.

use crate::block::{BLOCK, Block, Piece, below, place_of, threes};
use crate::scrub::digits::{Reading, groups};
use crate::scrub::fold::Folded;
use crate::scrub::glyphs::han_digit;
use crate::scrub::han;
use fearless_simd::{Level, Simd, dispatch};

/// The digits of a text with its numerals. No number goes on over a Chinese character that is
/// neither a numeral nor a power of ten, nor over a wide comma or full stop, so the parts between
/// these are read by themselves, and most are empty.
pub(super) fn with_numerals(text: &str) -> Vec<u8> {
    dispatch!(Level::new(), simd => numerals_in_parts(simd, text))
}

#[inline(always)]
fn numerals_in_parts<S: Simd>(simd: S, text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let numerals = han::numerals();
    let mut digits = Vec::new();
    // Where a part begins, and how far it is read.
    let (mut from, mut at) = (0, 0);
    while at < bytes.len() {
        let piece = Piece::at(bytes, at);
        let block = Block::new(simd, &piece.bytes);
        let mut parting = 0;
        let mut end = piece.end;
        let wide = block.wide() & piece.mask();
        if wide != 0 {
            let begins = wide & !block.inner();
            // A character that goes on behind the block is the next one's.
            if piece.base + BLOCK < bytes.len() {
                end = place_of(begins & !below(BLOCK - 2)).min(end);
            }
            let han = block.han() & piece.mask() & below(end);
            parting = han & !numerals.places(block, bytes, piece.base, han);
            let mut others = begins & !han & below(end);
            while others != 0 {
                let place = place_of(others);
                others &= others - 1;
                let code = han::code_of_three(bytes.get(piece.base + place..).unwrap_or_default());
                // 、。，
                let parts = matches!(code, 0x3001 | 0x3002 | 0xFF0C);
                parting |= u64::from(parts) << place;
            }
        }
        // Most characters part nothing: a part goes on to the first of many.
        let mut parting = threes(parting);
        while parting != 0 {
            let place = place_of(parting);
            if from < piece.base + place {
                let part = text.get(from..piece.base + place);
                numerals_of(part.unwrap_or_default(), &mut digits);
            }
            let after = place_of(!parting & !below(place));
            parting &= !below(after);
            from = piece.base + after;
        }
        at = piece.base + end;
    }
    numerals_of(text.get(from..).unwrap_or_default(), &mut digits);
    digits
}

/// Appends the digits of a part, numerals read.
fn numerals_of(part: &str, digits: &mut Vec<u8>) {
    // One numeral by itself, as most are.
    let mut characters = part.chars();
    let Some(one) = characters.next() else {
        return;
    };
    if characters.next().is_none()
        && let flags = han::flags(han::table(), u32::from(one)).unwrap_or(0)
        && flags & han::DIGIT != 0
        && let Some(digit) = han_digit(one)
    {
        digits.push(b'0' + digit);
        return;
    }
    let folded = Folded::new(part);
    for group in groups(&folded, Reading::Plain) {
        digits.extend_from_slice(group.digits.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The digits of a whole text, not parted.
    fn numerals_at_once(text: &str) -> Vec<u8> {
        let groups = groups(&Folded::new(text), Reading::Plain);
        let digits = groups.into_iter().map(|group| group.digits.into_bytes());
        digits.flatten().collect()
    }

    proptest! {
        #[test]
        fn parts_have_the_numerals_of_the_whole(
            text in "([一二三九零两十百千万亿的我，。、！ 0-9]|one|double |ba|san|-|o|thousand|e\u{301}){0,16}"
        ) {
            prop_assert_eq!(with_numerals(&text), numerals_at_once(&text), "{}", text);
        }
    }
}
