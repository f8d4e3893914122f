//! The forms in which a known value is searched for.
//!
//! What must never be here: a form so short that chance writes it. Those are refused, or checked
//! again where they were found ([`Certainty`]).

use super::{KnownKind, beside};
use crate::scrub::fold::{small, unfold};

/// Where a form is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// Letters and digits.
    Text,
    /// Digits only.
    Digits,
}

/// What a match means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// It is the value.
    Sure,
    /// The last digits of a number: not if they are a date.
    Tail,
    /// A short number: only if it stands by itself.
    Short,
    /// The account of an address: only near its provider, in the same value.
    Beside,
}

#[derive(Clone)]
pub(super) struct Form {
    pub(super) bytes: Vec<u8>,
    pub(super) stream: Stream,
    pub(super) certainty: Certainty,
    /// What has to stand near it; nothing where the form is enough.
    pub(super) near: Vec<String>,
}

/// So many digits in a row do not come by chance.
const SURE_DIGITS: usize = 9;

/// A value's letters and digits, and its forms.
pub(super) fn of(kind: KnownKind, value: &str) -> Result<(String, Vec<Form>), &'static str> {
    let plain = plain(kind, value);
    let mut forms = Vec::new();
    let is_number = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        KnownKind::Phone if plain.len() < 7 => return Err("a number of fewer than seven digits"),
        KnownKind::Phone | KnownKind::Qq if !is_number => return Err("not a number"),
        KnownKind::Qq if plain.len() < 5 => return Err("a number of fewer than five digits"),
        KnownKind::Phone | KnownKind::Qq => number(&plain, kind == KnownKind::Phone, &mut forms),
        KnownKind::IdCard => {
            let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
            if digits.len() < 15 {
                return Err("fewer than fifteen digits");
            }
            // The check character may be missing.
            let body = digits.get(..17).unwrap_or(&digits);
            number(body, false, &mut forms);
        }
        KnownKind::Wechat if plain.chars().count() < 5 => {
            return Err("an account of fewer than five letters or digits");
        }
        KnownKind::Wechat if is_number => number(&plain, true, &mut forms),
        KnownKind::Wechat => {
            text(&plain, &mut forms);
            encodings(value.trim(), &mut forms);
        }
        KnownKind::Email => {
            let Some((local, domain)) = value.trim().rsplit_once('@') else {
                return Err("an address without @");
            };
            address(local, domain, &mut forms);
            forms.extend(beside::accounts(local, domain));
            encodings(&value.trim().to_lowercase(), &mut forms);
        }
        KnownKind::Name => {
            if plain.chars().count() < 2 {
                return Err("a name of fewer than two letters");
            }
            name(value, &plain, &mut forms);
        }
    }
    Ok((plain, forms))
}

/// The folded letters and digits of a value; of a telephone number the digits, without what stands
/// before a Chinese one.
pub(super) fn plain(kind: KnownKind, value: &str) -> String {
    let plain = letters_and_digits(value);
    if kind != KnownKind::Phone {
        return plain;
    }
    for prefix in ["0086", "86", "0"] {
        if let Some(national) = plain.strip_prefix(prefix)
            && national.len() == 11
            && national.starts_with('1')
        {
            return national.to_owned();
        }
    }
    plain
}

pub(super) fn letters_and_digits(text: &str) -> String {
    let mut plain = String::new();
    for character in text.chars() {
        unfold(character, |part| {
            if part.is_alphanumeric() {
                plain.push(small(part));
            }
        });
    }
    plain
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

fn push(forms: &mut Vec<Form>, text: &str, stream: Stream, certainty: Certainty) {
    if !forms
        .iter()
        .any(|form| form.bytes == text.as_bytes() && form.stream == stream)
    {
        forms.push(Form {
            bytes: text.as_bytes().to_vec(),
            stream,
            certainty,
            near: Vec::new(),
        });
    }
}

fn text(plain: &str, forms: &mut Vec<Form>) {
    push(forms, plain, Stream::Text, Certainty::Sure);
    push(forms, &reversed(plain), Stream::Text, Certainty::Sure);
}

fn number(digits: &str, is_dialled: bool, forms: &mut Vec<Form>) {
    let certainty = match digits.len() >= SURE_DIGITS {
        true => Certainty::Sure,
        false => Certainty::Short,
    };
    push(forms, digits, Stream::Digits, certainty);
    push(forms, &reversed(digits), Stream::Digits, certainty);
    if !is_dialled || certainty == Certainty::Short {
        return;
    }
    let tail = digits
        .len()
        .checked_sub(8)
        .and_then(|from| digits.get(from..));
    if let Some(tail) = tail.filter(|_| digits.len() >= 10) {
        push(forms, tail, Stream::Digits, Certainty::Tail);
        push(forms, &reversed(tail), Stream::Digits, Certainty::Tail);
    }
    for words in [
        [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
        ],
        [
            "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
        ],
        [
            "o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
        ],
        [
            "ling", "yao", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu",
        ],
        [
            "ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu",
        ],
        [
            "dong", "yao", "liang", "san", "si", "wu", "liu", "guai", "ba", "gou",
        ],
    ] {
        let spoken: String = digits
            .bytes()
            .filter_map(|digit| words.get(usize::from(digit.saturating_sub(b'0'))).copied())
            .collect();
        push(forms, &spoken, Stream::Text, Certainty::Sure);
    }
    encodings(digits, forms);
}

fn address(local: &str, domain: &str, forms: &mut Vec<Form>) {
    let joined = |text: &str, dot: &str| -> String {
        let parts: Vec<String> = text.split('.').map(letters_and_digits).collect();
        parts.join(dot)
    };
    for at in ["", "at", "艾特", "圈a", "小老鼠", "a", "40"] {
        for dot in ["", "dot", "点", "2e"] {
            let spelled = format!("{}{at}{}", joined(local, dot), joined(domain, dot));
            push(forms, &spelled, Stream::Text, Certainty::Sure);
            let domain_only = format!("{}{at}{}", joined(local, ""), joined(domain, dot));
            push(forms, &domain_only, Stream::Text, Certainty::Sure);
        }
    }
    let whole = format!("{}{}", joined(local, ""), joined(domain, ""));
    push(forms, &reversed(&whole), Stream::Text, Certainty::Sure);
}

fn name(value: &str, plain: &str, forms: &mut Vec<Form>) {
    push(forms, plain, Stream::Text, Certainty::Sure);
    let words: Vec<String> = value
        .split(|c: char| !c.is_alphanumeric())
        .map(letters_and_digits)
        .filter(|word| !word.is_empty())
        .collect();
    if let [first, .., last] = words.as_slice() {
        push(
            forms,
            &format!("{last}{first}"),
            Stream::Text,
            Certainty::Sure,
        );
        push(
            forms,
            &format!("{first}{last}"),
            Stream::Text,
            Certainty::Sure,
        );
    }
}

/// The letters and digits of a value in Base64 (at each of three offsets), in hexadecimal, which
/// percent-encoding is too, and as character references.
fn encodings(value: &str, forms: &mut Vec<Form>) {
    let bytes = value.as_bytes();
    for offset in 0..3 {
        let form = base64_core(bytes, offset);
        if form.len() >= 8 {
            push(forms, &form, Stream::Text, Certainty::Sure);
        }
    }
    for write in [
        |byte: &u8| format!("{byte:02x}"),
        |byte: &u8| format!("x{byte:02x}"),
        |byte: &u8| format!("{byte}"),
        |byte: &u8| format!("u{byte:04x}"),
    ] {
        let form: String = bytes.iter().map(write).collect();
        push(forms, &form, Stream::Text, Certainty::Sure);
    }
}

/// The characters of Base64 (RFC 4648) that depend on nothing but these bytes, if so many others
/// stand before them; small, without the two that are neither letters nor digits.
fn base64_core(bytes: &[u8], offset: usize) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    // Skips the bits that share a character with what stands before.
    let skipped = [0, 4, 2].get(offset).copied().unwrap_or(0);
    let bits: Vec<u8> = bits.skip(skipped).collect();
    let (sextets, _) = bits.as_chunks::<6>();
    let characters = sextets.iter().filter_map(|sextet| {
        let value = sextet
            .iter()
            .fold(0, |value, bit| value << 1 | usize::from(*bit));
        ALPHABET.chars().nth(value)
    });
    characters
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_at_every_offset() {
        // "13800138000" is MTM4MDAxMzgwMDA=, "x13800138000" eDEzODAwMTM4MDAw, and so on.
        assert_eq!(base64_core(b"13800138000", 0), "mtm4mdaxmzgwmd");
        assert!("edezodawmtm4mdaw".contains(&base64_core(b"13800138000", 1)));
        assert!("ehgxmzgwmdezodawma".contains(&base64_core(b"13800138000", 2)));
    }

    #[test]
    fn prefixes_of_chinese_numbers() {
        for value in [
            "+86 138-0013-8000",
            "0086 13800138000",
            "013800138000",
            "１３８００１３８０００",
        ] {
            assert_eq!(plain(KnownKind::Phone, value), "13800138000");
        }
    }
}
