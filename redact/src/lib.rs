//! Streaming enforcement of field rules on a JSON body: what a rule allows is
//! shown, everything else is removed.
//!
//! ```
//! use std::sync::Arc;
//! use privet_redact::{Rule, Rules, Settings, redact};
//!
//! let rules = Rules::builder().issued("phone", "17012345678").build([
//!     ("$.basics.name".parse()?, Rule::new("name", "mask:name".parse()?)),
//!     ("$.basics.phone".parse()?, Rule::new("phone", "relay".parse()?)),
//! ])?;
//! let body = br#"{"basics": {"name": "Richard Hendriks", "phone": "13800138000", "age": 31}}"#;
//! let shown = redact(Arc::new(rules), Settings::default(), body)?;
//! assert_eq!(shown, br#"{"basics":{"name":"R. H.","phone":"17012345678"}}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The pipeline
//!
//! ```text
//! chunks ─► json::Tokenizer ─► redactor::Enforcer ─► output buffer ─► OutputSink
//!           RFC 8259, UTF-8,    trie of Rules,         held until `end`,
//!           depth, no values    duplicate names,       or flushed per `write`
//!           kept unless asked   transforms             (Delivery)
//! ```
//!
//! # Invariants
//!
//! - Fails closed: an unknown path, an unexpected type, a value that a transform
//!   does not understand is removed; an error ends the body and nothing more is
//!   emitted.
//! - Non-interference: two bodies that differ only in what is removed give the
//!   same bytes. Output is compact, member names are written from the rules and
//!   not from the body, and a container that shows nothing is itself removed.
//! - Any split of the body into chunks gives the same bytes.
//! - No recursion; memory is bounded by [`Settings`].
//! - No error, no `Debug` output and no log holds a value or a name of the body.
//!
//! What must never be here: policies, WebAssembly, HTTP, input or output, the
//! clock. The crate depends on no sibling.
#![forbid(unsafe_code)]

mod block;
mod error;
mod fingerprints;
mod ideographs;
mod json;
pub mod known;
mod path;
mod redactor;
mod rendering;
mod rules;
pub mod scrub;
mod settings;
mod sink;
pub mod transform;

pub use error::RedactError;
pub use json::validate;
pub use path::{ParsePathError, Path, Segment};
pub use redactor::{Redactor, redact};
pub use rendering::{GeneraliseKind, MaskKind, ParseRenderingError, Rendering};
pub use rules::{Rule, RuleSet, Rules, RulesBuilder, RulesError};
pub use settings::{Delivery, Settings};
pub use sink::OutputSink;
