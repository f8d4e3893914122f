//! The benchmark harness.
//!
//! One command measures every row of the table, ours and theirs interleaved in one process:
//! `cargo run --release -p privet-bench`. It first checks that all sides give the same answers. Raw
//! samples go to a folder; the page in `docs/` is generated from there. What must never be here: a
//! figure that was typed, or a claim without its peer in the same run.

#![forbid(unsafe_code)]
#![expect(
    missing_docs,
    reason = "a harness: its names are those of the table and of the schema"
)]

pub mod environment;
pub mod load;
pub mod measure;
pub mod peer;
pub mod plot;
pub mod raw;
pub mod report;
pub mod row;
pub mod rows;
pub mod workload;

#[cfg(test)]
mod tests;
