//! [`NameTable`]: the number of a name in a fixed list, found by its bytes.
//!
//! What must never be here: an answer from a hash alone. A name is found only
//! if all its bytes are the same.

/// A fixed list of names, hashed for members of résumés: few and short.
#[derive(Default)]
pub(crate) struct NameTable {
    names: Box<[Box<[u8]>]>,
    /// Numbers of names, at the place of their hash or behind it; a power of
    /// two of places, at most half of them taken.
    places: Box<[u32]>,
}

const FREE: u32 = u32::MAX;

impl NameTable {
    pub(crate) fn new(names: Vec<String>) -> Self {
        let mut places = vec![FREE; (names.len() * 2).next_power_of_two().max(2)];
        let mask = places.len() - 1;
        for (number, name) in (0..FREE).zip(&names) {
            let mut at = slot(hash(name.as_bytes()), mask);
            while places.get(at).is_some_and(|place| *place != FREE) {
                at = (at + 1) & mask;
            }
            if let Some(place) = places.get_mut(at) {
                *place = number;
            }
        }
        let names = names.into_iter().map(|name| name.into_bytes().into());
        Self {
            names: names.collect(),
            places: places.into(),
        }
    }

    /// The number of a name.
    #[inline]
    pub(crate) fn find(&self, name: &[u8]) -> Option<usize> {
        let mask = self.places.len().checked_sub(1)?;
        let mut at = slot(hash(name), mask);
        loop {
            // Half of the places are free, so there is an end.
            let number = usize::try_from(*self.places.get(at)?).ok()?;
            if **self.names.get(number)? == *name {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }
}

#[inline]
fn slot(hash: u64, mask: usize) -> usize {
    usize::try_from(hash >> 32).unwrap_or(0) & mask
}

/// A quick hash of a name: its length, its first and its last eight bytes. Names
/// that differ only in the middle collide, which costs time and nothing else.
#[inline]
pub(crate) fn hash(name: &[u8]) -> u64 {
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let (head, tail) = match (name.first_chunk(), name.last_chunk()) {
        (Some(head), Some(tail)) => (word(head), word(tail)),
        _ => {
            let half = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
            match (name.first_chunk(), name.last_chunk()) {
                (Some(head), Some(tail)) => (half(head), half(tail)),
                _ => {
                    let short = name
                        .iter()
                        .fold(0, |word, byte| word << 8 | u64::from(*byte));
                    (short, 0)
                }
            }
        }
    };
    let length = u64::try_from(name.len()).unwrap_or(u64::MAX);
    // The odd constant is 2^64 divided by the golden ratio (Knuth 6.4).
    let mixed = head ^ tail.rotate_left(29) ^ length.rotate_left(57);
    mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_name_and_no_other() {
        let names: Vec<String> = (0..300)
            .map(|n: usize| format!("{}{n}", "x".repeat(n % 40)))
            .chain(
                [
                    "",
                    "a",
                    "ab",
                    "abc",
                    "表",
                    "a-name-of-more-than-sixteen-bytes",
                ]
                .map(str::to_owned),
            )
            .collect();
        let table = NameTable::new(names.clone());
        for (number, name) in names.iter().enumerate() {
            assert_eq!(table.find(name.as_bytes()), Some(number));
            assert_eq!(table.find(format!("{name}!").as_bytes()), None);
        }
        assert_eq!(table.find(b"a-name-of-MORE-than-sixteen-bytes"), None);
        assert_eq!(NameTable::default().find(b""), None);
        assert_eq!(NameTable::new(Vec::new()).find(b""), None);
    }
}
