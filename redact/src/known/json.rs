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

/// Calls `value` for every string and number; behind all of them for the numbers again that a reader
/// may write otherwise, as these.
pub(super) fn values(text: &str, mut value: impl FnMut(&str, PathKey)) {
    let body = text.as_bytes();
    let mut others = Vec::new();
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
                let number = text.get(at..at + length).unwrap_or_default();
                value(number, path);
                others.extend(otherwise(number).map(|other| (other, path)));
                at += length;
            }
        }
    }
    for (other, path) in others {
        value(&other, path);
    }
}

/// Integers of so many digits are the same in every program (RFC 8259, section 6).
const EXACT: usize = 15;

/// What a program writes for a number that it has read as a double, if that is another text:
/// `1.3800138e10` is 13800138000.
fn otherwise(number: &str) -> Option<String> {
    let is_plain = number.len() <= EXACT && !number.contains(['.', 'e', 'E']);
    if is_plain {
        return None;
    }
    // From 1e21 on programs write an exponent, and nobody reads a number there.
    let double: f64 = number.parse().ok()?;
    let plain = (double.abs() < 1e21).then(|| double.to_string())?;
    (plain != number).then_some(plain)
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
    fn numbers_as_a_program_writes_them() {
        for (number, other) in [
            ("1.3800138e10", Some("13800138000")),
            ("1380013800E+1", Some("13800138000")),
            ("138001380000e-1", Some("13800138000")),
            ("13800138000.0", Some("13800138000")),
            ("13800137999.99999999999999", Some("13800138000")),
            ("11010519491231002e1", Some("110105194912310020")),
            ("110105194912310021", Some("110105194912310020")),
            ("13800138000", None),
            ("4.5", None),
            ("1e400", None),
            ("true", None),
        ] {
            assert_eq!(otherwise(number).as_deref(), other, "{number}");
        }
        // What is split over values stays together.
        let mut found = Vec::new();
        values(r#"[13.80,"01",38000]"#, |text, _| {
            found.push(text.to_owned())
        });
        assert_eq!(found, ["13.80", "01", "38000", "13.8"]);
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
