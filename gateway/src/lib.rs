//! The neutral core of every gateway: from a question to the body that may leave.
//!
//! ```text
//! Question (who, which résumé, view, context, time)
//!   + Slice (the part of the FactStore that matters)
//!   ─► Packs::decide ─► Decision ─► refusal (a Failure) or
//!        Head::admit (may the upstream's answer be enforced?) ─► Decision::body ─► bytes
//! ```
//!
//! [`enforce`] joins the two halves that do not know each other: the host's plans and the redactor's
//! rules; [`watermark`] meets the obligation of that name; [`combine`] makes one answer of those of
//! several packs; [`list`](mod@list) does the same for a page of résumés; [`failure`] is the one
//! table of what each failure looks like. Adapters to real gateways are thin translations to them.
//! No policy is interpreted here, and no transport is known.

#![forbid(unsafe_code)]

pub mod coding;
pub mod combine;
pub mod decide;
pub mod enforce;
pub mod exchange;
pub mod facts;
pub mod failure;
pub mod known;
pub mod list;
mod rule_sets;
pub mod strict;
pub mod uid;
pub mod watermark;
