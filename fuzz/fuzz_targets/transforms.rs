//! Fuzzes the transforms; the body is in `tests/src/fuzz/transforms.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::transforms::run(bytes));
