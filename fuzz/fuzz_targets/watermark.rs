//! Fuzzes marks and verdicts; the body is in `tests/src/fuzz/watermark.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::watermark::run(bytes));
