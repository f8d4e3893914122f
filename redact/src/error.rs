//! [`RedactError`]: why a body was refused.
//!
//! What must never be here: a value, a member name or a byte of the body. A
//! message says what was expected, where (a byte offset) and which numbers met.

use crate::known::KnownKind;
use std::fmt;

/// Why a body was refused.
///
/// The message carries a byte offset and the numbers of a limit, and never
/// anything of the body itself, so it may be logged.
#[derive(Clone, PartialEq, Eq)]
pub struct RedactError {
    kind: Kind,
    offset: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Expected(&'static str),
    Utf8,
    ByteOrderMark,
    Incomplete,
    TrailingData,
    RootNotObject,
    DuplicateName,
    LoneSurrogateInName,
    Limit(Limit, usize),
    /// A true value of the candidate is in the output.
    KnownValue(KnownKind),
    Poisoned,
}

/// A limit of [`Settings`](crate::Settings); the number beside it in
/// [`Kind::Limit`] is its setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Depth,
    BodyBytes,
    TokenBytes,
    OpenNames,
    OpenNameBytes,
    OutputBytes,
}

impl RedactError {
    pub(crate) fn new(kind: Kind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// Bytes of the body before the place of the error.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The body is not JSON (RFC 8259), not UTF-8, starts with a byte order
    /// mark, ends too early or goes on after its root value.
    pub fn is_syntax(&self) -> bool {
        matches!(
            self.kind,
            Kind::Expected(_)
                | Kind::Utf8
                | Kind::ByteOrderMark
                | Kind::Incomplete
                | Kind::TrailingData
        )
    }

    /// The body is not valid UTF-8 (RFC 8259, section 8.1).
    pub fn is_encoding(&self) -> bool {
        matches!(self.kind, Kind::Utf8 | Kind::ByteOrderMark)
    }

    /// A limit of [`Settings`](crate::Settings) was exceeded.
    pub fn is_limit(&self) -> bool {
        matches!(self.kind, Kind::Limit(..))
    }

    /// An object holds one member name twice (RFC 8259, section 4, leaves the
    /// meaning open, so parsers disagree).
    pub fn is_duplicate_key(&self) -> bool {
        self.kind == Kind::DuplicateName
    }

    /// A member name holds half a surrogate pair (RFC 8259, section 8.2, calls
    /// the behaviour of receivers unpredictable).
    pub fn is_lone_surrogate(&self) -> bool {
        self.kind == Kind::LoneSurrogateInName
    }

    /// The body is JSON, but its root is not an object.
    pub fn is_root_not_object(&self) -> bool {
        self.kind == Kind::RootNotObject
    }

    /// The kind of the candidate's true value that the output holds, if that is
    /// why it is refused (see [`Known`](crate::known::Known)).
    pub fn known_value(&self) -> Option<KnownKind> {
        match self.kind {
            Kind::KnownValue(kind) => Some(kind),
            _ => None,
        }
    }

    /// The redactor had already failed.
    pub fn is_poisoned(&self) -> bool {
        self.kind == Kind::Poisoned
    }
}

impl fmt::Display for RedactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.offset;
        match self.kind {
            Kind::Expected(what) => write!(f, "expected {what} at byte {at}"),
            Kind::Utf8 => write!(f, "invalid UTF-8 at byte {at}"),
            Kind::ByteOrderMark => {
                write!(f, "byte order mark at byte {at}: JSON is UTF-8 without one")
            }
            Kind::Incomplete => write!(f, "the body ends early, at byte {at}"),
            Kind::TrailingData => write!(f, "data after the root value at byte {at}"),
            Kind::RootNotObject => write!(f, "the root value at byte {at} is not an object"),
            Kind::DuplicateName => {
                write!(f, "the member name at byte {at} repeats one of its object")
            }
            Kind::LoneSurrogateInName => {
                write!(f, "the member name at byte {at} holds a lone surrogate")
            }
            Kind::Limit(Limit::Depth, limit) => write!(
                f,
                "level {} of nesting at byte {at}, the limit is {limit}",
                limit.saturating_add(1)
            ),
            Kind::Limit(Limit::BodyBytes, limit) => {
                write!(f, "the body has at least {at} bytes, the limit is {limit}")
            }
            Kind::Limit(Limit::TokenBytes, limit) => write!(
                f,
                "the name or value at byte {at} has at least {} bytes, the limit is {limit}",
                limit.saturating_add(1)
            ),
            Kind::Limit(Limit::OpenNames, limit) => write!(
                f,
                "{} member names in open objects at byte {at}, the limit is {limit}",
                limit.saturating_add(1)
            ),
            Kind::Limit(Limit::OpenNameBytes, limit) => write!(
                f,
                "member names in open objects take at least {} bytes at byte {at}, the limit is {limit}",
                limit.saturating_add(1)
            ),
            Kind::Limit(Limit::OutputBytes, limit) => write!(
                f,
                "the output would have at least {} bytes at byte {at}, the limit is {limit}",
                limit.saturating_add(1)
            ),
            Kind::KnownValue(kind) => {
                write!(
                    f,
                    "the output holds a true value of the candidate ({kind}), nothing is sent"
                )
            }
            Kind::Poisoned => write!(f, "an earlier error has ended this body"),
        }
    }
}

impl fmt::Debug for RedactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedactError({self})")
    }
}

impl std::error::Error for RedactError {}
