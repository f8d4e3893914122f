//! What a Chinese character may be to the detector and to the scan, a byte for each.
//!
//! What must never be here: a judgement that looks at another character.

use super::glyphs::{han_digit, han_power, homophone};
use crate::fingerprints::Fingerprints;
use std::sync::LazyLock;

/// A numeral.
pub(crate) const DIGIT: u8 = 1;
/// A numeral, or a word that sounds like one.
pub(crate) const NUMERAL: u8 = 2;
/// A power of ten.
pub(crate) const POWER: u8 = 4;
/// The beginning of a word that an account or an address is known by.
pub(crate) const CUE: u8 = 8;

/// Numerals and powers of ten as bytes.
static NUMERALS: LazyLock<Fingerprints> = LazyLock::new(|| {
    let han = '\u{4E00}'..='\u{9FFF}';
    let numerals = han.filter(|han| han_digit(*han).is_some() || han_power(*han).is_some());
    Fingerprints::new(numerals.map(|character| {
        let mut bytes = [0; 3];
        character.encode_utf8(&mut bytes);
        bytes.map(Some)
    }))
});

/// Where numerals and powers of ten may begin, for many blocks.
#[inline]
pub(crate) fn numerals() -> &'static Fingerprints {
    &NUMERALS
}

/// Flags by the code of a character, for all codes of three bytes.
pub(crate) type Table = [u8; 1 << 16];

static TABLE: LazyLock<Box<Table>> = LazyLock::new(|| {
    let cues: Vec<char> = super::messenger::han_cues()
        .filter_map(|cue| cue.chars().next())
        .chain(['艾', '爱', '小', '圈', '点', '點', '丶', '身'])
        .collect();
    let mut table = Box::new([0; 1 << 16]);
    for (flags, code) in table.iter_mut().zip(0..) {
        let character = char::from_u32(code).filter(|character| is_han(*character));
        let Some(character) = character else { continue };
        let is_digit = han_digit(character).is_some();
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        *flags = flag(is_digit, DIGIT)
            | flag(is_digit || homophone(character).is_some(), NUMERAL)
            | flag(han_power(character).is_some(), POWER)
            | flag(cues.contains(&character), CUE);
    }
    table
});

/// Whether it is one of the characters that have flags: U+4E00 to U+9FFF.
#[inline]
pub(crate) fn is_han(character: char) -> bool {
    matches!(character, '\u{4E00}'..='\u{9FFF}')
}

/// The table, for many characters.
#[inline]
pub(crate) fn table() -> &'static Table {
    &TABLE
}

/// The flags of the character of this code; none outside U+4E00 to U+9FFF.
#[inline]
pub(crate) fn flags(table: &Table, code: u32) -> Option<u8> {
    let is_han = (0x4E00..0xA000).contains(&code);
    let flags = table.get(usize::try_from(code).unwrap_or(usize::MAX));
    flags.copied().filter(|_| is_han)
}

/// The flags of a character whose three bytes are known to be those of one with flags.
#[inline]
pub(crate) fn flags_of_three(table: &Table, [a, b, c]: [u8; 3]) -> u8 {
    let code = usize::from(a & 0xF) << 12 | usize::from(b & 0x3F) << 6 | usize::from(c & 0x3F);
    table.get(code).copied().unwrap_or(u8::MAX)
}

/// Signs around Chinese text that fold to no letter and no digit.
#[inline]
pub(crate) fn is_sign(code: u32) -> bool {
    matches!(
        code,
        0x3001 | 0x3002 | 0x300A
            ..=0x3011
                | 0x201C
                | 0x201D
                | 0xFF01
                | 0xFF08
                | 0xFF09
                | 0xFF0C
                | 0xFF1A
                | 0xFF1B
                | 0xFF1F
    )
}

/// The code of the character of three bytes that a text begins with; zero if it begins with another.
#[inline]
pub(crate) fn code_of_three(bytes: &[u8]) -> u32 {
    match bytes {
        [a @ 0xE0..=0xEF, b, c, ..] => {
            u32::from(a & 0xF) << 12 | u32::from(b & 0x3F) << 6 | u32::from(c & 0x3F)
        }
        _ => 0,
    }
}
