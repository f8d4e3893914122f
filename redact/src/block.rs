//! Which of 64 bytes are letters, digits and so on, a bit for each byte, the lowest first.
//!
//! What must never be here: a judgement about text. Callers ask what lies where, and look.

use wide::u8x16;

/// Bytes that are looked at together.
pub(crate) const BLOCK: usize = 64;

/// The block that a text goes on with, spaces behind its end, and how many bytes of it are the
/// text's.
#[inline]
pub(crate) fn block_at(bytes: &[u8], at: usize) -> ([u8; BLOCK], usize) {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(block) = rest.first_chunk::<BLOCK>() {
        return (*block, BLOCK);
    }
    let mut block = [b' '; BLOCK];
    if let Some(to) = block.get_mut(..rest.len()) {
        to.copy_from_slice(rest);
    }
    (block, rest.len())
}

/// The bits of the bytes for which a test gives ones.
#[inline]
fn bits(block: &[u8; BLOCK], test: impl Fn(u8x16) -> u8x16) -> u64 {
    let (parts, _) = block.as_chunks::<16>();
    let mut bits = 0;
    for (place, part) in parts.iter().enumerate() {
        bits |= u64::from(test(u8x16::new(*part)).to_bitmask()) << (16 * place);
    }
    bits
}

#[inline]
fn is(bytes: u8x16, byte: u8) -> u8x16 {
    bytes.simd_eq(u8x16::splat(byte))
}

#[inline]
fn small(bytes: u8x16) -> u8x16 {
    bytes | u8x16::splat(0x20)
}

/// From one byte on, so many more.
#[inline]
fn within(bytes: u8x16, first: u8, more: u8) -> u8x16 {
    (bytes - u8x16::splat(first)).simd_le(u8x16::splat(more))
}

/// Letters of ASCII.
#[inline]
pub(crate) fn letters(block: &[u8; BLOCK]) -> u64 {
    bits(block, |bytes| within(small(bytes), b'a', 25))
}

/// Letters and digits of ASCII.
#[inline]
pub(crate) fn letters_and_digits(block: &[u8; BLOCK]) -> u64 {
    bits(block, |bytes| {
        within(small(bytes), b'a', 25) | within(bytes, b'0', 9)
    })
}

/// Spaces, commas and hyphens.
#[inline]
pub(crate) fn gaps(block: &[u8; BLOCK]) -> u64 {
    bits(block, |b| is(b, b' ') | is(b, b',') | is(b, b'-'))
}

/// The letters `m` and `n`.
#[inline]
pub(crate) fn m_and_n(block: &[u8; BLOCK]) -> u64 {
    bits(block, |bytes| within(small(bytes), b'm', 1))
}

/// Bytes beyond ASCII.
#[inline]
pub(crate) fn wide(block: &[u8; BLOCK]) -> u64 {
    bits(block, |bytes| within(bytes, 0x80, 0x7F))
}

/// Bytes that a character of UTF-8 goes on with.
#[inline]
pub(crate) fn inner(block: &[u8; BLOCK]) -> u64 {
    bits(block, |bytes| within(bytes, 0x80, 0x3F))
}

/// Bytes beyond ASCII, and what may begin a character reference, a percent-encoding or an escape.
#[inline]
pub(crate) fn special(block: &[u8; BLOCK]) -> u64 {
    bits(block, |b| {
        within(b, 0x80, 0x7F) | within(b, b'%', 1) | is(b, b'\\')
    })
}

/// The block with small letters, and sixteen bytes behind it.
#[inline]
pub(crate) fn lowercase(block: &[u8; BLOCK]) -> [u8; BLOCK + 16] {
    let mut lowercase = [0; BLOCK + 16];
    let (from, _) = block.as_chunks::<16>();
    let (to, _) = lowercase.as_chunks_mut::<16>();
    for (to, from) in to.iter_mut().zip(from) {
        let bytes = u8x16::new(*from);
        let capital = within(bytes, b'A', 25) & u8x16::splat(0x20);
        *to = (bytes | capital).to_array();
    }
    lowercase
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..BLOCK {
                let mut block = [b' '; BLOCK];
                block[place] = byte;
                let bit = |is: bool| u64::from(is) << place;
                let spaces = !(1_u64 << place);
                assert_eq!(letters(&block), bit(byte.is_ascii_alphabetic()));
                assert_eq!(
                    letters_and_digits(&block),
                    bit(byte.is_ascii_alphanumeric())
                );
                assert_eq!(gaps(&block), spaces | bit(b" ,-".contains(&byte)));
                assert_eq!(m_and_n(&block), bit(b"mMnN".contains(&byte)));
                assert_eq!(wide(&block), bit(!byte.is_ascii()));
                assert_eq!(inner(&block), bit(byte & 0xC0 == 0x80));
                let is_special = !byte.is_ascii() || b"&%\\".contains(&byte);
                assert_eq!(special(&block), bit(is_special));
                assert_eq!(lowercase(&block)[place], byte.to_ascii_lowercase());
            }
        }
    }

    #[test]
    fn a_text_ends_in_spaces() {
        let text = [b'x'; 100];
        assert_eq!(block_at(&text, 0), ([b'x'; BLOCK], BLOCK));
        let (block, length) = block_at(&text, 64);
        assert_eq!((length, letters(&block)), (36, (1 << 36) - 1));
        assert_eq!(block_at(&text, 100), ([b' '; BLOCK], 0));
    }
}
