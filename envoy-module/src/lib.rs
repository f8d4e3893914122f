//! Privet as a dynamic module of Envoy: decisions and bodies on Envoy's own workers.
//!
//! [`abi`] has the hooks that Envoy calls and the calls that it takes, and all the `unsafe` there
//! is; [`filter`] is one request and its answer. The filter's configuration is the path of a
//! `privet.toml`. What must never be here: a decision, a panic that leaves.

pub mod abi;
pub mod filter;
