//! Brings text to the form that every mask looks at: NFKC, without invisible
//! characters, decimal digits as ASCII.
//!
//! What must never be here: a use for output. Folded text is for recognising;
//! what is shown is put together anew.

use crate::ideographs::is_unified;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Longer values are no name, number or address; transforms show nothing of
/// them, which also bounds their work.
pub const MAX_BYTES: usize = 1024;

/// The folded text; none if it is longer than [`MAX_BYTES`].
///
/// NFKC folds full-width forms but keeps format characters (`Cf`: zero-width,
/// bidirectional, soft hyphen) and the digits of other scripts, so both are
/// dealt with here. Controls, variation selectors and the Hangul fillers, which
/// show as nothing, go too.
pub fn fold(text: &str) -> Option<Cow<'_, str>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    if is_folded(text) {
        return Some(Cow::Borrowed(text));
    }
    Some(Cow::Owned(fold_each(text)))
}

fn fold_each(text: &str) -> String {
    // Invisible characters go first: they could keep others from composing.
    let visible = text.chars().filter(|character| !is_invisible(*character));
    let folded = visible
        .nfkc()
        .filter(|character| !is_invisible(*character))
        .map(|character| match decimal_digit(character) {
            Some(digit) => char::from(digit),
            None => character,
        });
    folded.collect()
}

/// Whether a text is surely folded already: printable ASCII and Chinese characters, which NFKC leaves
/// as they are and joins with nothing.
fn is_folded(text: &str) -> bool {
    // All of them, with no way out before: many bytes are looked at together.
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~');
    text.bytes().fold(true, |all, byte| all & is_plain(byte))
        || text
            .chars()
            .all(|c| matches!(c, ' '..='~') || is_unified(c))
}

pub(crate) fn is_invisible(character: char) -> bool {
    match character {
        // Blanks among the controls separate words.
        '\t' | '\n' | '\r' => false,
        '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' => true,
        '\u{180B}'..='\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => true,
        _ => matches!(
            character.general_category(),
            GeneralCategory::Format | GeneralCategory::Control
        ),
    }
}

/// The ASCII digit that a decimal digit (`Nd`) of any script stands for.
///
/// Unicode keeps each script's digits in one ascending run from 0 to 9 (Unicode
/// Standard, section 4.6), so the value is the distance to the start of the run,
/// modulo ten where runs touch.
pub(crate) fn decimal_digit(character: char) -> Option<u8> {
    if character.is_ascii() {
        return u8::try_from(character).ok().filter(u8::is_ascii_digit);
    }
    let is_digit = |character: char| character.general_category() == GeneralCategory::DecimalNumber;
    if !is_digit(character) {
        return None;
    }
    let below = (0..u32::from(character)).rev();
    let distance = below
        .map_while(char::from_u32)
        .take_while(|other| is_digit(*other))
        .count();
    u8::try_from(distance % 10).ok().map(|value| b'0' + value)
}

#[cfg(test)]
mod tests {
    use super::{fold, fold_each, is_folded};

    #[test]
    fn what_is_folded_already() {
        let all: String = (' '..='~').chain('\u{4E00}'..='\u{9FFF}').collect();
        assert!(is_folded(&all));
        assert_eq!(fold_each(&all), all);
        for character in all.chars() {
            // Nothing joins it, before it or behind it.
            let pairs = format!("{character}e{character}{character}");
            assert_eq!(fold_each(&pairs), pairs);
        }
        for other in [
            "\t",
            "\u{7f}",
            "e\u{301}",
            "々",
            "㐀",
            "ꀀ",
            "１",
            "李\u{200b}",
        ] {
            assert!(!is_folded(other), "{other:?}");
        }
    }

    #[test]
    fn digits_of_other_scripts() {
        assert_eq!(fold("１٣८𝟏߀").as_deref(), Some("13810"));
        assert_eq!(fold("³①").as_deref(), Some("31"));
    }

    #[test]
    fn invisible_characters() {
        assert_eq!(
            fold("李\u{200b}雷\u{ad}\u{202e}\u{fe0f}").as_deref(),
            Some("李雷")
        );
        assert_eq!(fold("e\u{200d}\u{301}").as_deref(), Some("é"));
    }
}
