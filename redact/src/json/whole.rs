//! The ends of tokens in a body that is there as a whole, for the way through it that stops at
//! nothing it does not expect.
//!
//! What must never be here: an error. Whatever is not plainly JSON has no end here, and the
//! [`Tokenizer`](super::Tokenizer) says what it is.

use super::StringEnds;
use super::number::Number;

/// A body.
#[derive(Clone, Copy)]
pub(crate) struct Whole<'b> {
    pub(crate) text: &'b str,
    bytes: &'b [u8],
}

impl<'b> Whole<'b> {
    /// None if the body is not UTF-8.
    pub(crate) fn new(body: &'b [u8]) -> Option<Self> {
        Some(Self {
            text: simdutf8::basic::from_utf8(body).ok()?,
            bytes: body,
        })
    }

    /// The next byte that is no blank from a position on, and where it stands.
    #[inline(always)]
    pub(crate) fn token(&self, at: usize) -> Option<(usize, u8)> {
        match *self.bytes.get(at)? {
            b' ' | b'\t' | b'\n' | b'\r' => self.after_some_blanks(at),
            byte => Some((at, byte)),
        }
    }

    #[inline(never)]
    fn after_some_blanks(&self, at: usize) -> Option<(usize, u8)> {
        let at = self.after_blanks(at);
        Some((at, self.byte(at)?))
    }

    /// Where its strings may end.
    pub(crate) fn string_ends(&self) -> StringEnds {
        StringEnds::with_controls(self.bytes)
    }

    #[inline]
    pub(crate) fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    #[inline]
    pub(crate) fn bytes(&self, from: usize, to: usize) -> &'b [u8] {
        self.bytes.get(from..to).unwrap_or_default()
    }

    /// The first position from one on that holds no blank.
    #[inline]
    pub(crate) fn after_blanks(&self, at: usize) -> usize {
        match self.bytes.get(at) {
            Some(b' ' | b'\t' | b'\n' | b'\r') => {
                let rest = self.bytes.get(at..).unwrap_or_default();
                at + super::tokenizer::blanks(rest)
            }
            _ => at,
        }
    }

    /// The position after the string whose opening quote is at `from`, and whether it has an
    /// escape.
    #[inline(always)]
    pub(crate) fn string_end(&self, from: usize, ends: &StringEnds) -> Option<(usize, bool)> {
        let end = ends.next_from(from + 1)?;
        match self.byte(end)? {
            b'"' => Some((end + 1, false)),
            b'\\' => self.escaped_end(end, ends),
            _ => None,
        }
    }

    /// The same, of a string that goes on with a backslash.
    #[inline(never)]
    fn escaped_end(&self, mut at: usize, ends: &StringEnds) -> Option<(usize, bool)> {
        loop {
            let after = match self.bytes.get(at..)? {
                [b'"', ..] => return Some((at + 1, true)),
                [
                    b'\\',
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                    ..,
                ] => at + 2,
                [b'\\', b'u', a, b, c, d, ..]
                    if [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit()) =>
                {
                    at + 6
                }
                _ => return None,
            };
            at = ends.next_from(after)?;
        }
    }

    /// The position after the number that begins at `from`.
    #[inline]
    pub(crate) fn number_end(&self, from: usize) -> Option<usize> {
        let mut number = Number::begin(self.byte(from)?)?;
        let mut at = from + 1;
        while let Some(next) = self.byte(at).and_then(|byte| number.step(byte)) {
            number = next;
            at += 1;
        }
        number.is_complete().then_some(at)
    }

    /// The position after the literal that begins at `from`.
    #[inline]
    pub(crate) fn literal_end(&self, from: usize) -> Option<usize> {
        let rest = self.bytes.get(from..)?;
        [b"true".as_slice(), b"null", b"false"]
            .into_iter()
            .find(|literal| rest.starts_with(literal))
            .map(|literal| from + literal.len())
    }
}
