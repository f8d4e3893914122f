//! Fuzzes frames given to a guest; the body is in `tests/src/fuzz/frame.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::frame::run(bytes));
