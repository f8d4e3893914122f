//! Finds the next byte of a string that needs a decision, eight at a time.
//!
//! What must never be here: the decision. A byte that is returned too early
//! costs time and nothing else; one that is passed over would be a fault.

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// How many leading bytes are plain: ASCII, no control, no quote, no backslash.
pub(super) fn plain_prefix(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    let whole = words
        .iter()
        .take_while(|word| !has_special(u64::from_le_bytes(**word)))
        .count()
        * 8;
    let rest = bytes.get(whole..).unwrap_or_default();
    whole
        + rest
            .iter()
            .position(|byte| is_special(*byte))
            .unwrap_or(rest.len())
}

fn is_special(byte: u8) -> bool {
    !matches!(byte, 0x20..=0x7F) || matches!(byte, b'"' | b'\\')
}

/// The classic test "has a byte less than n" (n ≤ 128): a borrow can only make
/// a byte above a true hit look like one too.
fn has_special(word: u64) -> bool {
    let less = |word: u64, n: u64| word.wrapping_sub(ONES * n) & !word & TOPS;
    let equal = |byte: u8| less(word ^ (ONES * u64::from(byte)), 1);
    (word & TOPS) | less(word, 0x20) | equal(b'"') | equal(b'\\') != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_plain_search_at_every_position() {
        for byte in 0..=u8::MAX {
            for position in 0..20 {
                let mut bytes = [b'a'; 20];
                bytes[position] = byte;
                let expected = if is_special(byte) { position } else { 20 };
                assert_eq!(plain_prefix(&bytes), expected, "{byte:#04x} at {position}");
            }
        }
    }
}
