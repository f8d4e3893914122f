//! [`NameTable`]: what belongs to a name in a fixed list, found by its bytes.
//!
//! What must never be here: an answer from a hash alone. A name is found only
//! if all its bytes are the same.

use crate::block::below;

/// A fixed list of names, hashed for members of résumés: few and short.
pub(crate) struct NameTable<V> {
    names: Box<[Box<[u8]>]>,
    /// At the place of their hash or behind it; a power of two of places, at
    /// most half of them taken.
    places: Box<[Option<Place<V>>]>,
}

#[derive(Clone, Copy)]
struct Place<V> {
    ends: Ends,
    /// The number of the name.
    number: usize,
    value: V,
}

impl<V> Default for NameTable<V> {
    fn default() -> Self {
        Self {
            names: Box::default(),
            places: Box::default(),
        }
    }
}

impl<V: Copy> NameTable<V> {
    pub(crate) fn new(entries: Vec<(String, V)>) -> Self {
        let mut places = vec![None; (entries.len() * 2).next_power_of_two().max(2)];
        let mask = places.len() - 1;
        for (number, (name, value)) in entries.iter().enumerate() {
            let ends = Ends::of(name.as_bytes());
            let mut at = slot(ends.hash(), mask);
            while places.get(at).is_some_and(Option::is_some) {
                at = (at + 1) & mask;
            }
            if let Some(place) = places.get_mut(at) {
                *place = Some(Place {
                    ends,
                    number,
                    value: *value,
                });
            }
        }
        let names = entries
            .into_iter()
            .map(|(name, _)| name.into_bytes().into());
        Self {
            names: names.collect(),
            places: places.into(),
        }
    }

    /// The number of a name with these ends, and what belongs to it.
    #[inline]
    pub(crate) fn find(&self, ends: Ends, name: &[u8]) -> Option<(usize, V)> {
        let mask = self.places.len().checked_sub(1)?;
        let mut at = slot(ends.hash(), mask);
        loop {
            // Half of the places are free, so there is an end.
            let place = self.places.get(at)?.as_ref()?;
            if place.ends == ends
                && (ends.is_all() || self.names.get(place.number).is_some_and(|n| **n == *name))
            {
                return Some((place.number, place.value));
            }
            at = (at + 1) & mask;
        }
    }
}

#[inline]
fn slot(hash: u64, mask: usize) -> usize {
    usize::try_from(hash >> 32).unwrap_or(0) & mask
}

/// Bytes at each end of a name.
const END: usize = 8;

/// The length of a name with its first and its last eight bytes, which are all of a short one. Of
/// one that has no more than eight bytes the last are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    length: usize,
    head: u64,
    tail: u64,
}

impl Ends {
    pub(crate) fn of(name: &[u8]) -> Self {
        Self::at_beginning(name, name)
    }

    /// Those of a name that some bytes begin with. What stands behind it lets its beginning be read at
    /// once.
    #[inline]
    pub(crate) fn at_beginning(bytes: &[u8], name: &[u8]) -> Self {
        let head = match bytes.first_chunk() {
            Some(head) => u64::from_le_bytes(*head),
            None => few(name),
        };
        let length = name.len();
        match name.last_chunk::<END>() {
            Some(tail) if length > END => Self {
                length,
                head,
                tail: u64::from_le_bytes(*tail),
            },
            _ => Self {
                length,
                head: head & below(8 * length),
                tail: 0,
            },
        }
    }

    /// Whether names with the same ends are the same.
    #[inline]
    pub(crate) fn is_all(self) -> bool {
        self.length <= 2 * END
    }

    /// A quick hash. Names that differ only in the middle collide, which costs time and nothing else.
    #[inline]
    pub(crate) fn hash(self) -> u64 {
        let length = u64::try_from(self.length).unwrap_or(u64::MAX);
        // The odd constant is 2^64 divided by the golden ratio (Knuth 6.4).
        let mixed = self.head ^ self.tail.rotate_left(29) ^ length.rotate_left(57);
        mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// Fewer bytes than an end has, or the first of them.
#[cold]
fn few(bytes: &[u8]) -> u64 {
    let mut head = [0; END];
    for (to, from) in head.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_le_bytes(head)
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
        let values = names.iter().map(|name| name.len());
        let entries = names.iter().cloned().zip(values).collect();
        let table = NameTable::new(entries);
        for (number, name) in names.iter().enumerate() {
            assert_eq!(find(&table, name.as_bytes()), Some((number, name.len())));
            assert_eq!(find(&table, format!("{name}!").as_bytes()), None);
        }
        assert_eq!(find(&table, b"a-name-of-MORE-than-sixteen-bytes"), None);
        for name in ["\0ab", "ab\0", "\0", "a\0"] {
            assert_eq!(find(&table, name.as_bytes()), None, "{name:?}");
        }
        assert_eq!(find(&NameTable::default(), b""), None);
        assert_eq!(find(&NameTable::new(Vec::new()), b""), None);
    }

    fn find(table: &NameTable<usize>, name: &[u8]) -> Option<(usize, usize)> {
        table.find(Ends::of(name), name)
    }

    #[test]
    fn ends_depend_on_nothing_behind() {
        let name = b"abcdefghijklmnopqrstuvwxyz";
        for length in 0..=name.len() {
            let name = &name[..length];
            for after in 0..20 {
                let bytes = [name.to_vec(), vec![b'?'; after]].concat();
                assert_eq!(Ends::at_beginning(&bytes, name), Ends::of(name));
            }
        }
    }
}
