//! What is compared with: one file a peer.
//!
//! A peer decides by the same rules, and its answers are compared before anything is timed. Nothing
//! here measures.

pub mod cedar;
pub mod rust;
