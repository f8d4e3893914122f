//! The mark's id: 96 random bits that mean nothing by themselves.
//!
//! What must never be here: a counter, a time or anything of a person; an id that can be guessed can
//! be claimed for another company's copy.

use crate::error::{MarkError, MarkErrorKind};
use data_encoding::BASE32_NOPAD_VISUAL;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Length of an id in bytes.
const BYTES: usize = 12;

/// Length of the short code, without its dash: 40 bits.
const SHORT: usize = 8;

/// A mark's id. Its text is base32 (RFC 4648) without padding, 20 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MarkId([u8; BYTES]);

impl MarkId {
    /// An id from the operating system's random numbers.
    ///
    /// # Errors
    ///
    /// When the operating system has none.
    pub fn random() -> Result<Self, MarkError> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| MarkError::new(MarkErrorKind::Random(error.to_string())))?;
        Ok(Self(bytes))
    }

    /// An id of known bytes, for tests and vectors.
    pub const fn from_bytes(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }

    /// The id's bytes.
    pub const fn as_bytes(&self) -> &[u8; 12] {
        &self.0
    }

    /// The first 40 bits, as people read them off a screenshot: `XXXX-XXXX`.
    pub fn short_code(&self) -> String {
        let text = self.to_string();
        let (code, _) = text.split_at_checked(SHORT).unwrap_or((&text, ""));
        let (first, second) = code.split_at_checked(SHORT / 2).unwrap_or((code, ""));
        format!("{first}-{second}")
    }

    /// Whether the id starts with a short code or a longer part of its text, as a person typed it:
    /// dashes, blanks and case do not count, and 0, 1 and 8 are read as O, I and B.
    pub fn matches(&self, typed: &str) -> bool {
        let typed = typed_letters(typed);
        typed.len() >= SHORT && self.to_string().starts_with(&typed)
    }
}

fn typed_letters(typed: &str) -> String {
    let letters = typed.chars().filter(|c| !matches!(c, '-' | ' '));
    letters
        .map(|c| match c {
            '0' => 'O',
            '1' => 'I',
            '8' => 'B',
            other => other.to_ascii_uppercase(),
        })
        .collect()
}

impl fmt::Display for MarkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE32_NOPAD_VISUAL.encode(&self.0))
    }
}

/// Why a text is no mark id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseMarkIdError(());

impl fmt::Display for ParseMarkIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mark id is 20 characters of base32")
    }
}

impl std::error::Error for ParseMarkIdError {}

impl FromStr for MarkId {
    type Err = ParseMarkIdError;

    fn from_str(text: &str) -> Result<Self, ParseMarkIdError> {
        let bytes = BASE32_NOPAD_VISUAL.decode(text.as_bytes());
        let id = bytes.ok().and_then(|bytes| bytes.try_into().ok()).map(Self);
        // One id, one text: what a reader may forgive, a signed field may not.
        id.filter(|id| id.to_string() == text)
            .ok_or(ParseMarkIdError(()))
    }
}

impl TryFrom<String> for MarkId {
    type Error = ParseMarkIdError;

    fn try_from(text: String) -> Result<Self, ParseMarkIdError> {
        text.parse()
    }
}

impl From<MarkId> for String {
    fn from(id: MarkId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::MarkId;
    use std::collections::HashSet;

    #[test]
    fn text_and_short_code() {
        let id = MarkId::from_bytes(*b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c");
        assert_eq!(id.to_string(), "AEBAGBAFAYDQQCIKBMGA");
        assert_eq!(id.short_code(), "AEBA-GBAF");
        assert_eq!("AEBAGBAFAYDQQCIKBMGA".parse(), Ok(id));
        assert!(id.matches("aeba-gbaf") && id.matches("AE8A G8AF AYDQ"));
        assert!(!id.matches("aeba") && !id.matches("aeba-gbae"));
        for wrong in [
            "",
            "AEBA",
            "aebagbafaydqqcikbmga",
            "AE8AGBAFAYDQQCIKBMGA",
            "AEBAGBAFAYDQQCIKBMGB",
        ] {
            assert!(wrong.parse::<MarkId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_hundred_thousand_ids_are_unique() {
        let ids = (0..100_000).map(|_| MarkId::random().unwrap());
        assert_eq!(ids.collect::<HashSet<_>>().len(), 100_000);
    }
}
