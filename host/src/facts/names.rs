//! Uids and the references that they get: each is named once, in the order in which they came.
//!
//! A reference is the address of the entity's entry in a table of the frame. Nothing here knows
//! whether an entity was given or only named.

use indexmap::{Equivalent, IndexSet};
use privet_frame::abi::entity;
use privet_frame::manifest::EntityUid;

/// A type and an id that are borrowed from what is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Uid<'u> {
    pub(crate) ty: u32,
    pub(crate) id: &'u str,
}

impl<'u> From<&'u EntityUid> for Uid<'u> {
    fn from(uid: &'u EntityUid) -> Self {
        Self {
            ty: uid.ty,
            id: &uid.id,
        }
    }
}

impl Uid<'_> {
    pub(crate) fn to_owned(self) -> EntityUid {
        EntityUid {
            ty: self.ty,
            id: self.id.to_owned(),
        }
    }
}

// Its derived hash is that of `EntityUid`: the same fields in the same order.
impl Equivalent<EntityUid> for Uid<'_> {
    fn equivalent(&self, uid: &EntityUid) -> bool {
        self.ty == uid.ty && self.id == uid.id
    }
}

/// Names of entities on their way to references.
pub(crate) trait Interner {
    /// The reference to an entity.
    fn reference(&mut self, uid: Uid<'_>) -> u32;
}

/// The uids of one table of entities.
#[derive(Debug)]
pub(crate) struct Names {
    first: u32,
    uids: IndexSet<EntityUid, foldhash::fast::RandomState>,
}

impl Names {
    /// No names yet, for a table at this address.
    pub(crate) fn at(first: u32) -> Self {
        Self {
            first,
            uids: IndexSet::default(),
        }
    }

    /// The names in the order in which they came.
    pub(crate) fn into_list(self) -> Vec<EntityUid> {
        self.uids.into_iter().collect()
    }

    pub(crate) fn find(&self, uid: Uid<'_>) -> Option<u32> {
        Some(self.reference_at(length(self.uids.get_index_of(&uid)?)))
    }

    pub(crate) fn len(&self) -> u32 {
        length(self.uids.len())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &EntityUid> {
        self.uids.iter()
    }

    pub(crate) fn get(&self, position: u32) -> Option<&EntityUid> {
        self.uids.get_index(position as usize)
    }

    /// Where in the table a reference's entry is.
    pub(crate) fn position(&self, reference: u32) -> Option<u32> {
        Some(reference.checked_sub(self.first)? / entity::SIZE)
    }

    pub(crate) fn reference_at(&self, position: u32) -> u32 {
        self.first + position * entity::SIZE
    }
}

impl Interner for Names {
    fn reference(&mut self, uid: Uid<'_>) -> u32 {
        let index = match self.uids.get_index_of(&uid) {
            Some(index) => index,
            None => self.uids.insert_full(uid.to_owned()).0,
        };
        self.reference_at(length(index))
    }
}

pub(crate) fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_is_named_once() {
        let mut names = Names::at(64);
        let uid = |id| Uid { ty: 1, id };
        assert_eq!(names.reference(uid("a")), 64);
        assert_eq!(names.reference(uid("b")), 64 + entity::SIZE);
        assert_eq!(names.reference(uid("a")), 64);
        assert_eq!(names.find(uid("b")), Some(64 + entity::SIZE));
        assert_eq!(names.find(Uid { ty: 2, id: "a" }), None);
        assert_eq!(names.len(), 2);
        assert_eq!(names.position(64 + entity::SIZE), Some(1));
        assert_eq!(names.position(0), None);
    }
}
