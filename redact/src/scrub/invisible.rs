//! Characters that show as nothing, and which of them a scrubbed text keeps.
//!
//! What must never be here: a visible character. Blanks, line ends and tabs are visible.

use crate::transform::fold::is_invisible;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Whether the detector looks through a character: invisible, or a mark on another.
pub(crate) fn is_dropped(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control() && !matches!(character, '\t' | '\n' | '\r');
    }
    is_invisible(character)
        || matches!(
            character.general_category(),
            GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark
        )
}

/// Whether a character is taken out of scrubbed text wherever it stands: it could hide a contact,
/// or carry somebody else's mark.
///
/// Two are kept where writing needs them: the joiners (U+200C, U+200D) between two letters of a
/// script that shapes by them or between two emoji, and the selectors of text and emoji
/// presentation (U+FE0E, U+FE0F).
pub(crate) fn is_stripped(character: char, before: Option<char>, after: Option<char>) -> bool {
    match character {
        '\u{FE0E}' | '\u{FE0F}' => false,
        '\u{200C}' | '\u{200D}' => {
            let both = |test: fn(char) -> bool| before.is_some_and(test) && after.is_some_and(test);
            !(both(is_shaped) || (character == '\u{200D}' && both(is_pictograph)))
        }
        // The combining grapheme joiner is a mark by category and shows as nothing.
        '\u{34F}' => true,
        _ if character.is_ascii() => is_dropped(character),
        _ => is_invisible(character),
    }
}

/// Scripts whose spelling uses joiners: Arabic to Sinhala, Mongolian.
fn is_shaped(character: char) -> bool {
    matches!(character, '\u{600}'..='\u{DFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{18AF}')
}

fn is_pictograph(character: char) -> bool {
    matches!(character, '\u{FE0F}' | '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}
