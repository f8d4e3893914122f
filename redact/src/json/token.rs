//! The bytes of one token that may be spread over several chunks.
//!
//! What must never be here: a token that nobody asked for. Its bytes are
//! counted and forgotten.

use crate::error::{Kind, Limit, RedactError};

/// The token being read. A token that lies within one chunk is never copied.
pub(super) struct Token {
    buffer: Vec<u8>,
    begins: usize,
    wanted: bool,
    /// Whether a string has an escape.
    pub(super) has_escape: bool,
    limit: usize,
}

impl Token {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            buffer: Vec::new(),
            begins: 0,
            wanted: false,
            has_escape: false,
            limit,
        }
    }

    /// Starts a token at an offset of the body.
    #[inline]
    pub(super) fn begin(&mut self, offset: usize, wanted: bool) {
        self.buffer.clear();
        self.begins = offset;
        self.wanted = wanted;
        self.has_escape = false;
    }

    pub(super) fn begins(&self) -> usize {
        self.begins
    }

    /// Takes what this chunk holds of an unfinished token.
    pub(super) fn suspend(&mut self, part: &[u8]) -> Result<(), RedactError> {
        if self.wanted {
            self.check(part.len())?;
            self.buffer.extend_from_slice(part);
        }
        Ok(())
    }

    /// The whole token, ending with `part`; none if it is not wanted.
    #[inline]
    pub(super) fn finish<'t>(
        &'t mut self,
        part: &'t [u8],
    ) -> Result<Option<&'t [u8]>, RedactError> {
        if !self.wanted {
            return Ok(None);
        }
        if self.buffer.is_empty() {
            self.check(part.len())?;
            return Ok(Some(part));
        }
        self.suspend(part)?;
        Ok(Some(&self.buffer))
    }

    /// Whether so many more good bytes are within the limit. An error behind
    /// them must ask first, or the way the body is cut would choose the error.
    #[inline]
    pub(super) fn check(&self, more: usize) -> Result<(), RedactError> {
        if self.wanted && self.buffer.len().saturating_add(more) > self.limit {
            let kind = Kind::Limit(Limit::TokenBytes, self.limit);
            return Err(RedactError::new(kind, self.begins));
        }
        Ok(())
    }
}
