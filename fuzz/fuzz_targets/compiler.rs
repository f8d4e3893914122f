//! Fuzzes the compiler's input; the body is in `tests/src/fuzz/compiler.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| privet_tests::fuzz::compiler::run(bytes));
