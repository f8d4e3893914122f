//! `mask:name`: a surname, or initials.
//!
//! What must never be here: anything from which the length of a given name
//! could be told. The stars are always two.

use super::compound_surnames::is_compound_surname;
use super::fold::fold;
use crate::ideographs::is_ideograph;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// Masks a person's name.
///
/// - Han: the surname and `**`, where a compound surname counts if something
///   follows it (`欧阳修` → `欧阳**`, `上官` → `上**`). A name with a middle dot
///   (`阿卜杜拉·买买提`) shows its first character.
/// - Scripts with capitals: the initials of the first and the last word without
///   honorifics (`Dr. Lena Vasquez` → `L. V.`).
/// - Other scripts: the first character and `**`.
///
/// None if there is no letter.
pub fn mask_name(name: &str) -> Option<String> {
    let name = fold(name)?;
    let first = name.chars().find(|character| is_letter(*character))?;
    if first.is_lowercase() || first.is_uppercase() {
        return initials(&name);
    }
    let mut shown = String::from(first);
    if is_han(first) && !name.contains(is_middle_dot) {
        // Letters only: blanks and signs between them are not part of a name.
        let mut letters = name
            .chars()
            .filter(|character| is_letter(*character))
            .skip(1);
        if let (Some(second), Some(third)) = (letters.next(), letters.next())
            && is_compound_surname(first, second)
            && is_han(third)
        {
            shown.push(second);
        }
    }
    shown.push_str("**");
    Some(shown)
}

fn initials(name: &str) -> Option<String> {
    let words = || {
        name.split(|character: char| character.is_whitespace() || character == ',')
            .filter(|word| word.starts_with(|c: char| c.is_lowercase() || c.is_uppercase()))
    };
    let ends = |words: &mut dyn Iterator<Item = &str>| {
        let first = words.next();
        first.map(|first| (initial(first), words.last().map(initial)))
    };
    // A name that is nothing but titles: one of them is the name ("Lord").
    let bare = ends(&mut words().filter(|word| !is_honorific(word)));
    let (first, last) = bare.or_else(|| ends(&mut words()))?;
    let mut shown = String::with_capacity("L. V.".len());
    shown.push(first?);
    shown.push('.');
    if let Some(last) = last.flatten() {
        shown.extend([' ', last, '.']);
    }
    Some(shown)
}

fn initial(word: &str) -> Option<char> {
    word.chars().next().and_then(|c| c.to_uppercase().next())
}

fn is_honorific(word: &str) -> bool {
    // As long as the longest of them, in UTF-8.
    let mut bytes = [0; "professor".len() + 1];
    let Some(length) = lower(word, &mut bytes) else {
        return false;
    };
    let bare = bytes
        .get(..length)
        .and_then(|bytes| str::from_utf8(bytes).ok());
    let bare = bare.unwrap_or_default();
    // "Ma" and "Ba" are surnames as well: only with their dots are they degrees.
    let is_surname = matches!(bare, "ma" | "ba" | "hon" | "eng" | "ing" | "lord");
    is_title(bare) && (!is_surname || word.contains('.'))
}

/// Writes a word in small letters without dots, and gives its length in bytes; none if there is no
/// room for it.
fn lower(word: &str, bytes: &mut [u8]) -> Option<usize> {
    let mut length = 0;
    if word.is_ascii() {
        for byte in word.bytes().filter(|byte| *byte != b'.') {
            *bytes.get_mut(length)? = byte.to_ascii_lowercase();
            length += 1;
        }
        return Some(length);
    }
    let letters = word.chars().filter(|c| *c != '.');
    for character in letters.flat_map(char::to_lowercase) {
        let rest = bytes.get_mut(length..)?;
        if rest.len() < character.len_utf8() {
            return None;
        }
        length += character.encode_utf8(rest).len();
    }
    Some(length)
}

/// Titles before and degrees after a name, without dots and in small letters.
fn is_title(bare: &str) -> bool {
    matches!(
        bare,
        "mr" | "mrs"
            | "ms"
            | "miss"
            | "mx"
            | "dr"
            | "prof"
            | "professor"
            | "doctor"
            | "sir"
            | "madam"
            | "dame"
            | "lord"
            | "lady"
            | "rev"
            | "reverend"
            | "hon"
            | "herr"
            | "frau"
            | "mme"
            | "mlle"
            | "monsieur"
            | "madame"
            | "señor"
            | "señora"
            | "sr"
            | "sra"
            | "srta"
            | "ing"
            | "dipl"
            | "eng"
            | "jr"
            | "ii"
            | "iii"
            | "iv"
            | "phd"
            | "md"
            | "mba"
            | "msc"
            | "bsc"
            | "ma"
            | "ba"
            | "esq"
            | "cpa"
            | "pmp"
            | "cfa"
            | "dds"
            | "jd"
    )
}

fn is_letter(character: char) -> bool {
    match character.is_ascii() {
        true => character.is_ascii_alphabetic(),
        false => {
            is_han(character) || character.general_category_group() == GeneralCategoryGroup::Letter
        }
    }
}

/// A Chinese character, or the sign that repeats one.
fn is_han(character: char) -> bool {
    character == '々' || is_ideograph(character)
}

/// The dots between the parts of a name, after NFKC.
fn is_middle_dot(character: char) -> bool {
    matches!(
        character,
        '\u{B7}'
            | '\u{2022}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22C5}'
            | '\u{30FB}'
            | '\u{16EB}'
            | '\u{2E31}'
            | '\u{2E33}'
            | '\u{A78F}'
            | '\u{2218}'
            | '\u{25CF}'
            | '\u{26AB}'
            | '.'
            | '\u{3002}'
    )
}
