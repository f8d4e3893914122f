//! What a Chinese character may be to the detector and to the scan, a byte for each.
//!
//! What must never be here: a judgement that looks at another character.

use super::glyphs::{han_digit, han_power, homophone};
use std::sync::LazyLock;

/// A numeral.
pub(crate) const DIGIT: u8 = 1;
/// A numeral, or a word that sounds like one.
pub(crate) const NUMERAL: u8 = 2;
/// A power of ten.
pub(crate) const POWER: u8 = 4;
/// The beginning of a word that an account or an address is known by.
pub(crate) const CUE: u8 = 8;

static TABLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let cues: Vec<char> = super::messenger::han_cues()
        .filter_map(|cue| cue.chars().next())
        .chain(['艾', '爱', '小', '圈', '点', '點', '丶', '身'])
        .collect();
    let flags = ('\u{4E00}'..='\u{9FFF}').map(|character| {
        let is_digit = han_digit(character).is_some();
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        flag(is_digit, DIGIT)
            | flag(is_digit || homophone(character).is_some(), NUMERAL)
            | flag(han_power(character).is_some(), POWER)
            | flag(cues.contains(&character), CUE)
    });
    flags.collect()
});

/// The table, for many characters.
#[inline]
pub(crate) fn table() -> &'static [u8] {
    &TABLE
}

/// The flags of the character of this code; none outside U+4E00 to U+9FFF.
#[inline]
pub(crate) fn flags(table: &[u8], code: u32) -> Option<u8> {
    let at = usize::try_from(code.wrapping_sub(0x4E00)).unwrap_or(usize::MAX);
    table.get(at).copied()
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
