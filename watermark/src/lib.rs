//! A mark on every downloaded résumé that says who downloaded it, for which job and when, and that
//! cannot be altered unnoticed.
//!
//! ```
//! use privet_watermark::{Disclosure, Marker, MemoryLedger, Named, PrivateKey, PublicKeys, Verdict, verify};
//!
//! let key = PrivateKey::generate()?;
//! let keys = PublicKeys::from_json(&key.public_jwks())?;
//! let marker = Marker::new(key, "https://jobs.example");
//! let disclosure = Disclosure {
//!     company: Named::new("company-1", "北京某某科技有限公司"),
//!     viewer: Named::new("recruiter-1", "hr-li"),
//!     job: Some(Named::new("job-1", "后端工程师")),
//!     time: 1_619_604_180,
//!     decision: "d-1".to_owned(),
//!     ..Disclosure::default()
//! };
//! let ledger = MemoryLedger::default();
//! let redacted = r#"{"basics": {"name": "张**"}}"#;
//! let sent = marker.mark(redacted.as_bytes(), &disclosure)?.record(&ledger)?;
//!
//! let Verdict::Valid(claims) = verify(&sent, &keys) else { panic!() };
//! assert_eq!(claims.company, "company-1");
//! let forged = String::from_utf8(sent)?.replace("张**", "张三");
//! assert!(matches!(verify(forged.as_bytes(), &keys), Verdict::Altered(_)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The order of work
//!
//! ```text
//! redacted JSON ─► document  strict: no repeated name, no number or surrogate that RFC 8785 cannot hold
//!               ─► invisible every invisible character goes, so nobody can plant a foreign mark
//!               ─► zero_width W3: the mark id, several times, in the longest free texts
//!               ─► notice    W1, W2: `meta.watermark`, in words and as fields
//!               ─► jws       W5: `meta.proof`, Ed25519 over the canonical document's digest
//!               ─► Marked    holds the body back until the ledger has the row
//! ```
//!
//! # Invariants
//!
//! - No body without a ledger row: [`Marked`] gives its body up only to [`Marked::record`].
//! - [`verify`] never panics and never calls valid what was not signed by one of the given keys.
//! - Nothing of the candidate is in a mark, and no value of a document is in an error.
//!
//! What must never be here: policies, plans, HTTP. The crate depends on no sibling: who verifies a
//! mark needs nothing else of Privet.
#![forbid(unsafe_code)]

mod claims;
mod disclosure;
mod document;
mod error;
mod invisible;
mod jws;
mod key;
mod ledger;
mod mark_id;
mod marker;
mod notice;
mod number;
mod verify;
mod zero_width;

pub use claims::Claims;
pub use disclosure::{Disclosure, Named};
pub use error::{KeyError, LedgerError, MarkError};
pub use key::{PrivateKey, PublicKeys};
pub use ledger::{FileLedger, Ledger, MemoryLedger, Row};
pub use mark_id::{MarkId, ParseMarkIdError};
pub use marker::{Marked, Marker, Settings};
pub use verify::{Altered, Verdict, verify};
pub use zero_width::{FoundCode, Suspect, Trace};

/// The format of marks, as `meta.watermark.type` and the ledger name it.
pub const FORMAT: &str = "privet-watermark/1";
