//! Fuzzes `scrub`; the body is in `tests/src/fuzz/scrub.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::scrub::run(bytes));
