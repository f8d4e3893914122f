//! The output area of a call, as the guest wrote it.
//!
//! Slices are taken and bounds checked once, when the output is found; what is out of bounds then
//! reads as nothing satisfied and a closed gate. Nothing here knows a name.

use privet_frame::abi::gate;
use privet_frame::abi::output::{self, Shape};

/// An output: the fixed part with rungs and words, and the two lists.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output<'a> {
    shape: Shape,
    fixed: &'a [u8],
    satisfied: &'a [u8],
    erred: &'a [u8],
}

/// A copy of an output: fixed part and lists behind one another.
#[derive(Debug, Clone)]
pub(crate) struct Owned {
    shape: Shape,
    bytes: Box<[u8]>,
}

#[inline]
fn word(bytes: &[u8], offset: u32) -> Option<u32> {
    let start = offset as usize;
    let bytes = bytes.get(start..start.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

impl<'a> Output<'a> {
    /// The output at an address of the guest's memory, or `None` when it is out of bounds.
    #[inline]
    pub(crate) fn at(memory: &'a [u8], shape: Shape, address: u32) -> Option<Self> {
        let area = memory.get(address as usize..)?;
        let fixed = area.get(..shape.satisfied_list() as usize)?;
        let list = |count: u32, start: u32| {
            if shape.room == 0 {
                return Some(&[][..]);
            }
            let bytes = word(fixed, count)?.min(shape.room) * 4;
            area.get(start as usize..(start + bytes) as usize)
        };
        Some(Self {
            shape,
            fixed,
            satisfied: list(output::SATISFIED, shape.satisfied_list())?,
            erred: list(output::ERRED, shape.erred_list())?,
        })
    }

    #[inline]
    pub(crate) fn word(self, offset: u32) -> u32 {
        word(self.fixed, offset).unwrap_or(gate::NOT_FOUND)
    }

    #[inline]
    pub(crate) fn rungs(self) -> &'a [u8] {
        let start = output::SIZE as usize;
        let rungs = self.fixed.get(start..start + self.shape.classes as usize);
        rungs.unwrap_or_default()
    }

    #[inline]
    pub(crate) fn obligations(self) -> u64 {
        let part = |offset| word(self.fixed, offset).map(u64::from);
        let (low, high) = (part(output::OBLIGATIONS), part(output::OBLIGATIONS + 4));
        low.unwrap_or_default() | high.unwrap_or_default() << 32
    }

    #[inline]
    fn words(self, first: u32) -> impl Iterator<Item = u64> + 'a {
        let bytes = self.fixed.get(first as usize..).unwrap_or_default();
        let (words, _) = bytes.as_chunks::<8>();
        let words = words.iter().take(self.shape.words as usize);
        words.map(|w| u64::from_le_bytes(*w))
    }

    #[inline]
    pub(crate) fn satisfied_words(self) -> impl Iterator<Item = u64> + 'a {
        self.words(self.shape.satisfied(0))
    }

    #[inline]
    pub(crate) fn erred_words(self) -> impl Iterator<Item = u64> + 'a {
        self.words(self.shape.erred(0))
    }

    /// Numbers of the satisfied entries.
    pub(crate) fn satisfied(self) -> impl Iterator<Item = u32> + 'a {
        entries(self.satisfied_words(), self.satisfied)
    }

    /// Numbers of the entries that erred.
    pub(crate) fn erred(self) -> impl Iterator<Item = u32> + 'a {
        entries(self.erred_words(), self.erred)
    }

    pub(crate) fn to_owned(self) -> Owned {
        Owned {
            shape: self.shape,
            bytes: [self.fixed, self.satisfied, self.erred].concat().into(),
        }
    }
}

impl Owned {
    pub(crate) fn by_ref(&self) -> Output<'_> {
        let fixed = self.shape.satisfied_list() as usize;
        let (fixed, lists) = self.bytes.split_at_checked(fixed).unwrap_or_default();
        let count = word(fixed, output::SATISFIED).unwrap_or_default();
        let count = if self.shape.room == 0 { 0 } else { count };
        let middle = count.min(self.shape.room) as usize * 4;
        let (satisfied, erred) = lists.split_at_checked(middle).unwrap_or_default();
        Output {
            shape: self.shape,
            fixed,
            satisfied,
            erred,
        }
    }
}

/// The bits that are set, then the list.
fn entries<'a>(
    words: impl Iterator<Item = u64> + 'a,
    list: &'a [u8],
) -> impl Iterator<Item = u32> + 'a {
    let bits = (0_u32..).step_by(64).zip(words).flat_map(|(first, word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros())?;
            rest &= rest - 1;
            Some(first + bit)
        })
    });
    let (list, _) = list.as_chunks::<4>();
    bits.chain(list.iter().map(|n| u32::from_le_bytes(*n)))
}
