//! Fuzzes `credentials`; the body is in `tests/src/fuzz/credentials.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::credentials::run(bytes));
