//! By `privet.toml`: gateways. What must never be here: a branch on anything but a pointer.

use super::{Buffer, Text, free, given, make, run, text};
use crate::status::{Error, Status};
use privet_server::inside::Inside;
use std::path::Path;

/// Loads a configuration file of `privet serve`, without its doors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_gateway_open(
    path: Text,
    out: *mut *mut Inside,
    error: *mut *mut Error,
) -> Status {
    let open = |path| Inside::open(Path::new(path));
    unsafe {
        make(out, error, || {
            open(text(path)?).map_err(|e| Error::new(Status::Load, format_args!("{e:#}")))
        })
    }
}

/// Loads the file again. On an error the last good one stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_gateway_reload(
    gateway: *const Inside,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        run(error, || {
            let reloaded = given(gateway, "gateway")?.reload().map(drop);
            reloaded.map_err(|e| Error::new(Status::Load, format_args!("{e:#}")))
        })
    }
}

/// Puts what a gateway says into a buffer.
unsafe fn said(
    gateway: *const Inside,
    out: *mut *mut Buffer,
    error: *mut *mut Error,
    say: impl FnOnce(&Inside) -> String,
) -> Status {
    unsafe {
        make(out, error, || {
            Ok(Buffer(say(given(gateway, "gateway")?).into_bytes()))
        })
    }
}

/// The revision that is live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_gateway_revision(
    gateway: *const Inside,
    out: *mut *mut Buffer,
    error: *mut *mut Error,
) -> Status {
    unsafe { said(gateway, out, error, Inside::revision) }
}

/// What was counted in this process, as Prometheus reads it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_gateway_metrics(
    gateway: *const Inside,
    out: *mut *mut Buffer,
    error: *mut *mut Error,
) -> Status {
    unsafe { said(gateway, out, error, Inside::metrics) }
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_gateway_free(gateway: *mut Inside) {
    unsafe { free(gateway) }
}
