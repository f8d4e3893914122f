//! Exit statuses and how an error is shown.

use privet_compiler::CompileError;
use std::io::{ErrorKind, Write};

/// How a command ended, as its exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or allowed.
    Success = 0,
    /// Something failed: bad input, a test that does not hold, a fault.
    Failure = 1,
    /// Denied: a request that is not allowed, or a closed gate.
    Denied = 2,
    /// `watermark verify`: not what was signed.
    Altered = 3,
    /// `watermark verify` and `trace`: no mark.
    Absent = 4,
    /// `watermark verify`: signed by a key that was not given.
    UnknownKey = 5,
}

/// Prints an error with its causes; Cedar's diagnostics with their carets.
pub fn report(error: &anyhow::Error) {
    if let Some(compile) = error.chain().find_map(|e| e.downcast_ref::<CompileError>())
        && !compile.reports().is_empty()
    {
        report_compile(compile);
        return;
    }
    errln!("error: {error:#}");
}

/// Prints why a pack is refused, with carets where there are places.
pub fn report_compile(error: &CompileError) {
    for report in error.reports() {
        errln!("{report:?}");
    }
    match error.is_cedar() {
        // The diagnostics say the rest.
        true => {
            let head = error.to_string();
            errln!("error: {}", head.split(": ").next().unwrap_or_default());
        }
        false => errln!("error: {error}"),
    }
}

/// Writes to standard output. A reader that has closed it (`| head`) is no error.
pub fn print(text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_ref()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes to standard error. Where nobody reads it (`2>&1 | head`) there is nobody to tell.
pub fn tell(text: impl AsRef<[u8]>) {
    let _ = std::io::stderr().lock().write_all(text.as_ref());
}
