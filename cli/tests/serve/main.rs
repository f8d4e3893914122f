//! `privet serve` over its doors: what leaves is what enforcement in process gives, and nothing else
//! does.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../common/blocks.rs"]
mod blocks;
mod collector;
mod configuration;
mod decisions;
mod faults;
mod filter;
mod foreign;
mod gateways;
mod guests;
mod hosts;
#[path = "../common/http.rs"]
mod http;
mod http2;
mod identity;
mod inside;
mod killed;
mod layer;
mod load;
#[path = "../common/mark.rs"]
mod mark;
#[path = "../common/native.rs"]
mod native;
mod operation;
mod pass;
mod proxy;
mod quick_starts;
mod reader;
mod scene;
mod slow;
mod tls;
mod traces;
mod upstream;
