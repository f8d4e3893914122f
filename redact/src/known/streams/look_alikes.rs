//! Digits in folded text, and the letters that look like them.
//!
//! What must never be here: which value a digit is of.

use crate::scrub::glyphs::digit_look_alike;
use std::sync::LazyLock;

/// The places of digits. Texts have few, and most of sixteen bytes have none.
pub(super) fn digit_places(text: &[u8]) -> impl Iterator<Item = usize> {
    let (chunks, rest) = text.as_chunks::<16>();
    let chunks = chunks.iter().map(<[u8; 16]>::as_slice).chain([rest]);
    let chunks = chunks.enumerate().filter(|(_, chunk)| {
        let count = |count: u8, byte: &u8| count + u8::from(byte.is_ascii_digit());
        chunk.iter().fold(0, count) != 0
    });
    chunks.flat_map(|(number, chunk)| {
        let places = chunk.iter().enumerate();
        let digits = places.filter(|(_, byte)| byte.is_ascii_digit());
        digits.map(move |(place, _)| number * 16 + place)
    })
}

/// Whether a digit stands beside a letter that looks like one.
pub(super) fn has_look_alikes(text: &[u8]) -> bool {
    let is_letter = |at: Option<usize>| {
        let byte = at.and_then(|at| text.get(at)).copied().unwrap_or(b' ');
        byte.is_ascii_lowercase() && digit_look_alike(char::from(byte)).is_some()
    };
    digit_places(text).any(|at| is_letter(at.checked_sub(1)) || is_letter(at.checked_add(1)))
}

/// For each byte the digit that it stands for, or a byte that ends a number.
static LOOK_ALIKES: LazyLock<[u8; 256]> = LazyLock::new(|| {
    let mut bytes = [b'_'; 256];
    for (byte, number) in bytes.iter_mut().zip(0..=u8::MAX) {
        let character = char::from(number);
        match digit_look_alike(character) {
            Some(digit) => *byte = b'0' + digit,
            None if character.is_ascii_digit() => *byte = number,
            None => {}
        }
    }
    bytes
});

/// What a text says if letters that look like digits are some.
pub(super) fn digits_with_look_alikes(text: &[u8]) -> impl Iterator<Item = u8> {
    let table = &*LOOK_ALIKES;
    let digit = |byte: &u8| table.get(usize::from(*byte)).copied();
    text.iter().map(move |byte| digit(byte).unwrap_or(b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_and_their_look_alikes(text in "[a-z]{0,20}([0-9a-z_]{0,3}|[a-z]{14,18}|的){0,9}") {
            let text = text.as_bytes();
            let expected = (0..text.len()).filter(|at| text[*at].is_ascii_digit());
            prop_assert!(digit_places(text).eq(expected));
            let is_letter = |byte: u8| b"olizsbgq".contains(&byte);
            let is_mixed = text.windows(2).any(|pair| {
                pair[0].is_ascii_digit() && is_letter(pair[1])
                    || is_letter(pair[0]) && pair[1].is_ascii_digit()
            });
            prop_assert_eq!(has_look_alikes(text), is_mixed);
        }
    }
}
