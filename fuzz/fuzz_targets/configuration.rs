//! Fuzzes `configuration`; the body is in `tests/src/fuzz/configuration.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::configuration::run(bytes));
