//! Bodies of the fuzz targets: each takes any bytes and panics when something is wrong.
//!
//! One file a target. `fuzz/` hands them a fuzzer's bytes, `tests/tests/fuzz.rs` the seeds and
//! findings of `fuzz/corpus/`. Nothing here may depend on a nightly toolchain.

pub mod compiler;
pub mod frame;
pub mod manifest;

/// A fuzz target: its name, which is that of its corpus, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("compiler", compiler::run),
    ("frame", frame::run),
    ("manifest", manifest::run),
];
