//! Why a document was not marked, a key not read, a row not written.
//!
//! What must never be here: a value of a document or a byte of a private key. Messages say what was
//! expected and where.

use std::fmt;

/// Why a document was not marked. Nothing may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkError {
    kind: MarkErrorKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MarkErrorKind {
    Syntax(String),
    RepeatedName,
    Number { offset: usize },
    RootNotObject,
    MetaNotObject,
    AlreadyMarked(&'static str),
    InvisibleName,
    Disclosure(&'static str, &'static str),
    Random(String),
}

impl MarkError {
    pub(crate) fn new(kind: MarkErrorKind) -> Self {
        Self { kind }
    }

    /// The document is not JSON (RFC 8259), or holds a lone surrogate, which has no UTF-8 and hence
    /// no canonical form (RFC 8785, section 3.2.2.2).
    pub fn is_syntax(&self) -> bool {
        matches!(self.kind, MarkErrorKind::Syntax(_))
    }

    /// A number that an IEEE 754 double cannot hold as it is written (RFC 8785, section 3.2.2.3):
    /// signing would change it.
    pub fn is_number(&self) -> bool {
        matches!(self.kind, MarkErrorKind::Number { .. })
    }

    /// The document already has a watermark or a proof.
    pub fn is_already_marked(&self) -> bool {
        matches!(self.kind, MarkErrorKind::AlreadyMarked(_))
    }

    /// The mark would not say who, or when.
    pub fn is_disclosure(&self) -> bool {
        matches!(self.kind, MarkErrorKind::Disclosure(..))
    }
}

impl fmt::Display for MarkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            MarkErrorKind::Syntax(what) => write!(f, "not canonicalisable JSON: {what}"),
            MarkErrorKind::RepeatedName => {
                f.write_str("an object of the document repeats a member name")
            }
            MarkErrorKind::Number { offset } => write!(
                f,
                "the number at byte {offset} does not fit a double as it is written, so canonical JSON would change it"
            ),
            MarkErrorKind::RootNotObject => {
                f.write_str("the root of the document is not an object")
            }
            MarkErrorKind::MetaNotObject => f.write_str("`meta` of the document is not an object"),
            MarkErrorKind::AlreadyMarked(name) => {
                write!(f, "the document already has `meta.{name}`")
            }
            MarkErrorKind::InvisibleName => {
                f.write_str("a member name of the document holds an invisible character")
            }
            MarkErrorKind::Disclosure(field, what) => write!(f, "the mark's {field} {what}"),
            MarkErrorKind::Random(what) => write!(f, "no random mark id: {what}"),
        }
    }
}

impl std::error::Error for MarkError {}

/// Declares an error that is a message.
macro_rules! message_error {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            message: String,
        }

        impl $name {
            pub(crate) fn new(message: impl fmt::Display) -> Self {
                Self {
                    message: message.to_string(),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.message)
            }
        }

        impl std::error::Error for $name {}
    };
}

message_error! {
    /// Why a key could not be made, read or written.
    KeyError
}
message_error! {
    /// Why a ledger could not be read or written. Without its row a body must not leave.
    LedgerError
}
