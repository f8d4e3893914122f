//! Strings: the canonical order and `like`.
//!
//! Bytes only: Cedar normalises nothing, and matching UTF-8 byte by byte gives what matching scalar
//! values gives, because a pattern's literal parts are whole scalar values. No allocation here.

use core::cmp::Ordering;

/// The canonical order of strings: shorter ones first, then bytewise.
pub fn compare(a: &[u8], b: &[u8]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Whether `text` matches a `like` pattern.
///
/// A pattern is a sequence of parts, each a 32-bit little-endian length and as many bytes; between
/// two parts stands a `*`. So a pattern without `*` is one part, and `*` alone is two empty ones.
/// A pattern that is cut short does not match.
pub fn like(text: &[u8], pattern: &[u8]) -> bool {
    let Some((first, mut rest)) = part(pattern) else {
        return false;
    };
    if rest.is_empty() {
        return text == first;
    }
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    // Each part between two stars is taken at its leftmost place; the last must end the text.
    while let Some((literal, next)) = part(rest) {
        if next.is_empty() {
            return text.ends_with(literal);
        }
        match find(text, literal) {
            Some(end) => text = end,
            None => return false,
        }
        rest = next;
    }
    false
}

/// What follows the leftmost occurrence of `needle`.
fn find<'a>(text: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    let mut rest = text;
    loop {
        if let Some(after) = rest.strip_prefix(needle) {
            return Some(after);
        }
        rest = rest.get(1..)?;
    }
}

fn part(pattern: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = pattern.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn pattern(parts: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend((part.len() as u32).to_le_bytes());
            bytes.extend(part.bytes());
        }
        bytes
    }

    #[test]
    fn like_matches_as_cedar_does() {
        let cases: &[(&str, &[&str], bool)] = &[
            ("", &[""], true),
            ("", &["", ""], true),
            ("abc", &["abc"], true),
            ("abc", &["ab"], false),
            ("abc", &["a", "c"], true),
            ("abc", &["a", "b"], false),
            ("a\nc", &["a", "c"], true),
            ("ac", &["a", "c"], true),
            ("aXbXc", &["a", "b", "c"], true),
            ("aba", &["ab", "ba"], false),
            ("abab", &["", "ab", ""], true),
            ("aab", &["", "ab"], true),
            ("张三丰", &["张", ""], true),
            ("张三丰", &["", "三", "丰"], true),
        ];
        for (text, parts, expected) in cases {
            assert_eq!(
                like(text.as_bytes(), &pattern(parts)),
                *expected,
                "{text:?} {parts:?}"
            );
        }
    }

    #[test]
    fn a_cut_pattern_matches_nothing() {
        assert!(!like(b"", b""));
        assert!(!like(b"abc", &[9, 0, 0, 0, b'a']));
    }
}
