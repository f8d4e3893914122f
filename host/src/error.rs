//! What can go wrong: loading, reading facts, calling.
//!
//! One opaque type an operation. A message says what and where, never a value of the facts' strings
//! beyond ids and names of types.

use std::fmt;

macro_rules! error {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
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

error! {
    /// Why bytes are not a policy that this host can run.
    LoadError
}

/// Why facts are refused: where they stand, and what Cedar or the frame does not admit.
#[derive(Debug, Clone)]
pub struct FactsError {
    message: String,
    /// The message without names, where it has any that the one who asks may have written.
    nameless: Option<String>,
}

impl FactsError {
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            nameless: None,
        }
    }

    /// One whose message has an id, or a type that nothing declares.
    pub(crate) fn naming(message: impl fmt::Display, nameless: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            nameless: Some(nameless.to_string()),
        }
    }

    /// Where and why, without an id or a type of the request: for a log, which must not keep what a
    /// client wrote there.
    pub fn nameless(&self) -> &str {
        self.nameless.as_deref().unwrap_or(&self.message)
    }
}

impl fmt::Display for FactsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FactsError {}

/// Why a guest gave no answer. Whoever asked must deny.
#[derive(Debug)]
pub struct CallError {
    kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Trap(String),
    Timeout,
    Memory { wanted: usize, limit: usize },
    Frame(String),
    Request(String),
}

impl CallError {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind }
    }

    /// Whether the deadline passed.
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind, Kind::Timeout)
    }

    /// Whether the guest trapped.
    pub fn is_trap(&self) -> bool {
        matches!(self.kind, Kind::Trap(_))
    }

    /// Whether nobody was asked, because the request is none that the policy decides.
    pub fn is_request(&self) -> bool {
        matches!(self.kind, Kind::Request(_))
    }

    /// Whether the facts need more memory than an instance may have.
    pub fn is_memory(&self) -> bool {
        matches!(self.kind, Kind::Memory { .. })
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Trap(what) => write!(f, "the guest trapped: {what}"),
            Kind::Timeout => write!(f, "the guest ran past its deadline"),
            Kind::Memory { wanted, limit } => {
                write!(
                    f,
                    "the facts need {wanted} bytes of memory, the limit is {limit}"
                )
            }
            Kind::Frame(what) | Kind::Request(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for CallError {}
