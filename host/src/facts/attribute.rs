//! Attributes as Rust types: what a struct of the guest is made of, for a [`Batch`](super::batch::Batch).
//!
//! The types are compared with the schema once, when a handle is made; then writing a value is a
//! store at an offset that is known to be right. What remains to be checked with each value is of
//! which store and type a reference is. Nothing here knows a policy.

use super::entities::EntityReference;
use super::handle::{Binder, Slot};
use crate::error::FactsError;
use privet_frame::types::Type;

/// Attributes and records that one struct may have.
pub(super) const MOST_SLOTS: usize = 32;

/// Where structs are written: more than the largest takes, so that no offset need be compared.
pub(super) type Area = [u8; 255 * 4 + 8];

/// Many entities of one type, given as a slice: `Set<T>`.
#[derive(Debug, Clone, Copy)]
pub struct References;

/// A `String`, given as `&str`.
#[derive(Debug, Clone, Copy)]
pub struct Text;

/// What an attribute is in Rust.
///
/// | Rust | schema |
/// |---|---|
/// | `bool` | `Bool` |
/// | `i64` | `Long`, or the number behind a `datetime`, `duration` (milliseconds) or `decimal` (ten-thousandths) |
/// | [`EntityReference`] | an entity |
/// | [`References`] | a set of entities |
/// | [`Text`] | `String` |
/// | a tuple of these | a record |
/// | `Option` of these | an optional attribute |
pub trait Attribute: Written {}

/// The attributes of a struct, in the order of their names: a tuple of up to sixteen.
pub trait Attributes: Attribute + Fields {}

/// How an attribute is compared with the schema and written.
pub trait Written {
    /// What is given for it.
    type Given<'a>;

    /// Takes the next of the names, and the place that belongs to it.
    #[doc(hidden)]
    fn bind(binder: &mut Binder<'_>, optional: bool) -> Result<(), FactsError>;

    /// Writes it to the place whose number is `at`, which moves on.
    #[doc(hidden)]
    fn write(given: Option<Self::Given<'_>>, at: &mut usize, to: &mut Target<'_>);
}

/// How the attributes of a struct are.
pub trait Fields: Written {
    #[doc(hidden)]
    fn bind_all(binder: &mut Binder<'_>) -> Result<(), FactsError>;
}

/// A struct that is being written.
#[derive(Debug)]
pub struct Target<'b> {
    pub(super) slots: &'b [Slot; MOST_SLOTS],
    pub(super) area: &'b mut Area,
    /// Words of sets and texts, and room for more.
    pub(super) lists: &'b mut Vec<u32>,
    /// How many of them are used.
    pub(super) used: usize,
    /// Address of the first list.
    pub(super) base: u32,
    /// What references of the store carry.
    pub(super) store: u32,
    /// Not zero when a reference was of another store or type.
    pub(super) wrong: u32,
}

impl Target<'_> {
    #[inline(always)]
    fn next(&self, at: &mut usize) -> Slot {
        let slot = self.slots.get(*at).copied().unwrap_or_default();
        *at += 1;
        slot
    }

    #[inline(always)]
    fn put<const N: usize>(&mut self, slot: Slot, value: [u8; N]) {
        if !slot.laid_out {
            return;
        }
        if slot.bit != 0 {
            let place = self.area.get_mut(usize::from(slot.presence) * 4..);
            if let Some(word) = place.and_then(<[u8]>::first_chunk_mut::<4>) {
                *word = (u32::from_le_bytes(*word) | slot.bit).to_le_bytes();
            }
        }
        let place = self.area.get_mut(usize::from(slot.word) * 4..);
        if let Some(place) = place.and_then(<[u8]>::first_chunk_mut::<N>) {
            *place = value;
        }
    }

    #[inline(always)]
    fn boolean(&mut self, slot: Slot, value: bool) {
        self.put(slot, u32::from(value).to_le_bytes());
    }

    #[inline(always)]
    fn integer(&mut self, slot: Slot, value: i64) {
        self.put(slot, value.to_le_bytes());
    }

    #[inline(always)]
    pub(super) fn reference(&mut self, slot: Slot, value: EntityReference) {
        self.wrong |= (value.store ^ self.store) | (value.ty ^ slot.ty);
        self.put(slot, value.address.to_le_bytes());
    }

    /// Writes where a list stands, and how many elements it has. What does not fit into 32 bits is
    /// more than a guest's memory, and refused before it is asked.
    #[inline(always)]
    fn span(&mut self, slot: Slot, start: usize, count: usize) {
        let address = (start as u64)
            .wrapping_mul(4)
            .wrapping_add(self.base.into());
        let word = address & u64::from(u32::MAX) | (count as u64) << 32;
        self.put(slot, word.to_le_bytes());
    }

    /// The next so many words.
    #[inline(always)]
    fn room(&mut self, words: usize) -> &mut [u32] {
        if self.lists.len().saturating_sub(self.used) < words {
            grow(self.lists, self.used, words);
        }
        self.lists.get_mut(self.used..).unwrap_or_default()
    }

    #[inline(always)]
    fn references(&mut self, slot: Slot, values: &[EntityReference]) {
        if !slot.laid_out {
            let fits = |v: &EntityReference| v.store == self.store && v.ty == slot.ty;
            self.wrong |= u32::from(!values.iter().all(fits));
            return;
        }
        let (start, store) = (self.used, self.store);
        let mut count = values.len();
        let (mut wrong, mut last, mut ascending) = (0, 0, true);
        for (place, value) in self.room(count).iter_mut().zip(values) {
            wrong |= (value.store ^ store) | (value.ty ^ slot.ty);
            ascending &= value.address > last;
            last = value.address;
            *place = last;
        }
        self.wrong |= wrong;
        if !ascending {
            count = sort(self.room(count), count);
        }
        self.used = start.saturating_add(count);
        self.span(slot, start, count);
    }

    #[inline]
    fn text(&mut self, slot: Slot, value: &str) {
        if !slot.laid_out {
            return;
        }
        let start = self.used;
        let bytes = value.as_bytes().chunks(4);
        let count = bytes.len();
        for (place, bytes) in self.room(count).iter_mut().zip(bytes) {
            let bytes = bytes.iter().rev();
            *place = bytes.fold(0, |word, byte| word << 8 | u32::from(*byte));
        }
        self.used = start.saturating_add(count);
        self.span(slot, start, value.len());
    }
}

/// Makes room behind the words that are used.
#[cold]
#[inline(never)]
fn grow(lists: &mut Vec<u32>, used: usize, words: usize) {
    let wanted = used.saturating_add(words);
    lists.resize(wanted.max(lists.len().saturating_mul(2)).max(64), 0);
}

/// Puts the first `count` words in ascending order, each once; returns how many are left.
#[cold]
#[inline(never)]
fn sort(words: &mut [u32], count: usize) -> usize {
    let words = words.get_mut(..count).unwrap_or_default();
    words.sort_unstable();
    let mut sorted = words.to_vec();
    sorted.dedup();
    for (place, word) in words.iter_mut().zip(&sorted) {
        *place = *word;
    }
    sorted.len()
}

/// An attribute that takes one place: what is given for it, what writes it, and the entity type
/// behind the schema's type if that is right.
macro_rules! plain {
    ($kind:ty, $life:lifetime, $given:ty, $write:ident, $admits:expr) => {
        impl Attribute for $kind {}

        impl Written for $kind {
            type Given<$life> = $given;

            fn bind(binder: &mut Binder<'_>, optional: bool) -> Result<(), FactsError> {
                binder.plain(optional, $admits)
            }

            #[inline(always)]
            fn write<$life>(given: Option<$given>, at: &mut usize, to: &mut Target<'_>) {
                let slot = to.next(at);
                if let Some(value) = given {
                    to.$write(slot, value);
                }
            }
        }
    };
}

/// No entity type, where a test holds.
fn no_entity(holds: bool) -> Option<u32> {
    holds.then_some(0)
}

fn entity(ty: &Type) -> Option<u32> {
    match ty {
        Type::Entity(ty) => Some(*ty),
        _ => None,
    }
}

fn entities(ty: &Type) -> Option<u32> {
    match ty {
        Type::Set(element) => entity(element),
        _ => None,
    }
}

plain!(bool, 'a, bool, boolean, |ty| no_entity(*ty == Type::Bool));
plain!(i64, 'a, i64, integer, |ty| no_entity(ty.is_integer()));
plain!(EntityReference, 'a, EntityReference, reference, entity);
plain!(References, 'a, &'a [EntityReference], references, entities);
plain!(Text, 'a, &'a str, text, |ty| no_entity(*ty == Type::String));

impl<A: Attribute> Attribute for Option<A> {}

impl<A: Attribute> Written for Option<A> {
    type Given<'a> = Option<A::Given<'a>>;

    fn bind(binder: &mut Binder<'_>, _: bool) -> Result<(), FactsError> {
        A::bind(binder, true)
    }

    #[inline(always)]
    fn write(given: Option<Self::Given<'_>>, at: &mut usize, to: &mut Target<'_>) {
        A::write(given.flatten(), at, to);
    }
}

macro_rules! tuple {
    ($($name:ident)+) => {
        impl<$($name: Attribute),+> Attribute for ($($name,)+) {}
        impl<$($name: Attribute),+> Attributes for ($($name,)+) {}

        impl<$($name: Attribute),+> Fields for ($($name,)+) {
            fn bind_all(binder: &mut Binder<'_>) -> Result<(), FactsError> {
                $($name::bind(binder, false)?;)+
                Ok(())
            }
        }

        impl<$($name: Attribute),+> Written for ($($name,)+) {
            type Given<'a> = ($($name::Given<'a>,)+);

            fn bind(binder: &mut Binder<'_>, optional: bool) -> Result<(), FactsError> {
                binder.record(optional, Self::bind_all)
            }

            #[inline(always)]
            #[expect(non_snake_case, reason = "a value is called as its type")]
            fn write(given: Option<Self::Given<'_>>, at: &mut usize, to: &mut Target<'_>) {
                let slot = to.next(at);
                match given {
                    Some(($($name,)+)) => {
                        to.put(slot, []);
                        $(<$name as Written>::write(Some($name), at, to);)+
                    }
                    None => {
                        $(<$name as Written>::write(None, at, to);)+
                    }
                }
            }
        }
    };
}

tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
tuple!(A B C D E F G H I);
tuple!(A B C D E F G H I J);
tuple!(A B C D E F G H I J K);
tuple!(A B C D E F G H I J K L);
tuple!(A B C D E F G H I J K L M);
tuple!(A B C D E F G H I J K L M N);
tuple!(A B C D E F G H I J K L M N O);
tuple!(A B C D E F G H I J K L M N O P);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_bytes_and_their_number() {
        for text in ["", "a", "abcd", "Zürich", "简历 12"] {
            let mut slots = [Slot::default(); MOST_SLOTS];
            for slot in slots.iter_mut().skip(1).take(2) {
                slot.laid_out = true;
            }
            slots[2].word = 2;
            let (mut area, mut lists) = ([0; size_of::<Area>()], Vec::new());
            let mut target = Target {
                slots: &slots,
                area: &mut area,
                lists: &mut lists,
                used: 0,
                base: 4096,
                store: 0,
                wrong: 0,
            };
            let mut at = 0;
            let given = Some((text, Some("end")));
            <(Text, Option<Text>) as Written>::write(given, &mut at, &mut target);
            let words = text.len().div_ceil(4);
            assert_eq!(target.used, words + 1);
            let span =
                |place: usize| u64::from_le_bytes(area[place..place + 8].try_into().unwrap());
            assert_eq!(span(0), 4096 | (text.len() as u64) << 32);
            assert_eq!(span(8), (4096 + 4 * words as u64) | 3 << 32);
            let bytes: Vec<u8> = lists.iter().flat_map(|w| w.to_le_bytes()).collect();
            assert_eq!(&bytes[..text.len()], text.as_bytes());
            assert_eq!(&bytes[words * 4..words * 4 + 4], b"end\0");
        }
    }
}
