//! The runtime inside every compiled pack.
//!
//! The compiler emits what depends on the schema: loads, compares, the set operations of each
//! element type. What works on bytes and on plain numbers is written here once: string equality,
//! `like`, hierarchy search, tag search, address ranges, the check of frames, and the component's
//! exports. The compiled module is part of the repository (`runtime.wasm`), so nobody who compiles
//! a policy needs a WebAssembly toolchain; `runtime.toml` records what it was built from.
//!
//! Nothing here may know a schema or a policy, and nothing may be imported: a guest has no clock, no
//! randomness and no I/O. `unsafe` is confined to `exports.rs`.

#![no_std]
#![deny(unsafe_code)]

pub mod hierarchy;
pub mod text;

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "the exports read the frame at its address")]
mod exports;
