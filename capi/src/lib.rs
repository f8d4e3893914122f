//! Privet as a C library.
//!
//! | module | what it holds |
//! |---|---|
//! | [`exports`] | every function of `include/privet.h`, and all the `unsafe` there is |
//! | [`policy`], [`facts`], [`plan`] | a decision and a body, step by step |
//! | [`exchange`] | a request and its answer by `privet.toml` |
//! | [`status`] | what went wrong |
//!
//! Rules of ownership and threads stand on top of the header. What must never be here: a decision,
//! a panic that leaves, a value in an error.

pub mod exchange;
pub mod exports;
pub mod facts;
pub mod plan;
pub mod policy;
pub mod status;
