//! What a Chinese character may be to the detector and to the scan, a byte for each.
//!
//! What must never be here: a judgement that looks at another character.

use super::glyphs::{han_digit, han_power, homophone};
use crate::block::{Block, place_of};
use crate::fingerprints::Fingerprints;
use crate::ideographs::is_unified;
use fearless_simd::Simd;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A numeral.
pub(crate) const DIGIT: u8 = 1;
/// A numeral, or a word that sounds like one.
pub(crate) const NUMERAL: u8 = 2;
/// A power of ten.
pub(crate) const POWER: u8 = 4;
/// The beginning of a word that an account or an address is known by.
pub(crate) const CUE: u8 = 8;

/// A sign around Chinese text that folds to no letter and no digit; no Chinese character.
const SIGN: u8 = 16;

const SIGNS: [char; 19] = [
    '、', '。', '《', '》', '「', '」', '『', '』', '【', '】', '“', '”', '！', '（', '）', '，',
    '：', '；', '？',
];

/// The second character of such a word.
pub(crate) const SECOND: u8 = 32;
/// Such a word by itself.
pub(crate) const ALONE: u8 = 64;

/// What a character is looked at for, wherever it stands.
pub(crate) const LOOKED_AT: u8 = DIGIT | NUMERAL | POWER | CUE;

/// Flags by the code of a character, for all codes of three bytes.
pub(crate) type Table = [u8; 1 << 16];

/// Words that are no cues of messengers; `圈a` and a dot in words are looked at by themselves.
pub(crate) const OTHER_CUES: [&str; 4] = ["艾特", "爱特", "小老鼠", "身份"];

static TABLE: LazyLock<Box<Table>> = LazyLock::new(|| {
    let cues: Vec<&str> = super::messenger::han_cues().chain(OTHER_CUES).collect();
    let firsts = cues.iter().filter_map(|cue| cue.chars().next());
    let firsts: Vec<char> = firsts.chain(['圈', '点', '點', '丶']).collect();
    let seconds = cues.iter().filter_map(|cue| cue.chars().nth(1));
    let seconds: Vec<char> = seconds.collect();
    let mut table = Box::new([0; 1 << 16]);
    for (flags, code) in table.iter_mut().zip(0..) {
        let Some(character) = char::from_u32(code) else {
            continue;
        };
        if !is_unified(character) {
            *flags = if SIGNS.contains(&character) { SIGN } else { 0 };
            continue;
        }
        let is_digit = han_digit(character).is_some();
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        *flags = flag(is_digit, DIGIT)
            | flag(is_digit || homophone(character).is_some(), NUMERAL)
            | flag(han_power(character).is_some(), POWER)
            | flag(firsts.contains(&character), CUE)
            | flag(seconds.contains(&character), SECOND)
            | flag(cues.iter().any(|cue| cue.chars().eq([character])), ALONE);
    }
    table
});

/// The Chinese characters that have one of these flags.
fn with(flags: u8) -> impl Iterator<Item = char> {
    let found = TABLE
        .iter()
        .zip(0..)
        .filter(move |(of, _)| **of & flags != 0);
    found.filter_map(|(_, code)| char::from_u32(code))
}

/// A character of three bytes.
fn three_of(character: char) -> [u8; 3] {
    let mut bytes = [0; 3];
    character.encode_utf8(&mut bytes);
    bytes
}

/// A set of characters of U+4E00 to U+9FFF: by the last two bytes of one in UTF-8, a bit for each
/// first byte.
pub(crate) struct Set(Box<[u8; 1 << 16]>);

impl Set {
    fn new(characters: impl IntoIterator<Item = char>) -> Self {
        let mut set = Self(Box::new([0; 1 << 16]));
        for [first, rest @ ..] in characters.into_iter().map(three_of) {
            let bits = set.0.get_mut(usize::from(u16::from_le_bytes(rest)));
            if let Some(bits) = bits {
                *bits |= 1 << (first & 7);
            }
        }
        set
    }

    /// 1 if a character is in it, by its bytes, which are known to be those of a Chinese one: E4 to
    /// E9 comes first.
    #[inline]
    pub(crate) fn has(&self, [first, rest @ ..]: &[u8; 3]) -> u64 {
        let bits = self.0.get(usize::from(u16::from_le_bytes(*rest)));
        u64::from(bits.copied().unwrap_or(u8::MAX) >> (first & 7) & 1)
    }
}

/// The characters with some flags, few enough to be found in a block at once.
pub(crate) struct Characters {
    beginnings: Fingerprints,
    flags: u8,
    table: &'static Table,
}

impl Characters {
    fn with(flags: u8) -> Self {
        Self {
            beginnings: fingerprints(with(flags)),
            flags,
            table: &TABLE,
        }
    }

    /// Where they begin in a block that stands at a position of some bytes, among the places at
    /// which whole Chinese characters do.
    #[inline(always)]
    pub(crate) fn places<S: Simd>(
        &self,
        block: Block<S>,
        bytes: &[u8],
        at: usize,
        han: u64,
    ) -> u64 {
        let mut candidates = self.beginnings.candidates(block) & han;
        let mut places = 0;
        while candidates != 0 {
            let place = place_of(candidates);
            candidates &= candidates - 1;
            let three = bytes.get(at + place..).and_then(<[u8]>::first_chunk);
            let flags = three.map_or(u8::MAX, |three| flags_of_three(self.table, *three));
            places |= u64::from(flags & self.flags != 0) << place;
        }
        places
    }
}

/// What those of some characters begin with that are Chinese.
pub(crate) fn fingerprints(characters: impl IntoIterator<Item = char>) -> Fingerprints {
    let characters: BTreeSet<char> = characters.into_iter().filter(|c| is_unified(*c)).collect();
    Fingerprints::new(characters.into_iter().map(|c| three_of(c).map(Some)))
}

static NUMERALS: LazyLock<Characters> = LazyLock::new(|| Characters::with(DIGIT | POWER));

/// Numerals and powers of ten.
#[inline]
pub(crate) fn numerals() -> &'static Characters {
    &NUMERALS
}

static DIGITS: LazyLock<Characters> = LazyLock::new(|| Characters::with(DIGIT));

/// Numerals that stand for a digit.
#[inline]
pub(crate) fn digits() -> &'static Characters {
    &DIGITS
}

static FLAGGED: LazyLock<Set> = LazyLock::new(|| Set::new(with(LOOKED_AT)));

/// The characters that are looked at, for many of them.
#[inline]
pub(crate) fn flagged() -> &'static Set {
    &FLAGGED
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

/// Whether it is the code of a sign around Chinese text that folds to no letter and no digit.
#[inline]
pub(crate) fn is_sign(table: &Table, code: u32) -> bool {
    let flags = table.get(usize::try_from(code).unwrap_or(usize::MAX));
    flags.is_some_and(|flags| flags & SIGN != 0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_its_characters_and_no_other() {
        for (flags, code) in table().iter().zip(0..) {
            let Some(character) = char::from_u32(code).filter(|c| is_unified(*c)) else {
                assert_eq!(*flags & !SIGN, 0);
                continue;
            };
            let bytes = three_of(character);
            let is_looked_at = *flags & LOOKED_AT != 0;
            assert_eq!(
                flagged().has(&bytes),
                u64::from(is_looked_at),
                "{character}"
            );
        }
    }
}
