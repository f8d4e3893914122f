//! The ends of tokens in a body that is there as a whole, for the way through it that stops at
//! nothing it does not expect.
//!
//! What must never be here: an error. Whatever is not plainly JSON has no end here, and the
//! [`Tokenizer`](super::Tokenizer) says what it is.

use super::number::Number;
use super::scan::{plain_prefix, unended_prefix};
use crate::block;
use fearless_simd::Simd;

/// A body and whether it has a control character anywhere; without one its strings have none.
#[derive(Clone, Copy)]
pub(crate) struct Whole<'b> {
    pub(crate) text: &'b str,
    bytes: &'b [u8],
    has_controls: bool,
}

impl<'b> Whole<'b> {
    /// None if the body is not UTF-8.
    pub(crate) fn new(body: &'b [u8]) -> Option<Self> {
        let text = simdutf8::basic::from_utf8(body).ok()?;
        let (blocks, rest) = body.as_chunks::<64>();
        let least = |bytes: &[u8]| bytes.iter().fold(u8::MAX, |least, byte| least.min(*byte));
        let is_control = |block: &[u8; 64]| least(block) < b' ';
        Some(Self {
            text,
            bytes: body,
            has_controls: blocks.iter().any(is_control) || least(rest) < b' ',
        })
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
    /// escape. Runs under `dispatch!`.
    #[inline(always)]
    pub(crate) fn string_end<S: Simd>(&self, simd: S, from: usize) -> Option<(usize, bool)> {
        let mut at = from + 1;
        if !self.has_controls {
            let (end, is_quote) = block::string_end(simd, self.bytes, at);
            if is_quote {
                return Some((end + 1, false));
            }
            at = end;
        }
        self.string_goes_on(at)
    }

    /// The same, of a string that is plain up to a position.
    #[inline(never)]
    fn string_goes_on(&self, at: usize) -> Option<(usize, bool)> {
        let rest = self.bytes.get(at..)?;
        let plain = match self.has_controls {
            false => unended_prefix(rest)?,
            true => plain_prefix(rest),
        };
        match rest.get(plain) {
            Some(b'"') => Some((at + plain + 1, false)),
            Some(b'\\') => Some((self.escaped_end(at + plain)?, true)),
            _ => None,
        }
    }

    /// The position after the string that goes on with a backslash.
    #[inline(never)]
    fn escaped_end(&self, mut at: usize) -> Option<usize> {
        loop {
            let rest = self.bytes.get(at..)?;
            at += match rest {
                [b'"', ..] => return Some(at + 1),
                [
                    b'\\',
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                    ..,
                ] => 2,
                [b'\\', b'u', a, b, c, d, ..]
                    if [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit()) =>
                {
                    6
                }
                [b'\\', ..] | [] => return None,
                _ => match plain_prefix(rest) {
                    0 => return None,
                    plain => plain,
                },
            };
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
