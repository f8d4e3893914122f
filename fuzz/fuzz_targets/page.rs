//! Fuzzes `page`; the body is in `tests/src/fuzz/page.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::page::run(bytes));
