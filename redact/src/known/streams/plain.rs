//! [`Plain`]: how far a block can be folded as a whole.
//!
//! What must never be here: what a character folds to. What is not plain is looked at by itself.

use crate::block::{BLOCK, Piece, below, place_of};
use crate::scrub::han;

/// How far a block is plain: ASCII, Chinese characters and the signs around them.
pub(super) struct Plain {
    /// Where it ends to be so, or where a character begins that goes on behind the block.
    pub(super) end: usize,
    /// Whether something else stands there, which is looked at with what follows.
    pub(super) is_before_other: bool,
}

impl Plain {
    #[inline(always)]
    pub(super) fn all(length: usize) -> Self {
        Self {
            end: length,
            is_before_other: false,
        }
    }

    /// `others` are the bytes that are neither ASCII nor of a Chinese character, and those of ASCII
    /// that may begin an encoding.
    #[inline]
    pub(super) fn of(bytes: &[u8], piece: &Piece, mut others: u64, han: u64) -> Self {
        let table = han::table();
        let end = place_of(han & !below(BLOCK - 2)).min(piece.end);
        loop {
            let place = place_of(others);
            if place >= end {
                return Self::all(end);
            }
            let rest = bytes.get(piece.base + place..).unwrap_or_default();
            if !han::is_sign(table, han::code_of_three(rest)) {
                return Self {
                    end: place,
                    is_before_other: true,
                };
            }
            if place + 3 > BLOCK {
                return Self::all(place);
            }
            others &= !(7 << place);
        }
    }
}
