//! What a JSON string stands for, and how text is written as one (RFC 8259,
//! sections 7 and 8.2).
//!
//! What must never be here: grammar checks. The tokenizer has made them; what
//! does not decode here is treated as text that cannot be shown.

use std::borrow::Cow;

/// The text of a string token, quotes included in `raw`. None if it holds half
/// of a surrogate pair, which is no Unicode text.
pub(crate) fn decode(raw: &[u8]) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    unescape(std::str::from_utf8(inner).ok()?)
}

/// The text of what stands between the quotes of a string token; none as [`decode`].
pub(crate) fn unescape(inner: &str) -> Option<Cow<'_, str>> {
    let Some((plain, mut rest)) = split_at_escape(inner) else {
        return Some(Cow::Borrowed(inner));
    };
    let mut text = String::with_capacity(inner.len());
    text.push_str(plain);
    loop {
        let (character, after) = escape(rest)?;
        text.push(character);
        match split_at_escape(after) {
            Some((plain, next)) => {
                text.push_str(plain);
                rest = next;
            }
            None => {
                text.push_str(after);
                return Some(Cow::Owned(text));
            }
        }
    }
}

/// What stands between the quotes of a string token.
#[inline]
pub(crate) fn inside(raw: &[u8]) -> &[u8] {
    match raw {
        [_, inside @ .., _] => inside,
        _ => &[],
    }
}

/// Text as a JSON string, quotes included. Only what must be escaped is.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::new();
    encode_into(text, &mut out);
    out
}

/// Appends text as a JSON string.
pub(crate) fn encode_into(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    match super::scan::is_plain(text.as_bytes()) {
        true => out.push_str(text),
        false => text
            .chars()
            .for_each(|character| escape_into(character, out)),
    }
    out.push('"');
}

fn escape_into(character: char, out: &mut String) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0'..' ' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
        _ => out.push(character),
    }
}

/// What comes before the first backslash and what comes after it.
fn split_at_escape(text: &str) -> Option<(&str, &str)> {
    let at = memchr::memchr(b'\\', text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The character of the escape that `rest` (after its backslash) starts with.
pub(crate) fn escape(rest: &str) -> Option<(char, &str)> {
    let mut characters = rest.chars();
    let character = match characters.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode_escape(characters.as_str()),
        other @ ('"' | '\\' | '/') => other,
        _ => return None,
    };
    Some((character, characters.as_str()))
}

fn unicode_escape(rest: &str) -> Option<(char, &str)> {
    let (first, rest) = hex4(rest)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, rest));
    }
    let (second, rest) = hex4(rest.strip_prefix("\\u")?)?;
    let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    let high = first.checked_sub(0xD800).filter(|high| *high < 0x400)?;
    Some((char::from_u32(0x10000 + (high << 10) + low)?, rest))
}

fn hex4(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    // `from_str_radix` alone would take a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some((u32::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        let decoded = |raw: &str| decode(raw.as_bytes()).map(Cow::into_owned);
        assert_eq!(decoded(r#""ph\u006fne""#).as_deref(), Some("phone"));
        assert_eq!(decoded(r#""\ud83d\uDE00!""#).as_deref(), Some("😀!"));
        assert_eq!(
            decoded(r#""\"\\\/\b\f\n\r\t""#).as_deref(),
            Some("\"\\/\u{8}\u{c}\n\r\t")
        );
        for lone in [
            r#""\ud83d""#,
            r#""\ud83dx""#,
            r#""\ude00""#,
            r#""\ud83d\ud83d""#,
            r#""\ud83d\n""#,
            r#""\ud83d\u0041""#,
            r#""\ud83d\udbff""#,
            r#""\ud83d\ue000""#,
            r#""\ud83d\uffff""#,
        ] {
            assert_eq!(decoded(lone), None, "{lone}");
        }
    }

    #[test]
    fn encode_then_decode_is_the_same() {
        let text: String = (0..0x300).filter_map(char::from_u32).collect();
        assert_eq!(
            decode(encode(&text).as_bytes()).as_deref(),
            Some(text.as_str())
        );
    }
}
