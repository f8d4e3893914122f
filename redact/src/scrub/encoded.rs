//! Characters written as HTML entities, percent-encoding or `\u` escapes inside the text.
//!
//! What must never be here: decoding for its own sake. Only what a contact is made of is read, so
//! that `100%20` stays a hundred percent.

/// The character that the text begins with in some encoding, and the bytes it takes.
pub(crate) fn read(text: &str) -> Option<(char, usize)> {
    match text.as_bytes().first()? {
        b'&' => entity(text),
        b'%' => percent(text),
        b'\\' => escape(text),
        _ => None,
    }
}

fn entity(text: &str) -> Option<(char, usize)> {
    for (name, character) in [
        ("&commat;", '@'),
        ("&period;", '.'),
        ("&nbsp;", ' '),
        ("&plus;", '+'),
        ("&hyphen;", '-'),
        ("&shy;", '\u{AD}'),
        ("&zwnj;", '\u{200C}'),
        ("&zwj;", '\u{200D}'),
    ] {
        if text.starts_with(name) {
            return Some((character, name.len()));
        }
    }
    let digits = text.strip_prefix("&#")?;
    let (radix, digits, prefix) = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => (16, digits, 3),
        None => (10, digits, 2),
    };
    let length = digits
        .bytes()
        .take_while(|byte| char::from(*byte).is_digit(radix))
        .count();
    let code = u32::from_str_radix(digits.get(..length)?, radix).ok()?;
    let end = usize::from(digits.as_bytes().get(length) == Some(&b';'));
    Some((char::from_u32(code)?, prefix + length + end))
}

fn percent(text: &str) -> Option<(char, usize)> {
    let code = u32::from_str_radix(text.get(1..3)?, 16).ok()?;
    let character = char::from_u32(code)?;
    let is_before_digit = || text.as_bytes().get(3).is_some_and(u8::is_ascii_digit);
    let is_read = match character {
        '@' | '.' | '-' | '+' => true,
        ' ' => is_before_digit(),
        other => other.is_ascii_digit(),
    };
    is_read.then_some((character, 3))
}

fn escape(text: &str) -> Option<(char, usize)> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, 16)
        .ok()
        .filter(|_| is_hexadecimal)?;
    Some((char::from_u32(code)?, 6))
}
