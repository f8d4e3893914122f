//! Which of 64 bytes are letters, digits and so on, a bit for each byte, the lowest first.
//!
//! What must never be here: a judgement about text. Callers ask what lies where, and look. They run
//! under `fearless_simd::dispatch!`, and everything here is inlined into them, so that it is compiled
//! for the processor at hand.

use crate::fingerprints::Halves;
use fearless_simd::prelude::*;
use fearless_simd::{mask8x64, u8x16, u8x64};

/// Bytes that are looked at together.
pub(crate) const BLOCK: usize = 64;

/// A part of a text as a block.
pub(crate) struct Piece {
    pub(crate) bytes: [u8; BLOCK],
    /// Where in the text the block begins.
    pub(crate) base: usize,
    /// The part, in places of the block: what is before was read already, behind are spaces.
    pub(crate) from: usize,
    pub(crate) end: usize,
}

impl Piece {
    /// What a text goes on with. At the end of a longer one the block is its last.
    #[inline(always)]
    pub(crate) fn at(bytes: &[u8], at: usize) -> Self {
        let whole = |base: usize| Some((base, *bytes.get(base..)?.first_chunk()?));
        let last = bytes.len().saturating_sub(BLOCK);
        match whole(at.min(last)) {
            Some((base, bytes)) => Self {
                bytes,
                base,
                from: at - base,
                end: BLOCK,
            },
            None => Self {
                bytes: short(bytes),
                base: 0,
                from: at,
                end: bytes.len(),
            },
        }
    }

    /// The bits of the part.
    #[inline(always)]
    pub(crate) fn mask(&self) -> u64 {
        below(self.end) & !below(self.from)
    }
}

#[inline(never)]
fn short(bytes: &[u8]) -> [u8; BLOCK] {
    let mut block = [b' '; BLOCK];
    if let Some(to) = block.get_mut(..bytes.len()) {
        to.copy_from_slice(bytes);
    }
    block
}

/// The bits below a place; all of them below one behind the block.
#[inline]
pub(crate) fn below(place: usize) -> u64 {
    match u32::try_from(place) {
        Ok(place) if place < u64::BITS => (1 << place) - 1,
        _ => u64::MAX,
    }
}

/// The place of the lowest bit, or the end of the block.
#[inline]
pub(crate) fn place_of(bits: u64) -> usize {
    usize::try_from(bits.trailing_zeros()).unwrap_or(BLOCK)
}

/// The bits of three bytes from each bit on.
#[inline]
pub(crate) fn threes(bits: u64) -> u64 {
    bits | bits << 1 | bits << 2
}

/// Sixty-four bytes.
#[derive(Clone, Copy)]
pub(crate) struct Block<S: Simd> {
    bytes: u8x64<S>,
}

/// `black_box` where bits of several masks meet: were it known where they come from, the compiler
/// would go on with masks in the place of bits, and shift these one byte at a time.
impl<S: Simd> Block<S> {
    #[inline(always)]
    pub(crate) fn new(simd: S, bytes: &[u8; BLOCK]) -> Self {
        Self {
            bytes: u8x64::load_array_ref(simd, bytes),
        }
    }

    #[inline(always)]
    fn is(self, byte: u8) -> mask8x64<S> {
        self.bytes.simd_eq(byte)
    }

    /// From one byte on, so many more.
    #[inline(always)]
    fn within(self, first: u8, more: u8) -> mask8x64<S> {
        (self.bytes - first).simd_le(more)
    }

    /// With small letters; other bytes change too.
    #[inline(always)]
    pub(crate) fn small(self) -> Self {
        Self {
            bytes: self.bytes | 0x20,
        }
    }

    /// Letters of ASCII.
    #[inline(always)]
    pub(crate) fn letters(self) -> u64 {
        self.small().within(b'a', 25).to_bitmask()
    }

    /// Digits of ASCII.
    #[inline(always)]
    pub(crate) fn digits(self) -> u64 {
        self.within(b'0', 9).to_bitmask()
    }

    /// Spaces, commas and hyphens.
    #[inline(always)]
    pub(crate) fn gaps(self) -> u64 {
        (self.is(b' ') | self.is(b',') | self.is(b'-')).to_bitmask()
    }

    /// The letters `m` and `n`.
    #[inline(always)]
    pub(crate) fn m_and_n(self) -> u64 {
        self.small().within(b'm', 1).to_bitmask()
    }

    /// Bytes beyond ASCII.
    #[inline(always)]
    pub(crate) fn wide(self) -> u64 {
        std::hint::black_box(self.bytes.simd_ge(0x80).to_bitmask())
    }

    /// Bytes that a character of UTF-8 goes on with.
    #[inline(always)]
    pub(crate) fn inner(self) -> u64 {
        std::hint::black_box(self.within(0x80, 0x3F).to_bitmask())
    }

    /// Quotes and backslashes, and control characters of ASCII if they are wanted, but for the last
    /// (DEL).
    #[inline(always)]
    pub(crate) fn string_ends(self, with_controls: bool) -> u64 {
        let ends = self.is(b'"') | self.is(b'\\');
        match with_controls {
            true => (ends | self.bytes.simd_lt(b' ')).to_bitmask(),
            false => ends.to_bitmask(),
        }
    }

    /// What may begin a character reference, a percent-encoding or an escape: `&`, `%`, `\`.
    #[inline(always)]
    pub(crate) fn encoding(self) -> u64 {
        (self.within(b'%', 1) | self.is(b'\\')).to_bitmask()
    }

    /// Where Chinese characters of U+4E00 to U+9FFF begin, in UTF-8 that goes on behind the block.
    #[inline(always)]
    pub(crate) fn han(self) -> u64 {
        let first = self.within(0xE4, 5).to_bitmask();
        // E4 80 80 to E4 B7 BF come before them.
        let below = self.is(0xE4).to_bitmask() & self.bytes.simd_lt(0xB8).to_bitmask() >> 1;
        std::hint::black_box(first & !below)
    }

    /// Where all three bytes from one place on have a group in common, by tables for each. Behind
    /// the block there are none.
    #[inline(always)]
    pub(crate) fn groups(self, places: &[Halves; 3]) -> u64 {
        let [first, second, third] = places;
        let nothing = u8x64::splat(self.bytes.token(), 0);
        let all = self.groups_of(first)
            & self.groups_of(second).slide::<1>(nothing)
            & self.groups_of(third).slide::<2>(nothing);
        all.simd_ne(0).to_bitmask()
    }

    #[inline(always)]
    fn groups_of(self, halves: &Halves) -> u8x64<S> {
        let simd = self.bytes.token();
        let low = u8x64::block_splat(u8x16::load_array_ref(simd, &halves.low));
        let high = u8x64::block_splat(u8x16::load_array_ref(simd, &halves.high));
        low.swizzle_dyn_within_blocks(self.bytes & 0xF)
            & high.swizzle_dyn_within_blocks(self.bytes >> 4)
    }

    /// The bytes that a mask has bits for, one behind the other, with small letters.
    #[inline(always)]
    pub(crate) fn compressed(self, kept: u64) -> [u8; BLOCK] {
        let simd = self.bytes.token();
        let capitals = self.within(b'A', 25);
        let lowercase = capitals.select(self.bytes | 0x20, self.bytes);
        let kept = mask8x64::from_bitmask(simd, kept);
        lowercase.compress(kept).to_array()
    }
}

/// Every level that this processor has, not only its best.
#[cfg(test)]
pub(crate) fn levels() -> Vec<fearless_simd::Level> {
    use fearless_simd::Level;
    let mut levels = vec![Level::new(), Level::baseline()];
    #[cfg(target_arch = "x86_64")]
    {
        levels.extend(Level::new().as_sse4_2().map(|simd| simd.level()));
        levels.extend(Level::new().as_avx2().map(|simd| simd.level()));
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::dispatch;

    fn check<S: Simd>(simd: S, byte: u8, place: usize) {
        let mut bytes = [b' '; BLOCK];
        bytes[place] = byte;
        let block = Block::new(simd, &bytes);
        let bit = |is: bool| u64::from(is) << place;
        let spaces = !(1_u64 << place);
        assert_eq!(block.letters(), bit(byte.is_ascii_alphabetic()));
        assert_eq!(block.digits(), bit(byte.is_ascii_digit()));
        assert_eq!(block.gaps(), spaces | bit(b" ,-".contains(&byte)));
        assert_eq!(block.m_and_n(), bit(b"mMnN".contains(&byte)));
        assert_eq!(block.wide(), bit(!byte.is_ascii()));
        assert_eq!(block.inner(), bit(byte & 0xC0 == 0x80));
        let is_end = b"\"\\".contains(&byte);
        assert_eq!(block.string_ends(false), bit(is_end));
        assert_eq!(block.string_ends(true), bit(is_end || byte < b' '));
        assert_eq!(block.encoding(), bit(b"&%\\".contains(&byte)));
        assert_eq!(
            block.compressed(1 << place).first(),
            Some(&byte.to_ascii_lowercase())
        );
    }

    #[test]
    fn every_byte_at_every_place() {
        for level in levels() {
            for byte in 0..=u8::MAX {
                for place in 0..BLOCK {
                    dispatch!(level, simd => check(simd, byte, place));
                }
            }
        }
    }

    #[test]
    fn chinese_characters_of_one_block_of_unicode() {
        for character in '\u{800}'..='\u{FFFF}' {
            let mut bytes = [b'x'; BLOCK];
            character.encode_utf8(&mut bytes[61..]);
            let is_han = ('\u{4E00}'..='\u{9FFF}').contains(&character);
            for level in levels() {
                let han = dispatch!(level, simd => Block::new(simd, &bytes).han());
                assert_eq!(han, u64::from(is_han) << 61, "{character:?}");
            }
        }
    }

    #[test]
    fn what_is_kept_stays_in_order() {
        let bytes = std::array::from_fn(|at| u8::try_from(at).unwrap() | 0x80);
        let mut kept = 0x9E37_79B9_7F4A_7C15_u64;
        for level in levels() {
            for _ in 0..500 {
                kept = kept.rotate_left(7).wrapping_mul(5) ^ 1;
                let expected = (0..64).filter(|at| kept >> at & 1 == 1);
                let expected: Vec<u8> = expected.map(|at| at | 0x80).collect();
                let compressed =
                    dispatch!(level, simd => Block::new(simd, &bytes).compressed(kept));
                assert_eq!(compressed[..expected.len()], expected);
            }
        }
    }

    #[test]
    fn a_text_in_pieces() {
        for length in 0..200_u8 {
            let text: Vec<u8> = (0..length).collect();
            let mut read = Vec::new();
            while read.len() < text.len() {
                let piece = Piece::at(&text, read.len());
                let bits = (0..BLOCK).filter(|place| piece.mask() >> place & 1 == 1);
                let before = read.len();
                read.extend(bits.map(|place| piece.bytes[place]));
                assert_eq!(piece.base + piece.from, before);
                assert_eq!(piece.base + piece.end, read.len());
                assert!(piece.bytes[piece.end..].iter().all(|byte| *byte == b' '));
            }
            assert_eq!(read, text);
        }
    }
}
