//! [`Fingerprints`]: what many sequences of three bytes begin with, as tables that a block is looked
//! up in at once.
//!
//! What must never be here: an answer that is taken for a find. A sequence of the list is always
//! among the candidates, others may be.

use crate::block::{BLOCK, Block, below};
use fearless_simd::Simd;

/// Sequences in eight groups, a bit for each group at the low and at the high half of each byte that
/// it has at the first, second and third place. This is how the Teddy algorithm (Langdale, in
/// Hyperscan) looks for many words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fingerprints {
    places: [Halves; 3],
}

/// For each value of half a byte, the groups that have it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Halves {
    pub(crate) low: [u8; 16],
    pub(crate) high: [u8; 16],
}

const GROUPS: usize = 8;

impl Fingerprints {
    /// Of sequences; where one is shorter, any byte may follow.
    pub(crate) fn new(sequences: impl IntoIterator<Item = [Option<u8>; 3]>) -> Self {
        let mut sequences: Vec<_> = sequences.into_iter().collect();
        // Neighbours have most in common.
        sequences.sort_unstable();
        let mut places = [Halves::default(); 3];
        let group_len = sequences.len().div_ceil(GROUPS).max(1);
        for (group, members) in (0_u32..).zip(sequences.chunks(group_len)) {
            for (halves, place) in places.iter_mut().zip(0..) {
                for member in members {
                    halves.add(1 << group, member.get(place).copied().flatten());
                }
            }
        }
        Self { places }
    }

    /// Where in a block one of the sequences may begin. The last two places always count: what
    /// follows them is not in the block.
    #[inline(always)]
    pub(crate) fn candidates<S: Simd>(&self, block: Block<S>) -> u64 {
        block.groups(&self.places) | !below(BLOCK - 2)
    }
}

impl Halves {
    fn add(&mut self, group: u8, byte: Option<u8>) {
        let is_low = |half: u8| byte.is_none_or(|byte| byte & 0xF == half);
        let is_high = |half: u8| byte.is_none_or(|byte| byte >> 4 == half);
        for (half, groups) in (0..).zip(&mut self.low) {
            *groups |= if is_low(half) { group } else { 0 };
        }
        for (half, groups) in (0..).zip(&mut self.high) {
            *groups |= if is_high(half) { group } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::levels;
    use fearless_simd::dispatch;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_sequence_is_a_candidate(
            sequences in proptest::collection::vec(any::<[u8; 3]>(), 1..200),
            filler in any::<u8>(),
            place in 0..BLOCK - 2,
            is_short in any::<bool>(),
        ) {
            let whole = sequences.iter().map(|sequence| match (sequence, is_short) {
                ([a, b, _], true) => [Some(*a), Some(*b), None],
                ([a, b, c], false) => [Some(*a), Some(*b), Some(*c)],
            });
            let fingerprints = Fingerprints::new(whole);
            for sequence in &sequences {
                let mut bytes = [filler; BLOCK];
                bytes[place..place + 3].copy_from_slice(sequence);
                for level in levels() {
                    let found = dispatch!(level, simd => {
                        fingerprints.candidates(Block::new(simd, &bytes))
                    });
                    prop_assert_eq!(found >> place & 1, 1);
                }
            }
        }
    }

    #[test]
    fn most_other_bytes_are_none() {
        let fingerprints = Fingerprints::new([*b"one", *b"two", *b"six"].map(|w| w.map(Some)));
        let bytes = [b'x'; BLOCK];
        for level in levels() {
            let found = dispatch!(level, simd => fingerprints.candidates(Block::new(simd, &bytes)));
            assert_eq!(found, 3 << 62);
        }
    }
}
