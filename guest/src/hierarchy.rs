//! Search in the sorted arrays of a frame: ancestors and tags.
//!
//! The arrays are small (an entity's ancestors, its tags), so the search is linear with an early
//! end up to a bound and halves beyond it. No allocation here.

/// Below this many elements a linear search is faster.
const LINEAR: usize = 16;

/// Whether the ascending little-endian words in `words` hold `wanted`.
pub fn contains(words: &[[u8; 4]], wanted: u32) -> bool {
    if words.len() <= LINEAR {
        return words.iter().any(|w| u32::from_le_bytes(*w) == wanted);
    }
    words
        .binary_search_by(|w| u32::from_le_bytes(*w).cmp(&wanted))
        .is_ok()
}

/// Whether two lists of ascending little-endian words have one in common.
pub fn meet(mut a: &[[u8; 4]], mut b: &[[u8; 4]]) -> bool {
    while let (Some((first, others)), Some((second, rest))) = (a.split_first(), b.split_first()) {
        let (first, second) = (u32::from_le_bytes(*first), u32::from_le_bytes(*second));
        match () {
            () if first == second => return true,
            () if first < second => a = others,
            () => b = rest,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn finds_what_is_there_and_nothing_else() {
        for count in [0_u32, 1, 15, 16, 17, 200] {
            let words: Vec<[u8; 4]> = (0..count).map(|i| (i * 2 + 1).to_le_bytes()).collect();
            for wanted in 0..count * 2 + 2 {
                assert_eq!(
                    contains(&words, wanted),
                    wanted % 2 == 1 && wanted < count * 2
                );
            }
        }
    }

    #[test]
    fn lists_meet_where_they_share_a_word() {
        let words = |bits: u32| -> Vec<[u8; 4]> {
            let set = (0_u32..6).filter(|bit| bits >> bit & 1 == 1);
            set.map(|bit| (bit * 3).to_le_bytes()).collect()
        };
        for a in 0..64 {
            for b in 0..64 {
                assert_eq!(meet(&words(a), &words(b)), a & b != 0, "{a:b} {b:b}");
            }
        }
    }
}
