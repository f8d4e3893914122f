//! The grammar of strings (RFC 8259, section 7), one state per position.
//!
//! What must never be here: UTF-8, which is checked before, and decoding. What
//! an escape stands for is the matter of `text`, and only for strings that
//! somebody wants.

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
}

/// What became of a run of bytes.
pub(super) enum Progress {
    /// The closing quote was the last of so many bytes.
    Closed(usize),
    /// All bytes are used up.
    More(StringState),
}

/// Goes on with a string; `has_escape` is set where there is one.
///
/// # Errors
///
/// What is wrong and how many bytes were good.
#[inline]
pub(super) fn advance(
    mut state: StringState,
    bytes: &[u8],
    has_escape: &mut bool,
) -> Result<Progress, (Kind, usize)> {
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
            (StringState::Plain, b'\\') => {
                *has_escape = true;
                StringState::Escape
            }
            (StringState::Plain, 0..0x20) => {
                return Err((Kind::Expected("an escaped control character"), at));
            }
            (StringState::Plain, _) => StringState::Plain,
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
        };
        at += 1;
    }
}
