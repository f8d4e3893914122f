//! The neutral core of every gateway: from a plan to the body that may leave.
//!
//! [`enforce`] joins the two halves that do not know each other: the host's plans and the redactor's
//! rules; [`watermark`] meets the obligation of that name; [`combine`] makes one answer of those of
//! several packs. Adapters to real gateways are thin translations to them. No policy is interpreted
//! here, and no transport is known.

#![forbid(unsafe_code)]

pub mod combine;
pub mod enforce;
pub mod known;
pub mod watermark;
