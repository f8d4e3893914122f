//! Every function of the C library: pointers in, pointers out, and no panic past them.
//!
//! | room | in the order of the header |
//! |---|---|
//! | here | texts, errors, buffers, and how a pointer is read |
//! | `policy`, `facts`, `plan` | step by step: engine, policy, facts, plan, body |
//! | `gateway`, `exchange` | by `privet.toml`: who asks, facts, obligations, bodies |
//!
//! Here and in the rooms is all the `unsafe` there is: what it rests on is said on top of
//! `include/privet.h`. Each function checks its pointers for null, hands on to safe code within
//! `guard`, and decides nothing. What must never be here: a branch on anything but a pointer.

#![expect(unsafe_code, reason = "pointers of a C caller")]
#![expect(
    clippy::missing_safety_doc,
    reason = "the rules stand on top of include/privet.h, once for all functions"
)]

// In the order of the header, which cbindgen takes from here.
mod policy;

mod facts;

mod plan;

mod gateway;

mod exchange;

use crate::status::{Error, Status, guard};
use std::ffi::c_char;
use std::ptr;

/// A text or bytes of yours, for the time of a call.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// Its first byte.
    pub data: *const c_char,
    /// Its bytes.
    pub length: usize,
}

/// Bytes that are yours.
#[derive(Debug)]
pub struct Buffer(Vec<u8>);

/// Runs what may fail: its status, and its error where the caller wants it.
unsafe fn run(error: *mut *mut Error, work: impl FnOnce() -> Result<(), Error>) -> Status {
    let fault = || Err(Error::new(Status::Internal, "a fault of the library"));
    let failed = guard(fault, work).err();
    let status = failed.as_ref().map_or(Status::Ok, |e| e.status);
    if !error.is_null() {
        let raised = failed.map_or(ptr::null_mut(), |e| Box::into_raw(Box::new(e)));
        unsafe { error.write(raised) };
    }
    status
}

/// Runs what makes an object, and puts it into `out`; null if it fails.
unsafe fn make<T>(
    out: *mut *mut T,
    error: *mut *mut Error,
    work: impl FnOnce() -> Result<T, Error>,
) -> Status {
    if !out.is_null() {
        unsafe { out.write(ptr::null_mut()) };
    }
    unsafe {
        run(error, || {
            if out.is_null() {
                return Err(null("out"));
            }
            out.write(Box::into_raw(Box::new(work()?)));
            Ok(())
        })
    }
}

fn null(what: &str) -> Error {
    Error::new(Status::Argument, format_args!("`{what}` is null"))
}

unsafe fn given<'a, T>(pointer: *const T, what: &str) -> Result<&'a T, Error> {
    unsafe { pointer.as_ref() }.ok_or_else(|| null(what))
}

unsafe fn given_mut<'a, T>(pointer: *mut T, what: &str) -> Result<&'a mut T, Error> {
    unsafe { pointer.as_mut() }.ok_or_else(|| null(what))
}

unsafe fn bytes<'a>(given: Text) -> Result<&'a [u8], Error> {
    match (given.data.is_null(), given.length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(null("data")),
        (false, length) => Ok(unsafe { std::slice::from_raw_parts(given.data.cast(), length) }),
    }
}

unsafe fn text<'a>(given: Text) -> Result<&'a str, Error> {
    let bytes = unsafe { bytes(given) }?;
    str::from_utf8(bytes).map_err(|_| Error::new(Status::Argument, "a text that is not UTF-8"))
}

unsafe fn uid(entity_type: Text, id: Text) -> Result<(String, String), Error> {
    let (entity_type, id) = unsafe { (text(entity_type)?, text(id)?) };
    Ok((entity_type.to_owned(), id.to_owned()))
}

unsafe fn free<T>(pointer: *mut T) {
    if !pointer.is_null() {
        guard(|| (), || drop(unsafe { Box::from_raw(pointer) }));
    }
}

/// Lends bytes to the caller: each pointer that is not null is written, whatever the other is.
unsafe fn lend(bytes: &[u8], data: *mut *const c_char, length: *mut usize) {
    if !data.is_null() {
        unsafe { data.write(bytes.as_ptr().cast()) };
    }
    if !length.is_null() {
        unsafe { length.write(bytes.len()) };
    }
}

/// The library's version, with a zero at the end; it is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn privet_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// An error's text, with a zero at the end. No value of a body is in it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_error_text(error: *const Error) -> *const c_char {
    match unsafe { error.as_ref() } {
        Some(error) => error.text.as_ptr(),
        None => c"".as_ptr(),
    }
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_error_free(error: *mut Error) {
    unsafe { free(error) }
}

/// A buffer's bytes, and their number in `length`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_buffer_data(
    buffer: *const Buffer,
    length: *mut usize,
) -> *const c_char {
    let bytes = unsafe { buffer.as_ref() }.map_or(&[][..], |b| &b.0);
    let mut data = ptr::null();
    unsafe { lend(bytes, &mut data, length) };
    data
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_buffer_free(buffer: *mut Buffer) {
    unsafe { free(buffer) }
}
