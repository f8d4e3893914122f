//! JSON as RFC 8259 defines it: an incremental tokenizer, the text inside
//! strings, and a whole-body check.
//!
//! What must never be here: rules. The tokenizer does not know what is shown;
//! it asks its [`Visitor`] whether a value is wanted and keeps no other bytes.

mod number;
mod scan;
mod string;
mod string_ends;
pub(crate) mod text;
mod token;
mod tokenizer;
mod utf8;
mod whole;

pub(crate) use string_ends::StringEnds;
pub(crate) use tokenizer::{Raw, Tokenizer, Visitor};
pub(crate) use whole::Whole;

use crate::error::RedactError;
use crate::settings::Settings;

/// The type of a value that holds no other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScalarKind {
    String,
    Number,
    /// `true`, `false` or `null`.
    Literal,
}

/// Checks that `body` is JSON (RFC 8259) within the depth and size limits of
/// `settings`: any root value, duplicate names and lone surrogates accepted.
///
/// # Errors
///
/// [`RedactError::is_syntax`] or [`RedactError::is_limit`].
pub fn validate(body: &[u8], settings: &Settings) -> Result<(), RedactError> {
    let mut tokenizer = Tokenizer::new(settings);
    tokenizer.feed(body, &mut Ignore)?;
    tokenizer.finish(&mut Ignore)
}

struct Ignore;

impl Visitor for Ignore {
    fn wants_names(&self) -> bool {
        false
    }
}
