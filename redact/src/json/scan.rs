//! Finds the next byte of a string that needs a decision, many at a time.
//!
//! What must never be here: the decision. A byte that is returned too early
//! costs time and nothing else; one that is passed over would be a fault.

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// Words that are looked at before blocks: most strings are short.
const FIRST_WORDS: usize = 2;

/// How many leading bytes are plain: no control, no quote, no backslash.
#[inline]
pub(super) fn plain_prefix(bytes: &[u8]) -> usize {
    let mut at = 0;
    let (words, _) = bytes.as_chunks::<8>();
    for word in words.iter().take(FIRST_WORDS) {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return at + first(special);
        }
        at += 8;
    }
    at + long_prefix(bytes.get(at..).unwrap_or_default())
}

fn long_prefix(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<32>();
    // Without a way out of the inner loop the compiler compares whole vectors.
    let is_plain = |block: &&[u8; 32]| {
        !block
            .iter()
            .fold(false, |any, byte| any | is_special(*byte))
    };
    let mut at = blocks.iter().take_while(is_plain).count() * 32;
    let (words, rest) = bytes.get(at..).unwrap_or_default().as_chunks::<8>();
    for word in words {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return at + first(special);
        }
        at += 8;
    }
    let end = rest.iter().position(|byte| is_special(*byte));
    at + end.unwrap_or(rest.len())
}

/// Whether all bytes are plain.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    // Four bytes and more are read in words, the last of which overlap.
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (words, _) = bytes.as_chunks::<8>();
        let mut words = words.iter();
        return match bytes.last_chunk() {
            None => {
                let [first, last] = [first, last].map(|half| u64::from(u32::from_le_bytes(*half)));
                special(first | last << 32) == 0
            }
            Some(last) => {
                special(u64::from_le_bytes(*last)) == 0
                    && words.all(|word| special(u64::from_le_bytes(*word)) == 0)
            }
        };
    }
    !bytes.iter().any(|byte| is_special(*byte))
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The top bit of each byte that is special. The classic test "has a byte less
/// than n" (n ≤ 128): a borrow can only make a byte above a true hit look like
/// one too, so the lowest bit is right.
fn special(word: u64) -> u64 {
    less(word, 0x20) | ends(word)
}

/// The same of a quote or a backslash.
#[inline]
fn ends(word: u64) -> u64 {
    let equal = |byte: u8| less(word ^ (ONES * u64::from(byte)), 1);
    equal(b'"') | equal(b'\\')
}

#[inline]
fn less(word: u64, n: u64) -> u64 {
    word.wrapping_sub(ONES * n) & !word & TOPS
}

/// Which byte of the word has the lowest bit.
fn first(bits: u64) -> usize {
    usize::try_from(bits.trailing_zeros() / 8).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_plain_search_at_every_position() {
        for filler in [b'a', 0x7F, 0x80, 0xFF, 0x21, 0x5B] {
            for byte in 0..=u8::MAX {
                for position in 0..90 {
                    let mut bytes = [filler; 90];
                    bytes[position] = byte;
                    let expected = if is_special(byte) { position } else { 90 };
                    assert_eq!(plain_prefix(&bytes), expected, "{byte:#04x} at {position}");
                    assert_eq!(plain_prefix(&bytes[..position]), position);
                    assert!(is_plain(&bytes[..position]));
                    for end in position + 1..90 {
                        assert_eq!(is_plain(&bytes[..end]), !is_special(byte));
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_of_several_counts() {
        for first in 0..40 {
            for second in first..40 {
                let mut bytes = [b'a'; 40];
                bytes[first] = b'"';
                bytes[second] = 0x1F;
                assert_eq!(plain_prefix(&bytes), first);
            }
        }
    }
}
