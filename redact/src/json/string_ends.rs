//! [`StringEnds`]: where strings may begin and end, found for a whole text before any is read, so that
//! no string waits for the end of the one before it.
//!
//! What must never be here: which of them are inside a string. Who reads the text knows.

use crate::block::{BLOCK, Block};
use fearless_simd::{Level, Simd, dispatch};

/// The places of quotes and backslashes, and of control characters if they are wanted, in order.
pub(crate) struct StringEnds {
    /// A bit for each byte.
    masks: Vec<u64>,
    /// The mask that is read, and what is left of it.
    at: usize,
    rest: u64,
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
        Self {
            rest: masks.first().copied().unwrap_or(0),
            at: 0,
            masks,
        }
    }

    /// The next place.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<usize> {
        while self.rest == 0 {
            self.rest = *self.masks.get(self.at + 1)?;
            self.at += 1;
        }
        let place = usize::try_from(self.rest.trailing_zeros()).ok()?;
        self.rest &= self.rest - 1;
        Some(self.at * BLOCK + place)
    }

    /// The next place from a position on.
    #[inline(always)]
    pub(crate) fn next_from(&mut self, from: usize) -> Option<usize> {
        // Most often it is the next one.
        match self.next()? {
            place if place >= from => Some(place),
            _ => {
                self.go_to(from);
                self.next()
            }
        }
    }

    /// Leaves out what comes before a position.
    #[inline(never)]
    fn go_to(&mut self, from: usize) {
        self.at = from / BLOCK;
        let rest = self.masks.get(self.at).copied().unwrap_or(0);
        self.rest = rest & u64::MAX << (from % BLOCK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(mut ends: StringEnds) -> Vec<usize> {
        std::iter::from_fn(|| ends.next()).collect()
    }

    proptest! {
        #[test]
        fn every_end_is_found(
            bytes in prop::collection::vec(prop::sample::select(b"\"\\\n\0\x1F ax\xE4\x7F".to_vec()), 0..300),
            from in 0..320_usize,
        ) {
            let places = |is_end: fn(u8) -> bool| -> Vec<usize> {
                (0..bytes.len()).filter(|at| is_end(bytes[*at])).collect()
            };
            let plain = places(|byte| matches!(byte, b'"' | b'\\'));
            let strict = places(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            prop_assert_eq!(all(StringEnds::without_controls(&bytes)), plain);
            prop_assert_eq!(&all(StringEnds::with_controls(&bytes)), &strict);
            let mut ends = StringEnds::with_controls(&bytes);
            ends.go_to(from);
            let after: Vec<usize> = strict.into_iter().filter(|at| *at >= from).collect();
            prop_assert_eq!(&all(ends), &after);
            let mut ends = StringEnds::with_controls(&bytes);
            prop_assert_eq!(ends.next_from(from), after.first().copied());
        }
    }
}
