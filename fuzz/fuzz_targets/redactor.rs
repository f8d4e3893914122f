//! Fuzzes the redactor; the body is in `tests/src/fuzz/redactor.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::redactor::run(bytes));
