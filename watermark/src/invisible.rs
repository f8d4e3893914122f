//! Invisible characters, and how they leave a document before it is marked.
//!
//! A zero-width code could have been planted in the résumé, by its author or by a company that wants
//! another one blamed; so all that could carry one goes. What must never be here: an exception for a
//! character of the code's alphabet, however useful it is in emoji or in Persian.

use crate::error::{MarkError, MarkErrorKind};
use serde_json::Value;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Whether a character shows nothing: the format characters (`Cf`), but for those that are drawn
/// around numbers (prepended concatenation marks), and the combining grapheme joiner.
pub(crate) fn is_invisible(character: char) -> bool {
    match character {
        '\u{34f}' => true,
        '\u{600}'..='\u{605}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{890}'..='\u{891}'
        | '\u{8e2}'
        | '\u{110bd}'
        | '\u{110cd}' => false,
        _ => character.general_category() == GeneralCategory::Format,
    }
}

/// The text without its invisible characters.
pub(crate) fn strip(text: &mut String) {
    text.retain(|character| !is_invisible(character));
}

/// Strips every string of a value.
///
/// # Errors
///
/// A member name with an invisible character: without it, the name might be another one's.
pub(crate) fn strip_all(value: &mut Value) -> Result<(), MarkError> {
    match value {
        Value::String(text) => strip(text),
        Value::Array(items) => items.iter_mut().try_for_each(strip_all)?,
        Value::Object(members) => {
            for (name, value) in members {
                if name.chars().any(is_invisible) {
                    return Err(MarkError::new(MarkErrorKind::InvisibleName));
                }
                strip_all(value)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::strip;

    #[test]
    fn what_goes_and_what_stays() {
        for (given, expected) in [
            (
                "a\u{200b}\u{200c}\u{200d}\u{2060}\u{2061}\u{2062}\u{2063}\u{2064}\u{feff}b",
                "ab",
            ),
            (
                "soft\u{ad}hyphen \u{202e}bidi\u{2066} \u{34f}\u{e0041}",
                "softhyphen bidi ",
            ),
            ("👩\u{200d}🔬 ☎\u{fe0f}", "👩🔬 ☎\u{fe0f}"),
            ("\u{600}١٢ é e\u{301} 张三", "\u{600}١٢ é e\u{301} 张三"),
        ] {
            let mut text = given.to_owned();
            strip(&mut text);
            assert_eq!(text, expected);
        }
    }
}
