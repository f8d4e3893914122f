//! Step by step, third: plans, and bodies by them. What must never be here: a branch on anything but
//! a pointer.

use super::{Buffer, Text, bytes, free, given, given_mut, lend, make, run};
use crate::facts::LoadedFacts;
use crate::plan::{Gate, MadePlan, Pieces};
use crate::status::{Error, Status, guard};
use std::ffi::c_char;

/// Asks the pack. A closed gate is a plan too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_plan_new(
    facts: *const LoadedFacts,
    out: *mut *mut MadePlan,
    error: *mut *mut Error,
) -> Status {
    unsafe { make(out, error, || MadePlan::new(given(facts, "facts")?)) }
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_plan_free(plan: *mut MadePlan) {
    unsafe { free(plan) }
}

/// How the gate answered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_plan_gate(plan: *const MadePlan) -> Gate {
    let gate = || unsafe { plan.as_ref() }.map_or(Gate::NotFound, MadePlan::gate);
    guard(|| Gate::NotFound, gate)
}

/// The plan as JSON: `{gate, policies, classes: {class: rendering}, obligations}`. Whoever cannot
/// meet an obligation must deny.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_plan_json(
    plan: *const MadePlan,
    out: *mut *mut Buffer,
    error: *mut *mut Error,
) -> Status {
    unsafe { make(out, error, || Ok(Buffer(given(plan, "plan")?.json()))) }
}

/// The body that the viewer may see, of a whole body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_plan_redact(
    plan: *const MadePlan,
    body: Text,
    out: *mut *mut Buffer,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        make(out, error, || {
            Ok(Buffer(given(plan, "plan")?.redact(bytes(body)?)?))
        })
    }
}

/// Begins a body that comes in pieces. Where facts have known values, all comes out at the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_redactor_new(
    plan: *const MadePlan,
    out: *mut *mut Pieces,
    error: *mut *mut Error,
) -> Status {
    unsafe { make(out, error, || given(plan, "plan")?.redactor()) }
}

/// Lends what a step of a body gives out; nothing where it fails.
unsafe fn step(
    redactor: *mut Pieces,
    data: *mut *const c_char,
    data_length: *mut usize,
    error: *mut *mut Error,
    work: impl FnOnce(&mut Pieces) -> Result<&[u8], Error>,
) -> Status {
    unsafe {
        lend(&[], data, data_length);
        run(error, || {
            // Output that nobody takes is a body with a hole.
            given(data, "data")?;
            given(data_length, "data_length")?;
            lend(work(given_mut(redactor, "redactor")?)?, data, data_length);
            Ok(())
        })
    }
}

/// Takes a piece, and lends what may go out then. After an error nothing more comes: break off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_redactor_write(
    redactor: *mut Pieces,
    piece: Text,
    data: *mut *const c_char,
    data_length: *mut usize,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        step(redactor, data, data_length, error, |r| {
            r.write(bytes(piece)?)
        })
    }
}

/// Ends the body, and lends what is left of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_redactor_end(
    redactor: *mut Pieces,
    data: *mut *const c_char,
    data_length: *mut usize,
    error: *mut *mut Error,
) -> Status {
    unsafe { step(redactor, data, data_length, error, Pieces::end) }
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_redactor_free(redactor: *mut Pieces) {
    unsafe { free(redactor) }
}
