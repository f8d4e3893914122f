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
}
