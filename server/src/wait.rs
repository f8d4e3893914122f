//! Work that waits, or takes long, on a thread of the server's runtime: others take its place
//! meanwhile.
//!
//! What must never be here: a thread that a gateway gave, which may be in a runtime that has no
//! other.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Does it, and lets the runtime go on where that has threads for it.
pub(crate) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
