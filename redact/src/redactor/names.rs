//! The member names of the objects that are open, to refuse duplicates.
//!
//! What must never be here: a hash in the place of a name. Two names are the
//! same only if their characters are (RFC 8259, section 8.3).

use std::collections::HashSet;

use crate::rules::Ends;

/// Objects with at most so many members are searched, larger ones indexed.
const SEARCHED: usize = 16;

/// What the index takes for one name beside its bytes, roughly.
const OVERHEAD: usize = 48;

/// A stack of objects, innermost last.
#[derive(Default)]
pub(super) struct OpenNames {
    objects: Vec<Object>,
    /// The names of all open objects that are not indexed, one after the other.
    text: Vec<u8>,
    /// Of each of them the hash, and where in `text` it ends.
    ends: Vec<(u64, usize)>,
    indexed: usize,
    indexed_bytes: usize,
}

#[derive(Default)]
struct Object {
    /// How many of `ends` belong to the objects around.
    first: usize,
    index: Option<HashSet<Box<[u8]>>>,
    index_bytes: usize,
    /// Names known to the rules, by their numbers.
    known: u64,
}

impl OpenNames {
    pub(super) fn push(&mut self) {
        self.objects.push(Object {
            first: self.ends.len(),
            ..Object::default()
        });
    }

    pub(super) fn pop(&mut self) {
        if let Some(object) = self.objects.pop() {
            self.indexed -= object.index.map_or(0, |index| index.len()) + ones(object.known);
            self.indexed_bytes -= object.index_bytes;
            self.truncate(object.first);
        }
    }

    /// Names in all open objects.
    pub(super) fn len(&self) -> usize {
        self.ends.len() + self.indexed
    }

    /// Bytes of the names that are kept, and what keeping them takes.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + self.indexed_bytes
    }

    /// Adds the name with this number in the rules to the innermost object; none
    /// if the number is too high to be kept so, false if the object has it.
    #[inline]
    pub(super) fn insert_known(&mut self, number: usize) -> Option<bool> {
        let bit = u32::try_from(number)
            .ok()
            .and_then(|n| 1_u64.checked_shl(n))?;
        let object = self.objects.last_mut()?;
        let is_new = object.known & bit == 0;
        object.known |= bit;
        self.indexed += usize::from(is_new);
        Some(is_new)
    }

    /// Adds a name to the innermost object; false if it has it already.
    pub(super) fn insert(&mut self, name: &[u8]) -> bool {
        let Some(object) = self.objects.last_mut() else {
            return false;
        };
        if let Some(index) = &mut object.index {
            let is_new = index.insert(name.into());
            if is_new {
                self.indexed += 1;
                object.index_bytes += name.len() + OVERHEAD;
                self.indexed_bytes += name.len() + OVERHEAD;
            }
            return is_new;
        }
        let first = object.first;
        let hash = Ends::of(name).hash();
        let own = self.ends.get(first..).unwrap_or_default();
        let is_there = own.iter().any(|(other, _)| *other == hash)
            && self.names(first).any(|other| other == name);
        if is_there {
            return false;
        }
        if own.len() < SEARCHED {
            self.text.extend_from_slice(name);
            self.ends.push((hash, self.text.len()));
            return true;
        }
        let mut index: HashSet<Box<[u8]>> = self.names(first).map(Into::into).collect();
        index.insert(name.into());
        let bytes: usize = index.iter().map(|name| name.len() + OVERHEAD).sum();
        self.indexed += index.len();
        self.indexed_bytes += bytes;
        if let Some(object) = self.objects.last_mut() {
            object.index = Some(index);
            object.index_bytes = bytes;
        }
        self.truncate(first);
        true
    }

    /// The names from the given one on.
    fn names(&self, first: usize) -> impl Iterator<Item = &[u8]> {
        let ends = self.ends.get(first..).unwrap_or_default();
        let ends = ends.iter().map(|(_, end)| *end);
        let starts = std::iter::once(self.end_before(first)).chain(ends.clone());
        starts
            .zip(ends)
            .map(|(start, end)| self.text.get(start..end).unwrap_or_default())
    }

    fn end_before(&self, name: usize) -> usize {
        let before = name.checked_sub(1).and_then(|before| self.ends.get(before));
        before.map_or(0, |(_, end)| *end)
    }

    fn truncate(&mut self, names: usize) {
        self.text.truncate(self.end_before(names));
        self.ends.truncate(names);
    }
}

fn ones(bits: u64) -> usize {
    usize::try_from(bits.count_ones()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_duplicates_in_small_and_large_objects() {
        let mut names = OpenNames::default();
        names.push();
        for i in 0..100 {
            assert!(names.insert(i.to_string().as_bytes()));
            // An inner object has names of its own and leaves no trace.
            names.push();
            for j in 0..i {
                assert!(names.insert(j.to_string().as_bytes()));
            }
            assert_eq!(names.len(), 2 * i + 1);
            assert!(i == 0 || !names.insert(b"0"));
            names.pop();
            assert!(!names.insert((i / 2).to_string().as_bytes()));
            assert!(!names.insert(i.to_string().as_bytes()));
        }
        assert_eq!(names.len(), 100);
        names.pop();
        assert_eq!((names.len(), names.bytes()), (0, 0));
        assert!(names.text.is_empty());
    }

    #[test]
    fn known_names_count_as_well() {
        let mut names = OpenNames::default();
        names.push();
        for number in 0..64 {
            assert_eq!(names.insert_known(number), Some(true));
            assert_eq!(names.insert_known(number), Some(false));
        }
        assert_eq!(names.insert_known(64), None);
        assert_eq!((names.len(), names.bytes()), (64, 0));
        names.push();
        assert_eq!(names.insert_known(3), Some(true));
        names.pop();
        names.pop();
        assert_eq!(names.len(), 0);
    }
}
