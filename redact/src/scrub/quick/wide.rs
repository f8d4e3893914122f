//! Characters beyond ASCII in the quick look: Chinese ones by their flags, and the signs around them.
//!
//! What must never be here: a character that is passed over because it is rare.

use super::super::glyphs::{han_digit, han_power};
use super::super::han;
use super::{DIGITS, HOMOPHONES, Quick, is_alphanumeric, is_usual};
use crate::block::{self, BLOCK, place_of};
use std::sync::LazyLock;

impl Quick<'_> {
    /// The places of a block at which no sign begins that is part of no address.
    #[inline]
    pub(super) fn without_signs(&self, at: usize, wide: u64) -> u64 {
        let (mut others, mut rest) = (wide, wide);
        while rest != 0 {
            let place = place_of(rest);
            let code = self
                .three(at + place)
                .map_or(0, |three| han::code_of_three(three));
            let is_sign = han::is_sign(self.han, code)
                && !matches!(char::from_u32(code), Some('。' | '：' | '！'));
            others &= !(u64::from(is_sign) << place);
            rest &= rest - 1;
        }
        others
    }

    /// Which of the Chinese characters that begin at places of a block may be a numeral or a cue.
    /// `others` are the other places that are looked at.
    #[inline]
    pub(super) fn han_places(&self, block: &[u8; BLOCK], han: u64, others: u64) -> u64 {
        let three = |place: usize| block.get(place..).and_then(<[u8]>::first_chunk::<3>);
        let (mut all, mut rest) = (0, han);
        while rest != 0 {
            let place = place_of(rest);
            rest &= rest - 1;
            all |= three(place).map_or(1, |three| self.flagged.has(three)) << place;
        }
        // A word that sounds like a digit says something only beside a numeral or another such
        // word; what is behind the block is not known.
        let near = all | others;
        let mut lone =
            all & !(near << 1 | near << 3 | near >> 3) & block::below(BLOCK - 6) & !block::below(3);
        while lone != 0 {
            let place = place_of(lone);
            lone &= lone - 1;
            let flags = three(place).map_or(u8::MAX, |t| han::flags_of_three(self.han, *t));
            let is_sound = flags & han::LOOKED_AT == han::NUMERAL;
            all &= !(u64::from(is_sound) << place);
        }
        all
    }

    /// Whether to look at a character beyond ASCII. None if it is strange.
    #[inline]
    pub(super) fn wide(&mut self, at: usize) -> Option<bool> {
        let (one, two, three) = (self.byte(at), self.byte(at + 1), self.byte(at + 2));
        if one & 0xF0 != 0xE0 {
            // The middle dot; every other one of two or four bytes is looked at.
            return (one == 0xC2 && two == 0xB7).then(|| self.is_between_parts(at, at + 2));
        }
        let code =
            u32::from(one & 0xF) << 12 | u32::from(two & 0x3F) << 6 | u32::from(three & 0x3F);
        let Some(han) = han::flags(self.han, code) else {
            let character = char::from_u32(code)?;
            let is_part = match character {
                '。' | '•' => self.is_between_parts(at, at + 3),
                // `：//`
                '：' => self.byte(at + 3) == b'/' && self.byte(at + 4) == b'/',
                '！' => self.is_before_provider(at + 3),
                _ => false,
            };
            return is_usual(character).then_some(is_part);
        };
        match han & han::LOOKED_AT {
            0 => Some(false),
            _ => self.han(at, char::from_u32(code)?, han).into(),
        }
    }

    /// Whether to look at a Chinese character with flags.
    fn han(&mut self, at: usize, character: char, han: u8) -> bool {
        let mut is_found = false;
        if han & han::NUMERAL != 0 {
            self.numeral(at, 3);
            is_found |= self.numerals >= HOMOPHONES;
        }
        if han & han::DIGIT != 0 {
            is_found |= self.count(at, 1);
        }
        if han & han::POWER != 0 {
            let power = usize::try_from(han_power(character).unwrap_or(0)).unwrap_or(DIGITS);
            // Ten stands by itself too, and is two digits then.
            let digits = match self.is_after_digit(at) {
                true => power.max(2),
                false if power == 1 => 2,
                false => 0,
            };
            if digits > 0 {
                is_found |= self.count(at, digits);
            }
        }
        if han & (han::NUMERAL | han::DIGIT) == han::NUMERAL && self.is_after_digit(at) {
            is_found |= self.count(at, 1);
        }
        if han & han::CUE != 0 && self.may_be_cue(at, han) {
            is_found |= self.is_cue(at, character);
        }
        is_found
    }

    fn is_after_digit(&self, at: usize) -> bool {
        let before = self
            .text
            .get(..at)
            .and_then(|text| text.chars().next_back());
        before
            .is_some_and(|c| c.is_ascii_digit() || han_digit(c).is_some() || han_power(c).is_some())
    }

    /// Whether a cue may begin at a character with flags: not if another Chinese character comes next
    /// than is the second one of a cue.
    #[inline]
    fn may_be_cue(&self, at: usize, flags: u8) -> bool {
        let next = self.three(at + 3);
        let next = next.and_then(|three| han::flags(self.han, han::code_of_three(three)));
        let is_second = next.is_none_or(|next| next & han::SECOND != 0);
        is_second || flags & han::ALONE != 0
    }

    /// Whether a cue begins at a character: its second character comes next, signs passed over.
    fn is_cue(&self, at: usize, character: char) -> bool {
        let rest = self.text.get(at + 3..).unwrap_or_default();
        let mut next = rest
            .chars()
            .filter(|c| is_alphanumeric(*c) || !is_usual(*c))
            .take(1);
        let next = next.next().unwrap_or(' ');
        let is_sign = rest.chars().next().is_some_and(|c| !is_alphanumeric(c));
        match character {
            '点' | '點' | '丶' => next.is_ascii_alphanumeric(),
            '微' | '薇'
                if is_sign || next.is_ascii() || matches!(next, '号' | '同' | '我' | '❤') =>
            {
                true
            }
            '圈' => matches!(next, 'a' | 'A'),
            _ => {
                let from = HAN_CUES.partition_point(|(first, _)| *first < character);
                let cues = HAN_CUES.iter().skip(from);
                cues.take_while(|(first, _)| *first == character)
                    .any(|(_, second)| second.is_none_or(|c| c == next.to_ascii_lowercase()))
            }
        }
    }
}

/// The first two characters of each Chinese cue, in their order.
static HAN_CUES: LazyLock<Vec<(char, Option<char>)>> = LazyLock::new(|| {
    let cues = super::super::messenger::han_cues().chain(han::OTHER_CUES);
    let pairs = cues.filter_map(|cue| {
        let mut characters = cue.chars();
        Some((characters.next()?, characters.next()))
    });
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs
});
