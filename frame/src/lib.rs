//! The contract between the compiler, the guest and the host.
//!
//! A *frame* is the typed binary input of one evaluation. The schema decides its layout: an entity
//! type becomes a struct, an attribute a fixed offset. This crate holds what all sides must agree
//! on and nothing else: the addresses ([`abi`]), the check of a frame ([`verify`]) and, with the
//! feature `manifest`, the types, the layouts computed from them and the manifest of a compiled
//! pack.
//!
//! What must never be here: Cedar's parser, a WebAssembly engine, or any I/O. Without the feature
//! the crate is `no_std` and allocates nothing, because it is linked into every guest.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "manifest")]
extern crate std;

pub mod abi;
pub mod address;
pub mod verify;

#[cfg(feature = "manifest")]
pub mod encode;
#[cfg(feature = "manifest")]
pub mod extension;
#[cfg(feature = "manifest")]
pub mod layout;
#[cfg(feature = "manifest")]
pub mod manifest;
#[cfg(feature = "manifest")]
pub mod table;
#[cfg(feature = "manifest")]
pub mod types;
#[cfg(feature = "manifest")]
pub mod value;
