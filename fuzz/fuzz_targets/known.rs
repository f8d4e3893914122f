//! Fuzzes `known`; the body is in `tests/src/fuzz/known.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::known::run(bytes));
