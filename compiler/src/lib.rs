//! Cedar policies to WebAssembly, ahead of time.
//!
//! ```text
//! text ──front──► policies + schema ──conditions──► typed IR ──emit──► functions ──link──► module
//!        Cedar's parser,             Cedar's typechecker,   offsets from       into the
//!        strict validator            then `lower`           `usage`, `layout`  runtime
//! ```
//!
//! The compiler is a pure function of text: no I/O, no clock, the same input gives the same bytes.
//! [`compile`] is the one entry point, [`check`] the same with what a pack's author should hear;
//! [`component`] wraps its module for runtimes of the component model. What must never be here: a WebAssembly engine, a second parser or typechecker for Cedar,
//! or an interpreter in what is emitted.

#![forbid(unsafe_code)]

mod assemble;
mod broken;
mod check;
mod conditions;
mod emit;
mod error;
mod front;
mod ir;
mod link;
mod lower;
mod pack;
mod schema;
mod source;
mod usage;

#[cfg(feature = "mutations")]
pub use broken::Mutation;
pub use error::{CompileError, Construct};
pub use pack::OBLIGATIONS;
pub use source::{Kind, Source, SourceFile};

use broken::Broken;
use privet_frame::manifest::Manifest;

/// Stack for Cedar's recursive front end and for the tree walks here.
const STACK: usize = 256 << 20;

/// A compiled pack or policy set.
#[derive(Debug)]
pub struct Compiled {
    /// The core module; see `guest/` for its exports.
    pub wasm: Vec<u8>,
    /// What it says about itself; also in the module's custom section.
    pub manifest: Manifest,
    /// What Cedar's validator warned of.
    pub warnings: Vec<miette::Report>,
}

/// Compiles a pack or a policy set.
///
/// # Errors
///
/// [`CompileError`] says what is wrong and where: Cedar's own diagnostics for what Cedar refuses, a
/// construct that is not compiled yet, or a fault in the pack's annotations.
pub fn compile(source: &Source) -> Result<Compiled, CompileError> {
    stacker::grow(STACK, || {
        let front = front::run(source)?;
        assemble::assemble(source, front, Broken::default())
    })
}

/// Compiles with one operator broken on purpose; for tests that show that a comparison can fail.
///
/// # Errors
///
/// As [`compile`].
#[cfg(feature = "mutations")]
pub fn compile_broken(source: &Source, mutation: Mutation) -> Result<Compiled, CompileError> {
    stacker::grow(STACK, || {
        let front = front::run(source)?;
        assemble::assemble(source, front, Broken(Some(mutation)))
    })
}

/// Compiles a pack and says what would betray a candidate and yet compiles: a gate of no view, an
/// answer of a permit, a forbid that can never apply, a rung that can never be taken, a path of the
/// format without a rule. A pack with such a fault should not be used. The warnings also name views
/// without a gate, and say where there is no policy.
///
/// `formats` are lists of JSONPaths, one a line; blank lines and `#` are passed over.
///
/// # Errors
///
/// As [`compile`].
pub fn check(
    source: &Source,
    formats: &[SourceFile],
) -> Result<(Compiled, Vec<CompileError>), CompileError> {
    stacker::grow(STACK, || {
        let front = front::run(source)?;
        let (faults, warnings) = check::faults(source, &front, formats)?;
        let mut compiled = assemble::assemble(source, front, Broken::default())?;
        compiled.warnings.extend(warnings);
        Ok((compiled, faults))
    })
}

/// A fault of an action's annotation that only others can see, such as a rendering that the redactor
/// does not know, with a caret under it.
pub fn fault_of_action(
    source: &Source,
    action: &str,
    annotation: &str,
    message: String,
) -> CompileError {
    let places = pack::Places {
        files: &source.schema,
    };
    places.fault(
        action,
        annotation,
        format!("action `{action}`: {message}"),
        "here",
    )
}

/// Wraps a compiled core module into a standard component, with the world of `guest/wit`.
///
/// # Errors
///
/// When the bytes are not a module that [`compile`] made.
pub fn component(wasm: &[u8]) -> Result<Vec<u8>, CompileError> {
    wit_component::ComponentEncoder::default()
        .module(wasm)
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(|e| CompileError::internal(format!("component: {e:#}")))
}
