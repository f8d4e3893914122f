//! The grammar of strings (RFC 8259, section 7) and UTF-8 (RFC 3629,
//! section 4), one state per position.
//!
//! What must never be here: decoding. What an escape stands for is the matter
//! of `text`, and only for strings that somebody wants.

use super::scan::plain_prefix;
use crate::error::Kind;

/// How far into a string the tokenizer is, after the opening quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StringState {
    Plain,
    /// After a backslash.
    Escape,
    /// Inside `\u`, with so many hexadecimal digits to come.
    Hex(u8),
    /// Inside a character of several bytes, with so many bytes to come, the
    /// next of which is in the range.
    Utf8 {
        remaining: u8,
        low: u8,
        high: u8,
    },
}

/// What became of a run of bytes.
pub(super) enum Progress {
    /// The closing quote was the last of so many bytes.
    Closed(usize),
    /// All bytes are used up.
    More(StringState),
}

/// Goes on with a string.
///
/// # Errors
///
/// What is wrong and how many bytes were good.
pub(super) fn advance(mut state: StringState, bytes: &[u8]) -> Result<Progress, (Kind, usize)> {
    let mut at = 0;
    loop {
        if state == StringState::Plain {
            at += plain_prefix(bytes.get(at..).unwrap_or_default());
        }
        let Some(&byte) = bytes.get(at) else {
            return Ok(Progress::More(state));
        };
        state = match (state, byte) {
            (StringState::Plain, b'"') => return Ok(Progress::Closed(at + 1)),
            (StringState::Plain, b'\\') => StringState::Escape,
            (StringState::Plain, 0..0x20) => {
                return Err((Kind::Expected("an escaped control character"), at));
            }
            (StringState::Plain, _) => lead(byte).ok_or((Kind::Utf8, at))?,
            (StringState::Escape, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                StringState::Plain
            }
            (StringState::Escape, b'u') => StringState::Hex(4),
            (StringState::Escape, _) => {
                return Err((Kind::Expected("an escape of RFC 8259 section 7"), at));
            }
            (StringState::Hex(n), _) if byte.is_ascii_hexdigit() => match n {
                0 | 1 => StringState::Plain,
                _ => StringState::Hex(n - 1),
            },
            (StringState::Hex(_), _) => {
                return Err((Kind::Expected("a hexadecimal digit"), at));
            }
            (
                StringState::Utf8 {
                    remaining,
                    low,
                    high,
                },
                _,
            ) => {
                if !(low..=high).contains(&byte) {
                    return Err((Kind::Utf8, at));
                }
                match remaining {
                    0 | 1 => StringState::Plain,
                    _ => continuation(remaining - 1),
                }
            }
        };
        at += 1;
    }
}

fn continuation(remaining: u8) -> StringState {
    StringState::Utf8 {
        remaining,
        low: 0x80,
        high: 0xBF,
    }
}

/// The state after the first byte of a character. The narrower second bytes
/// keep out overlong forms, surrogates and what lies beyond U+10FFFF.
fn lead(byte: u8) -> Option<StringState> {
    let (remaining, low, high) = match byte {
        0x00..=0x7F => return Some(StringState::Plain),
        0xC2..=0xDF => (1, 0x80, 0xBF),
        0xE0 => (2, 0xA0, 0xBF),
        0xE1..=0xEC | 0xEE..=0xEF => (2, 0x80, 0xBF),
        0xED => (2, 0x80, 0x9F),
        0xF0 => (3, 0x90, 0xBF),
        0xF1..=0xF3 => (3, 0x80, 0xBF),
        0xF4 => (3, 0x80, 0x8F),
        _ => return None,
    };
    Some(StringState::Utf8 {
        remaining,
        low,
        high,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_what_the_standard_library_takes() {
        let edges = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF];
        for lead in 0x80..=u8::MAX {
            for second in 0..=u8::MAX {
                for third in edges {
                    for fourth in edges {
                        let bytes = [lead, second, third, fourth, b'a', b'a', b'a'];
                        // What is cut short or escaped is not this test's matter.
                        if bytes
                            .iter()
                            .any(|byte| matches!(byte, 0..0x20 | b'"' | b'\\'))
                        {
                            continue;
                        }
                        let ours = advance(StringState::Plain, &bytes);
                        let is_whole = matches!(ours, Ok(Progress::More(StringState::Plain)));
                        assert_eq!(is_whole, std::str::from_utf8(&bytes).is_ok(), "{bytes:x?}");
                    }
                }
            }
        }
    }
}
