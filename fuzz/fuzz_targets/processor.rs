//! Fuzzes `processor`; the body is in `tests/src/fuzz/processor.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::processor::run(bytes));
