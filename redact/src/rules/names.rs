//! [`NameTable`]: the number of a name in a fixed list, found by its bytes.
//!
//! What must never be here: an answer from a hash alone. A name is found only
//! if all its bytes are the same.

/// A fixed list of names, hashed for members of résumés: few and short.
#[derive(Default)]
pub(crate) struct NameTable {
    names: Box<[Name]>,
    /// Numbers of names, at the place of their hash or behind it; a power of
    /// two of places, at most half of them taken.
    places: Box<[u32]>,
}

struct Name {
    bytes: Box<[u8]>,
    ends: Ends,
}

const FREE: u32 = u32::MAX;

impl NameTable {
    pub(crate) fn new(names: Vec<String>) -> Self {
        let mut places = vec![FREE; (names.len() * 2).next_power_of_two().max(2)];
        let mask = places.len() - 1;
        for (number, name) in (0..FREE).zip(&names) {
            let mut at = slot(Ends::of(name.as_bytes()).hash(), mask);
            while places.get(at).is_some_and(|place| *place != FREE) {
                at = (at + 1) & mask;
            }
            if let Some(place) = places.get_mut(at) {
                *place = number;
            }
        }
        let names = names.into_iter().map(|name| Name {
            ends: Ends::of(name.as_bytes()),
            bytes: name.into_bytes().into(),
        });
        Self {
            names: names.collect(),
            places: places.into(),
        }
    }

    /// The number of a name.
    #[inline]
    pub(crate) fn find(&self, name: &[u8]) -> Option<usize> {
        let mask = self.places.len().checked_sub(1)?;
        let ends = Ends::of(name);
        let mut at = slot(ends.hash(), mask);
        loop {
            // Half of the places are free, so there is an end.
            let number = usize::try_from(*self.places.get(at)?).ok()?;
            let known = self.names.get(number)?;
            if known.ends == ends && (ends.is_all() || *known.bytes == *name) {
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

/// The length of a name with its first and its last eight bytes, which are all of a short one.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Ends {
    length: usize,
    head: u64,
    tail: u64,
}

impl Ends {
    #[inline]
    fn of(name: &[u8]) -> Self {
        let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        let half = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
        let eight = name
            .first_chunk()
            .map(word)
            .zip(name.last_chunk().map(word));
        let four = || {
            name.first_chunk()
                .map(half)
                .zip(name.last_chunk().map(half))
        };
        let few = || {
            let bytes = name.iter();
            (bytes.fold(0, |word, byte| word << 8 | u64::from(*byte)), 0)
        };
        let (head, tail) = eight.or_else(four).unwrap_or_else(few);
        Self {
            length: name.len(),
            head,
            tail,
        }
    }

    /// Whether names with the same ends are the same.
    #[inline]
    fn is_all(self) -> bool {
        self.length <= 16
    }

    /// Names that differ only in the middle collide, which costs time and nothing else.
    #[inline]
    fn hash(self) -> u64 {
        let length = u64::try_from(self.length).unwrap_or(u64::MAX);
        // The odd constant is 2^64 divided by the golden ratio (Knuth 6.4).
        let mixed = self.head ^ self.tail.rotate_left(29) ^ length.rotate_left(57);
        mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// A quick hash of a name.
#[inline]
pub(crate) fn hash(name: &[u8]) -> u64 {
    Ends::of(name).hash()
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
        assert_eq!(table.find(b"\0ab"), None);
        assert_eq!(NameTable::default().find(b""), None);
        assert_eq!(NameTable::new(Vec::new()).find(b""), None);
    }
}
