//! What is compared with: one file a peer.
//!
//! | file | peer |
//! |---|---|
//! | `cedar` | `cedar-policy`, native |
//! | `wasm` | Cedar's interpreter compiled to WebAssembly, in Node |
//! | `rego` | `regorus`, Rego in Rust |
//! | `casbin` | `casbin` |
//! | `rust` | the résumé plan written by hand |
//! | `entities` | a workload's entities for those that know no entities |
//!
//! A peer decides by the same rules, and its answers are compared before anything is timed. Nothing
//! here measures.

pub mod casbin;
pub mod cedar;
pub mod entities;
pub mod rego;
pub mod rust;
pub mod wasm;
