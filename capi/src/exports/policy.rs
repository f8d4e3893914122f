//! Step by step, first: engines and policies. What must never be here: a branch on anything but a
//! pointer.

use super::{Text, bytes, free, given, make, run, text};
use crate::policy::LivePolicy;
use crate::status::{Error, Status, guard};
use privet_host::{Engine, Settings};
use std::time::Duration;

/// What runs guests. 0 takes the default: 16 MiB of memory and 1,000 instances at a time, 100 ms a
/// call by the clock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_engine_new(
    memory_bytes: usize,
    instances: u32,
    deadline_ms: u64,
    out: *mut *mut Engine,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        let mut settings = Settings::default();
        if memory_bytes > 0 {
            settings.memory_bytes = memory_bytes;
        }
        if instances > 0 {
            settings.instances = instances;
        }
        if deadline_ms > 0 {
            settings.deadline = Duration::from_millis(deadline_ms);
        }
        Ok(Engine::new(settings)?)
    };
    unsafe { make(out, error, work) }
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_engine_free(engine: *mut Engine) {
    unsafe { free(engine) }
}

/// Loads the output of `privet build`: `policy.wasm`, or with the SHA-256 of it in hexadecimal a
/// bundle. A bundle is machine code, so its digest must come from elsewhere.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_policy_load(
    engine: *const Engine,
    data: Text,
    digest: Text,
    out: *mut *mut LivePolicy,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        make(out, error, || {
            let digest = Some(text(digest)?).filter(|d| !d.is_empty());
            LivePolicy::load(given(engine, "engine")?, bytes(data)?, digest)
        })
    }
}

/// Puts another in its place, in one step. On an error, or where the revision is older, the last
/// good one stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_policy_reload(
    policy: *const LivePolicy,
    data: Text,
    digest: Text,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        run(error, || {
            let digest = Some(text(digest)?).filter(|d| !d.is_empty());
            given(policy, "policy")?.reload(bytes(data)?, digest)
        })
    }
}

/// The pack's revision; 0 for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_policy_revision(policy: *const LivePolicy) -> u64 {
    guard(
        || 0,
        || unsafe { policy.as_ref() }.map_or(0, LivePolicy::revision),
    )
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_policy_free(policy: *mut LivePolicy) {
    unsafe { free(policy) }
}
