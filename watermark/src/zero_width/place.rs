//! Where codes go: the longest free texts of a document, between words.
//!
//! What must never be here: a change of a visible character, or a place inside a word, where a
//! search for it would fail.

use super::code;
use crate::mark_id::MarkId;
use crate::marker::Settings;
use serde_json::Value;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Embeds the id's code into the longest free texts; the number of codes.
pub(crate) fn embed(document: &mut Value, id: MarkId, settings: &Settings) -> usize {
    let mut texts = Vec::new();
    collect(document, None, settings, &mut texts);
    // Longest first; the sort keeps the order of equal ones, so the same body gives the same places.
    texts.sort_by_key(|text| std::cmp::Reverse(text.length));
    texts.truncate(settings.max_codes);
    let mut rest = settings.max_codes - texts.len();
    let code = code(id);
    let mut codes = 0;
    for FreeText { text, length } in texts {
        let more = (length / settings.text_per_code.max(1)).min(rest);
        rest -= more;
        codes += 1 + more;
        *text = with_codes(text, 1 + more, &code);
    }
    codes
}

struct FreeText<'a> {
    text: &'a mut String,
    /// In characters.
    length: usize,
}

/// The free texts below a value; `name` is that of the innermost member.
fn collect<'a>(
    value: &'a mut Value,
    name: Option<&str>,
    settings: &Settings,
    texts: &mut Vec<FreeText<'a>>,
) {
    match value {
        Value::String(text) => {
            let length = text.chars().count();
            let is_free = name.is_some_and(|name| settings.free_text.contains(name));
            if is_free && length >= settings.min_text {
                texts.push(FreeText { text, length });
            }
        }
        Value::Array(items) => {
            for item in items {
                collect(item, name, settings, texts);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                collect(value, Some(name), settings, texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text with so many codes, evenly spread.
fn with_codes(text: &str, codes: usize, code: &str) -> String {
    let mut marked = String::with_capacity(text.len() + codes * code.len());
    let gaps = gaps(text);
    let mut rest = text;
    let mut done = 0;
    for i in 1..=codes {
        let wanted = text.len() * i / (codes + 1);
        let place = nearest(&gaps, wanted).unwrap_or(text.len()).max(done);
        let (before, after) = rest.split_at_checked(place - done).unwrap_or((rest, ""));
        marked.push_str(before);
        marked.push_str(code);
        (rest, done) = (after, place);
    }
    marked.push_str(rest);
    marked
}

fn nearest(gaps: &[usize], wanted: usize) -> Option<usize> {
    gaps.iter().copied().min_by_key(|gap| gap.abs_diff(wanted))
}

/// Byte offsets before the words of a text; in Chinese or Japanese without punctuation, those
/// between its characters.
fn gaps(text: &str) -> Vec<usize> {
    let pairs = || {
        let next = text.char_indices().skip(1);
        text.chars().zip(next)
    };
    let between = |is_gap: fn(char, char) -> bool| {
        let gaps = pairs().filter(|(before, (_, after))| is_gap(*before, *after));
        gaps.map(|(_, (offset, _))| offset).collect::<Vec<_>>()
    };
    let words = between(|before, after| {
        (before.is_whitespace() || is_wide_punctuation(before)) && after.is_alphanumeric()
    });
    match words.is_empty() {
        true => between(|before, after| is_ideograph(before) && is_ideograph(after)),
        false => words,
    }
}

/// Punctuation of Chinese and Japanese texts, which put no blank behind it.
fn is_wide_punctuation(character: char) -> bool {
    matches!(character, '\u{3001}'..='\u{3002}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}')
}

fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
        && character.general_category() == GeneralCategory::OtherLetter
}

#[cfg(test)]
mod tests {
    use super::with_codes;

    #[test]
    fn codes_stand_between_words() {
        for (text, codes, expected) in [
            ("built a search engine", 1, "built a |search engine"),
            ("one two three four five", 2, "one two |three |four five"),
            (
                "负责后端服务，性能提升一倍。",
                1,
                "负责后端服务，|性能提升一倍。",
            ),
            ("负责后端服务", 1, "负责后|端服务"),
            ("word", 2, "word||"),
            ("3.5 年经验", 1, "3.5 |年经验"),
            ("a\r\nb", 1, "a\r\n|b"),
            ("", 1, "|"),
            ("e\u{301} e\u{301}", 1, "e\u{301} |e\u{301}"),
        ] {
            assert_eq!(with_codes(text, codes, "|"), expected);
        }
    }
}
