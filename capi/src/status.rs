//! What went wrong, as C has it: a number and a text.
//!
//! No value of a body or of facts is in a text.

use privet_gateway::enforce::EnforceError;
use privet_host::{CallError, FactsError, LoadError};
use std::ffi::CString;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Whether a call succeeded. Anything but `PRIVET_STATUS_OK` is a denial.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It did.
    Ok = 0,
    /// A null pointer where there may be none, or a text that is not UTF-8.
    Argument = 1,
    /// A guest, bundle or configuration that is missing, broken, tampered with or too old.
    Load = 2,
    /// Facts that the schema does not admit.
    Facts = 3,
    /// The guest trapped.
    Trap = 4,
    /// The guest took too long.
    Timeout = 5,
    /// The facts do not fit in the guest's memory.
    Memory = 6,
    /// The guest did not answer for another reason.
    Call = 7,
    /// The gate is closed: this viewer may not know of this résumé.
    Closed = 8,
    /// A body that cannot be enforced.
    Body = 9,
    /// An obligation that this call cannot meet: a watermark needs `privet.toml`.
    Obligation = 10,
    /// A fault of this library.
    Internal = 11,
}

/// Why a call failed.
#[derive(Debug)]
pub struct Error {
    pub(crate) status: Status,
    pub(crate) text: CString,
}

impl Error {
    pub(crate) fn new(status: Status, text: impl Display) -> Self {
        let text = text.to_string().replace('\0', "?");
        Self {
            status,
            text: CString::new(text).unwrap_or_default(),
        }
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        Self::new(Status::Load, error)
    }
}

impl From<FactsError> for Error {
    fn from(error: FactsError) -> Self {
        Self::new(Status::Facts, error)
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        let status = match &error {
            e if e.is_timeout() => Status::Timeout,
            e if e.is_memory() => Status::Memory,
            e if e.is_trap() => Status::Trap,
            _ => Status::Call,
        };
        Self::new(status, error)
    }
}

impl From<EnforceError> for Error {
    fn from(error: EnforceError) -> Self {
        let status = match &error {
            e if e.closed().is_some() => Status::Closed,
            e if e.is_unmarked() => Status::Obligation,
            _ => Status::Body,
        };
        Self::new(status, error)
    }
}

/// Runs what may panic, and gives `fallback` if it does.
pub(crate) fn guard<T>(fallback: impl FnOnce() -> T, work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| fallback())
}

#[cfg(test)]
mod tests {
    use super::{Error, Status, guard};

    #[test]
    fn a_panic_stays_inside() {
        assert_eq!(guard(|| 1, || panic!("inside")), 1);
    }

    #[test]
    fn a_text_is_a_c_string() {
        let error = Error::new(Status::Body, "a\0b");
        assert_eq!(error.text.to_bytes(), b"a?b");
    }
}
