//! Fuzzes `spoe`; the body is in `tests/src/fuzz/spoe.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::spoe::run(bytes));
