//! The member names of the objects that are open, to refuse duplicates.
//!
//! What must never be here: a hash in the place of a name. Two names are the
//! same only if their characters are (RFC 8259, section 8.3).

use std::collections::HashSet;

/// Objects with at most so many members are searched, larger ones indexed.
const SEARCHED: usize = 16;

/// A stack of objects, innermost last.
#[derive(Default)]
pub(super) struct OpenNames {
    objects: Vec<Object>,
    /// The names of all open objects that are not indexed, one after the other.
    text: String,
    /// Where in `text` each of them ends.
    ends: Vec<usize>,
    indexed: usize,
}

struct Object {
    /// How many of `ends` belong to the objects around.
    first: usize,
    index: Option<HashSet<Box<str>>>,
}

impl OpenNames {
    pub(super) fn push(&mut self) {
        self.objects.push(Object {
            first: self.ends.len(),
            index: None,
        });
    }

    pub(super) fn pop(&mut self) {
        if let Some(object) = self.objects.pop() {
            self.indexed -= object.index.map_or(0, |index| index.len());
            self.truncate(object.first);
        }
    }

    /// Names in all open objects.
    pub(super) fn len(&self) -> usize {
        self.ends.len() + self.indexed
    }

    /// Adds a name to the innermost object; false if it has it already.
    pub(super) fn insert(&mut self, name: &str) -> bool {
        let Some(object) = self.objects.last_mut() else {
            return false;
        };
        if let Some(index) = &mut object.index {
            let is_new = index.insert(name.into());
            self.indexed += usize::from(is_new);
            return is_new;
        }
        let first = object.first;
        if self.names(first).any(|other| other == name) {
            return false;
        }
        if self.ends.len() - first < SEARCHED {
            self.text.push_str(name);
            self.ends.push(self.text.len());
            return true;
        }
        let mut index: HashSet<Box<str>> = self.names(first).map(Into::into).collect();
        index.insert(name.into());
        self.indexed += index.len();
        if let Some(object) = self.objects.last_mut() {
            object.index = Some(index);
        }
        self.truncate(first);
        true
    }

    /// The names from the given one on.
    fn names(&self, first: usize) -> impl Iterator<Item = &str> {
        let ends = self.ends.get(first..).unwrap_or_default();
        let starts = std::iter::once(self.end_before(first)).chain(ends.iter().copied());
        starts
            .zip(ends)
            .map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }

    fn end_before(&self, name: usize) -> usize {
        let before = name.checked_sub(1).and_then(|before| self.ends.get(before));
        before.copied().unwrap_or(0)
    }

    fn truncate(&mut self, names: usize) {
        self.text.truncate(self.end_before(names));
        self.ends.truncate(names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_duplicates_in_small_and_large_objects() {
        let mut names = OpenNames::default();
        names.push();
        for i in 0..100 {
            assert!(names.insert(&i.to_string()));
            // An inner object has names of its own and leaves no trace.
            names.push();
            for j in 0..i {
                assert!(names.insert(&j.to_string()));
            }
            assert_eq!(names.len(), 2 * i + 1);
            assert!(i == 0 || !names.insert("0"));
            names.pop();
            assert!(!names.insert(&(i / 2).to_string()));
            assert!(!names.insert(&i.to_string()));
        }
        assert_eq!(names.len(), 100);
        names.pop();
        assert_eq!(names.len(), 0);
        assert!(names.text.is_empty());
    }
}
