//! [`StringEnds`]: where strings may begin and end, found for a whole text before any is read, so that
//! no string waits for the end of the one before it.
//!
//! What must never be here: which of them are inside a string. Who reads the text knows.

use crate::block::{BLOCK, Block, place_of};
use fearless_simd::{Level, Simd, dispatch};

/// The places of quotes and backslashes, and of control characters if they are wanted.
pub(crate) struct StringEnds {
    /// A bit for each byte.
    masks: Vec<u64>,
}

impl StringEnds {
    /// Of a text in which control characters matter: no string has one (RFC 8259, section 7).
    pub(crate) fn with_controls(bytes: &[u8]) -> Self {
        dispatch!(Level::new(), simd => Self::of(simd, bytes, true))
    }

    /// Of a text in which they do not.
    pub(crate) fn without_controls(bytes: &[u8]) -> Self {
        dispatch!(Level::new(), simd => Self::of(simd, bytes, false))
    }

    #[inline(always)]
    fn of<S: Simd>(simd: S, bytes: &[u8], with_controls: bool) -> Self {
        let (blocks, rest) = bytes.as_chunks();
        let mut masks = vec![0; blocks.len() + 1];
        // Not in a closure, which would be compiled for any processor.
        for (mask, block) in masks.iter_mut().zip(blocks) {
            *mask = Block::new(simd, block).string_ends(with_controls);
        }
        let mut last = [b' '; BLOCK];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        if let Some(mask) = masks.last_mut() {
            *mask = Block::new(simd, &last).string_ends(with_controls);
        }
        Self { masks }
    }

    /// The next place from a position on.
    #[inline(always)]
    pub(crate) fn next_from(&self, from: usize) -> Option<usize> {
        let mut at = from / BLOCK;
        let mut rest = *self.masks.get(at)? & u64::MAX << (from % BLOCK);
        while rest == 0 {
            at += 1;
            rest = *self.masks.get(at)?;
        }
        Some(at * BLOCK + place_of(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_end_is_found(
            bytes in prop::collection::vec(prop::sample::select(b"\"\\\n\0\x1F ax\xE4\x7F".to_vec()), 0..300),
        ) {
            let places = |is_end: fn(u8) -> bool| -> Vec<usize> {
                (0..bytes.len()).filter(|at| is_end(bytes[*at])).collect()
            };
            for (ends, expected) in [
                (
                    StringEnds::without_controls(&bytes),
                    places(|byte| matches!(byte, b'"' | b'\\')),
                ),
                (
                    StringEnds::with_controls(&bytes),
                    places(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)),
                ),
            ] {
                for from in 0..bytes.len() + 100 {
                    let next = expected.iter().find(|at| **at >= from);
                    prop_assert_eq!(ends.next_from(from), next.copied());
                }
            }
        }
    }
}
