//! Tests of the marks from outside, as a gateway and a verifier use them.
//!
//! | file | what it tests |
//! |---|---|
//! | `vectors` | the exact bytes of the format, from files |
//! | `verdicts` | what each change of a marked document is called |
//! | `properties` | the same for arbitrary documents, changes and bytes |
//! | `traces` | zero-width codes: copied, mixed, planted |
//! | `ledger` | rows before bodies, torn lines, many writers |
//! | `keys` | key files and their permissions |
//! | `elsewhere` | verification without this crate, by openssl and by Python |
//!
//! What must never be here: a key or a name of somebody who exists.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod elsewhere;
mod keys;
mod ledger;
mod properties;
mod support;
mod traces;
mod vectors;
mod verdicts;
