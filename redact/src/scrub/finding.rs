//! [`Finding`]: what was found where.
//!
//! What must never be here: the value that was found, or any part of it.

use std::fmt;
use std::ops::Range;

/// What kind of contact was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// An account of a messenger or a social network.
    Messenger,
    /// A Chinese identity card number.
    IdCard,
    /// A web address or a handle.
    Link,
    /// A number that may be a contact and has no innocent form.
    Number,
    /// Text so dense with digits that its sentence is dropped.
    Dense,
}

impl FindingKind {
    /// How reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Messenger => "messenger",
            Self::IdCard => "id-card",
            Self::Link => "link",
            Self::Number => "number",
            Self::Dense => "dense",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that was hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is taken for.
    pub kind: FindingKind,
    /// Bytes of the original text.
    pub span: Range<usize>,
    /// Which rule took it; a word of `docs/scrub.md`.
    pub rule: &'static str,
}

/// A finding in units of the folded text.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) kind: FindingKind,
    pub(crate) rule: &'static str,
}
