//! Bodies of the fuzz targets: each takes any bytes and panics when something is wrong.
//!
//! One file a target. `fuzz/` hands them a fuzzer's bytes, `tests/tests/fuzz.rs` the seeds and
//! findings of `fuzz/corpus/`. Nothing here may depend on a nightly toolchain.

pub mod compiler;
pub mod configuration;
pub mod credentials;
pub mod frame;
pub mod known;
pub mod manifest;
pub mod page;
pub mod processor;
pub mod redactor;
pub mod scrub;
pub mod spoe;
pub mod transforms;
pub mod watermark;

/// A fuzz target: its name, which is that of its corpus, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("compiler", compiler::run),
    ("configuration", configuration::run),
    ("credentials", credentials::run),
    ("frame", frame::run),
    ("known", known::run),
    ("manifest", manifest::run),
    ("page", page::run),
    ("processor", processor::run),
    ("redactor", redactor::run),
    ("scrub", scrub::run),
    ("spoe", spoe::run),
    ("transforms", transforms::run),
    ("watermark", watermark::run),
];
