//! The values of a JSON body, one after the other, with the path of each.
//!
//! What must never be here: trust in the pipeline that wrote the body. What is no JSON is read as
//! far as it goes, and nothing in it is passed over.

use crate::json::{StringEnds, text};
use crate::path::{Path, Segment};
use crate::rules::Ends;
use std::borrow::Cow;

/// A path as a number; items of an array share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PathKey(u64);

impl PathKey {
    pub(super) const ROOT: Self = Self(0xcbf2_9ce4_8422_2325);

    /// Of a name, by its ends and all of its bytes.
    fn member(self, ends: Ends, name: &[u8]) -> Self {
        // Short names, no adversary; two paths that meet only join their digits.
        let mix = |hash: u64, word: u64| {
            let product = (hash ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            product ^ product >> 29
        };
        let begun = mix(self.0, ends.hash());
        if ends.is_all() {
            return Self(begun);
        }
        let words = name.as_chunks::<8>().0.iter();
        Self(words.fold(begun, |hash, word| mix(hash, u64::from_le_bytes(*word))))
    }

    pub(super) fn of(path: &Path) -> Self {
        path.segments()
            .iter()
            .fold(Self::ROOT, |key, segment| match segment {
                Segment::Name(name) => key.member(Ends::of(name.as_bytes()), name.as_bytes()),
                Segment::AnyItem => key,
            })
    }
}

/// As deep as most bodies go.
const DEPTH: usize = 16;

/// A body as text. Bytes that are none become signs that are no letters.
pub(crate) fn text_of(body: &[u8]) -> Cow<'_, str> {
    match simdutf8::basic::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(body),
    }
}

/// Calls `value` for every string and number.
pub(super) fn values(text: &str, mut value: impl FnMut(&str, PathKey)) {
    let body = text.as_bytes();
    let ends = StringEnds::without_controls(body);
    let mut open: Vec<PathKey> = Vec::with_capacity(DEPTH);
    open.push(PathKey::ROOT);
    let mut path = PathKey::ROOT;
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        match byte {
            b'{' | b'[' => {
                open.push(path);
                at += 1;
            }
            b'}' | b']' => {
                open.pop();
                path = open.last().copied().unwrap_or(PathKey::ROOT);
                at += 1;
            }
            b'"' => {
                let (to, has_escape) = string_end(body, at, &ends);
                let inside = text.get(at + 1..to).unwrap_or_default();
                let unescaped;
                let decoded = match has_escape {
                    // What stands for no text is read as it is written.
                    true => {
                        unescaped = text::unescape(inside).unwrap_or(Cow::Borrowed(inside));
                        &*unescaped
                    }
                    false => inside,
                };
                at = to + 1;
                let (is_name, passed) = after_string(body, at);
                at += passed;
                if is_name {
                    let around = open.last().copied().unwrap_or(PathKey::ROOT);
                    let name = decoded.as_bytes();
                    let ends = match has_escape {
                        true => Ends::of(name),
                        false => Ends::at_beginning(
                            body.get(to - name.len()..).unwrap_or_default(),
                            name,
                        ),
                    };
                    path = around.member(ends, name);
                } else {
                    value(decoded, path);
                }
            }
            byte if byte.is_ascii_whitespace() || matches!(byte, b',' | b':') => at += 1,
            _ => {
                let rest = body.get(at..).unwrap_or_default();
                let ends = |byte: &u8| {
                    byte.is_ascii_whitespace()
                        || matches!(byte, b',' | b':' | b'{' | b'}' | b'[' | b']' | b'"')
                };
                let length = rest.iter().position(ends).unwrap_or(rest.len());
                value(text.get(at..at + length).unwrap_or_default(), path);
                at += length;
            }
        }
    }
}

/// Whether the next that is no blank is a colon, and how much of what parts values can be passed.
#[inline(always)]
fn after_string(body: &[u8], at: usize) -> (bool, usize) {
    match body.get(at) {
        Some(b':') => (true, 1),
        Some(b',') => (false, 1),
        Some(b']' | b'}') => (false, 0),
        _ => {
            let mut after = body.get(at..).unwrap_or_default().iter();
            let next = after.find(|byte| !byte.is_ascii_whitespace());
            (next == Some(&b':'), 0)
        }
    }
}

/// The place of the closing quote of the string whose opening one is at a position, or the end, and
/// whether the string has a backslash.
#[inline]
fn string_end(body: &[u8], from: usize, ends: &StringEnds) -> (usize, bool) {
    match ends.next_from(from + 1) {
        None => (body.len(), false),
        Some(end) if body.get(end) == Some(&b'"') => (end, false),
        Some(end) => (escaped_end(body, end, ends), true),
    }
}

/// The same place of a string that goes on with a backslash.
#[inline(never)]
fn escaped_end(body: &[u8], mut at: usize, ends: &StringEnds) -> usize {
    while body.get(at) == Some(&b'\\') {
        at = ends.next_from(at + 2).unwrap_or(body.len());
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_paths() {
        let mut found = Vec::new();
        let body = r#"{"a":{"b":["x\"y",1.5,{"c":"z"}],"d":"w"},"e":true}"#;
        values(body, |text, path| found.push((text.to_owned(), path)));
        let texts: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["x\"y", "1.5", "z", "w", "true"]);
        let key = |path: &str| PathKey::of(&path.parse().unwrap());
        let keys: Vec<PathKey> = found.iter().map(|(_, path)| *path).collect();
        assert_eq!(
            keys,
            [
                key("$.a.b[*]"),
                key("$.a.b[*]"),
                key("$.a.b[*].c"),
                key("$.a.d"),
                key("$.e")
            ]
        );
    }

    #[test]
    fn what_is_no_json_is_read_all_the_same() {
        for body in [
            "\"abc",
            "{\"a",
            "}}]",
            "abc def",
            "\"\\",
            "\"\\ud800\"",
            "\u{0}",
        ] {
            values(body, |_, _| {});
        }
    }
}
