//! All tests that see the crate from outside, in one binary.
//!
//! What must never be here: a test. Each kind has its own file.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod cases;
mod json_suite;
mod known;
mod poison;
mod properties;
mod rejections;
mod scrub;
mod support;
mod vectors;
