//! Fuzzes the reader of manifests; the body is in `tests/src/fuzz/manifest.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::manifest::run(bytes));
