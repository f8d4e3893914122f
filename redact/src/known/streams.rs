//! What all values of an output say, folded and one after the other.
//!
//! What must never be here: a gap between two values. A number may be split over fields.

use std::ops::Range;

use super::date::is_date;
use super::json::PathKey;
use crate::block::{self, BLOCK};
use crate::scrub::digits::{Reading, groups};
use crate::scrub::encoded;
use crate::scrub::fold::{Folded, small, unfold};
use crate::scrub::glyphs::{digit_look_alike, han_digit};
use crate::scrub::han;

/// The streams that are searched.
#[derive(Default)]
pub(super) struct Streams {
    /// Letters and digits.
    pub(super) text: Vec<u8>,
    /// Digits of every script.
    pub(super) digits: Vec<u8>,
    /// Digits with Chinese numerals among them; only if there are any.
    pub(super) numerals: Option<Vec<u8>>,
    /// Digits of values that are no dates; only if there are dates.
    pub(super) undated: Option<Vec<u8>>,
    /// Digits with letters that look like them, where a value mixes both; only if one does.
    pub(super) look_alikes: Option<Vec<u8>>,
    /// Values with digits, in order.
    values: Vec<Value>,
    /// Their texts, one after the other.
    texts: String,
}

/// A value with digits.
struct Value {
    path: PathKey,
    /// Where in the digits it begins.
    digits: usize,
    /// Where its text begins.
    text: usize,
}

impl Streams {
    /// Streams of values of so many bytes.
    pub(super) fn for_bytes(bytes: usize) -> Self {
        Self {
            text: Vec::with_capacity(bytes),
            digits: Vec::with_capacity(bytes / 16),
            texts: String::with_capacity(bytes / 4),
            values: Vec::with_capacity(bytes / 256),
            ..Self::default()
        }
    }

    /// Adds a value.
    pub(super) fn value(&mut self, text: &str, path: PathKey) {
        let (text_from, digits_from) = (self.text.len(), self.digits.len());
        let has_numerals = self.letters_and_digits(text);
        let added = self.text.get(text_from..).unwrap_or_default();
        // Most values have none, and this test is wide.
        if added
            .iter()
            .fold(false, |any, byte| any | byte.is_ascii_digit())
        {
            self.digits
                .extend(added.iter().filter(|byte| byte.is_ascii_digit()));
        }
        let digits = self.digits.get(digits_from..).unwrap_or_default();
        if has_numerals && self.numerals.is_none() {
            self.numerals = self.digits.get(..digits_from).map(<[u8]>::to_vec);
        }
        if let Some(numerals) = &mut self.numerals {
            match has_numerals {
                true => numerals.extend(with_numerals(text)),
                false => numerals.extend_from_slice(digits),
            }
        }
        if digits.is_empty() {
            return;
        }
        let is_date = is_date(text);
        if is_date && self.undated.is_none() {
            self.undated = self.digits.get(..digits_from).map(<[u8]>::to_vec);
        }
        if let Some(undated) = self.undated.as_mut().filter(|_| !is_date) {
            undated.extend_from_slice(digits);
        }
        let is_mixed = !is_date && has_look_alikes(added);
        if is_mixed && self.look_alikes.is_none() {
            self.look_alikes = self.digits.get(..digits_from).map(<[u8]>::to_vec);
        }
        if let Some(look_alikes) = &mut self.look_alikes {
            match is_mixed {
                true => look_alikes.extend(added.iter().map(|byte| look_alike(*byte))),
                false => look_alikes.extend_from_slice(digits),
            }
        }
        self.values.push(Value {
            path,
            digits: digits_from,
            text: self.texts.len(),
        });
        self.texts.push_str(text);
    }

    /// Appends the folded letters and digits of a text; tells whether there are Chinese numerals.
    fn letters_and_digits(&mut self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let table = han::table();
        let mut has_numerals = false;
        let mut at = 0;
        self.text.reserve(text.len());
        while at < bytes.len() {
            at += self.plain(bytes, at);
            // What is not plain goes character by character, with the Chinese ones behind it.
            let rest = bytes.get(at..).unwrap_or_default();
            let (length, flags) = han_run(table, rest);
            if length > 0 {
                has_numerals |= flags & han::DIGIT != 0;
                self.text
                    .extend_from_slice(rest.get(..length).unwrap_or_default());
                at += length;
            } else if is_wide_sign(han::code_of_three(rest)) {
                at += 3;
            } else {
                let rest = text.get(at..).unwrap_or_default();
                let Some(character) = rest.chars().next() else {
                    return has_numerals;
                };
                has_numerals |= !character.is_ascii() && han_digit(character).is_some();
                at += character_of(rest, character, |part| push(&mut self.text, part));
            }
        }
        has_numerals
    }

    /// Appends the letters and digits of the bytes from a position up to one that has to be looked
    /// at with what follows; how many bytes that are.
    #[inline]
    fn plain(&mut self, bytes: &[u8], from: usize) -> usize {
        let mut at = from;
        // Between Chinese characters there are a few bytes, and no block.
        while from > 0 && at < from + FEW {
            match bytes.get(at) {
                Some(byte) if byte.is_ascii() && !matches!(byte, b'&' | b'%' | b'\\') => {
                    if byte.is_ascii_alphanumeric() {
                        self.text.push(byte.to_ascii_lowercase());
                    }
                    at += 1;
                }
                _ => return at - from,
            }
        }
        while at < bytes.len() {
            let (block, length) = block::block_at(bytes, at);
            let special = block::special(&block);
            let plain = usize::try_from(special.trailing_zeros()).unwrap_or(0);
            let kept = block::letters_and_digits(&block);
            // The bits below the special byte, if there is one.
            let below = (special & special.wrapping_neg()).wrapping_sub(1);
            self.keep(&block::lowercase(&block), kept & below);
            at += plain.min(length);
            if plain < length {
                break;
            }
        }
        at - from
    }

    /// Appends the bytes of a block that a mask has bits for: sixteen at a time, since most words
    /// are shorter, and what is too much is written over.
    #[inline]
    fn keep(&mut self, block: &[u8; BLOCK + 16], kept: u64) {
        let mut all = [0; BLOCK + 16];
        let (mut kept, mut to) = (kept, 0);
        while kept != 0 {
            let from = kept.trailing_zeros();
            let run = (!(kept >> from)).trailing_zeros();
            // Adding the lowest bit carries over its run.
            kept &= kept.wrapping_add(kept & kept.wrapping_neg());
            let (mut from, end) = (place(from), to + place(run));
            loop {
                // Both are below 64, which spares a test.
                let bytes = block
                    .get(from & (BLOCK - 1)..)
                    .and_then(<[u8]>::first_chunk::<16>);
                let room = all
                    .get_mut(to & (BLOCK - 1)..)
                    .and_then(<[u8]>::first_chunk_mut::<16>);
                if let (Some(room), Some(bytes)) = (room, bytes) {
                    *room = *bytes;
                }
                if end - to <= 16 {
                    break;
                }
                (from, to) = (from + 16, to + 16);
            }
            to = end;
        }
        self.text
            .extend_from_slice(all.get(..to).unwrap_or_default());
    }

    /// The one value that digits from one position to another came from, and where it begins.
    pub(super) fn value_of(&self, from: usize, to: usize) -> Option<&str> {
        let after = self.values.partition_point(|value| value.digits <= from);
        let next = self.values.get(after);
        let value = self.values.get(after.checked_sub(1)?)?;
        let is_one = to <= next.map_or(self.digits.len(), |next| next.digits);
        let end = next.map_or(self.texts.len(), |next| next.text);
        self.texts.get(value.text..end).filter(|_| is_one)
    }

    /// The digits of each path, with something between that is no digit.
    pub(super) fn by_path(&self) -> Vec<u8> {
        let ends = self.values.iter().skip(1).map(|value| value.digits);
        let ends = ends.chain([self.digits.len()]);
        let mut values: Vec<(PathKey, usize, usize)> = self
            .values
            .iter()
            .zip(ends)
            .map(|(value, end)| (value.path, value.digits, end))
            .collect();
        // Where paths are the same, by position.
        values.sort_unstable();
        let mut digits = Vec::with_capacity(self.digits.len() + values.len());
        let mut before = None;
        for (path, from, to) in values {
            if before.replace(path).is_some_and(|before| before != path) {
                digits.push(b'_');
            }
            digits.extend_from_slice(self.digits.get(from..to).unwrap_or_default());
        }
        digits
    }
}

/// So many bytes of ASCII are not worth a block.
const FEW: usize = 12;

fn place(bit: u32) -> usize {
    usize::try_from(bit).unwrap_or(0)
}

/// How many bytes of Chinese characters a text begins with, and all their flags.
#[inline]
fn han_run(table: &[u8], bytes: &[u8]) -> (usize, u8) {
    let (characters, _) = bytes.as_chunks::<3>();
    let (mut length, mut all) = (0, 0);
    for character in characters {
        match han::flags(table, han::code_of_three(character)) {
            Some(flags) => all |= flags,
            None => break,
        }
        length += 3;
    }
    (length, all)
}

/// Signs around Chinese text that fold to no letter and no digit.
#[inline]
fn is_wide_sign(code: u32) -> bool {
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

/// The span of the text that each byte of its stream of letters and digits came from.
pub(super) fn origins(text: &str) -> Vec<Range<usize>> {
    let mut origins = Vec::new();
    let mut at = 0;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let mut added = Vec::new();
        let length = character_of(rest, character, |part| push(&mut added, part));
        origins.extend(added.iter().map(|_| at..at + length));
        at += length;
    }
    origins
}

/// Calls `part` for what the character at the beginning of a text unfolds to; the bytes it takes.
#[inline]
fn character_of(text: &str, character: char, mut part: impl FnMut(char)) -> usize {
    if character.is_ascii_alphanumeric() {
        part(character);
    } else if !character.is_ascii() {
        unfold(character, part);
    } else if matches!(character, '&' | '%' | '\\')
        && let Some((encoded, bytes)) = encoded::read(text)
    {
        unfold(encoded, part);
        return bytes;
    }
    character.len_utf8()
}

#[inline]
fn push(stream: &mut Vec<u8>, part: char) {
    if part.is_ascii_alphanumeric() {
        stream.push(byte_of(part).to_ascii_lowercase());
    } else if part.is_alphanumeric() {
        let mut bytes = [0; 4];
        stream.extend_from_slice(small(part).encode_utf8(&mut bytes).as_bytes());
    }
}

fn byte_of(character: char) -> u8 {
    u8::try_from(character).unwrap_or(0)
}

/// The digits of a text with its numerals. No number goes on over a Chinese character that is
/// neither a numeral nor a power of ten, nor over a wide comma or full stop, so the parts between
/// these are read by themselves, and most are empty.
fn with_numerals(text: &str) -> Vec<u8> {
    let table = han::table();
    let bytes = text.as_bytes();
    let mut digits = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        if byte.is_ascii() {
            at += 1;
            continue;
        }
        let code = han::code_of_three(bytes.get(at..).unwrap_or_default());
        let parts = match han::flags(table, code) {
            Some(flags) => flags & (han::DIGIT | han::POWER) == 0,
            // 、。，
            None => matches!(code, 0x3001 | 0x3002 | 0xFF0C),
        };
        if parts {
            // Most characters part nothing.
            if from < at {
                numerals_of(text.get(from..at).unwrap_or_default(), &mut digits);
            }
            at += 3;
            from = at;
            continue;
        }
        at += match byte {
            0xF0.. => 4,
            0xE0.. => 3,
            _ => 2,
        };
    }
    numerals_of(text.get(from..).unwrap_or_default(), &mut digits);
    digits
}

/// Appends the digits of a part, numerals read.
fn numerals_of(part: &str, digits: &mut Vec<u8>) {
    // One numeral by itself, as most are.
    let mut characters = part.chars();
    let Some(one) = characters.next() else {
        return;
    };
    if characters.next().is_none()
        && let flags = han::flags(han::table(), u32::from(one)).unwrap_or(0)
        && flags & han::DIGIT != 0
        && let Some(digit) = han_digit(one)
    {
        digits.push(b'0' + digit);
        return;
    }
    let folded = Folded::new(part);
    for group in groups(&folded, Reading::Plain) {
        digits.extend_from_slice(group.digits.as_bytes());
    }
}

fn has_look_alikes(text: &[u8]) -> bool {
    let is_letter =
        |byte: u8| byte.is_ascii_lowercase() && digit_look_alike(char::from(byte)).is_some();
    text.windows(2).any(|pair| match pair {
        [one, two] => {
            (one.is_ascii_digit() && is_letter(*two)) || (is_letter(*one) && two.is_ascii_digit())
        }
        _ => false,
    })
}

/// The digit that a byte stands for, or a byte that ends a number.
fn look_alike(byte: u8) -> u8 {
    if byte.is_ascii_digit() {
        return byte;
    }
    digit_look_alike(char::from(byte)).map_or(b'_', |digit| b'0' + digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Character by character, without tables and blocks.
    fn slowly(text: &str) -> (Vec<u8>, bool) {
        let mut stream = Vec::new();
        let mut has_numerals = false;
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            has_numerals |= !character.is_ascii() && han_digit(character).is_some();
            let length = character_of(rest, character, |part| push(&mut stream, part));
            rest = rest.get(length..).expect("a boundary");
        }
        (stream, has_numerals)
    }

    fn quickly(text: &str) -> (Vec<u8>, bool) {
        let mut streams = Streams::default();
        let has_numerals = streams.letters_and_digits(text);
        (streams.text, has_numerals)
    }

    /// The digits of a whole text, not parted.
    fn numerals_at_once(text: &str) -> Vec<u8> {
        let groups = groups(&Folded::new(text), Reading::Plain);
        let digits = groups.into_iter().map(|group| group.digits.into_bytes());
        digits.flatten().collect()
    }

    #[test]
    fn every_character_is_folded_as_by_itself() {
        for character in ('\0'..='\u{FFFF}').chain('\u{1F100}'..'\u{1F200}') {
            let text = character.to_string();
            assert_eq!(quickly(&text), slowly(&text), "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn blocks_give_what_characters_give(
            text in "(\\PC|[ -~]{1,40}|[一二三百千万亿的，。、]{1,9}|%3[0-9]|&#49;|\\\\u0031){0,9}"
        ) {
            prop_assert_eq!(quickly(&text), slowly(&text));
        }

        #[test]
        fn parts_have_the_numerals_of_the_whole(
            text in "([一二三九零两十百千万亿的我，。、！ 0-9]|one|double |ba|san|-|o|thousand|e\u{301}){0,16}"
        ) {
            prop_assert_eq!(with_numerals(&text), numerals_at_once(&text), "{}", text);
        }
    }
}
