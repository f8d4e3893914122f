//! By `privet.toml`: an exchange, told step by step and asked what goes on. What must never be here: a
//! branch on anything but a pointer.

use super::{Text, bytes, free, given, lend, make};
use crate::exchange::{CExchange, Next};
use crate::status::{Error, Status, guard};
use privet_server::inside::Inside;
use std::ffi::{c_char, c_int};
use std::ptr;

/// Begins an exchange: a request and its answer, wholly of the revision that is live now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_new(
    gateway: *const Inside,
    out: *mut *mut CExchange,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        make(out, error, || {
            Ok(CExchange::new(given(gateway, "gateway")?))
        })
    }
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_free(exchange: *mut CExchange) {
    unsafe { free(exchange) }
}

unsafe fn step(
    exchange: *mut CExchange,
    work: impl FnOnce(&mut CExchange) -> Option<Next>,
) -> Next {
    let Some(exchange) = (unsafe { exchange.as_mut() }) else {
        return Next::Answer;
    };
    let next = guard(|| None, || work(exchange));
    next.unwrap_or_else(|| guard(|| Next::Answer, || exchange.broken()))
}

/// Who is at the other end of the connection: an IP address, or `unix`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_peer(
    exchange: *mut CExchange,
    address: *const c_char,
    length: usize,
) {
    let peer = |e: &mut CExchange| {
        e.peer(
            unsafe {
                bytes(Text {
                    data: address,
                    length,
                })
            }
            .unwrap_or_default(),
        );
        Some(Next::Forward)
    };
    unsafe { step(exchange, peer) };
}

/// A header of the head that comes next; all of them, the client's and then the service's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_header(
    exchange: *mut CExchange,
    name: *const c_char,
    name_length: usize,
    value: *const c_char,
    value_length: usize,
) {
    let header = |e: &mut CExchange| {
        let name = unsafe {
            bytes(Text {
                data: name,
                length: name_length,
            })
        }
        .unwrap_or_default();
        e.header(
            name,
            unsafe {
                bytes(Text {
                    data: value,
                    length: value_length,
                })
            }
            .unwrap_or(b"\0"),
        );
        Some(Next::Forward)
    };
    unsafe { step(exchange, header) };
}

/// Decides a request by its headers and these. `has_body` is whether a body follows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_request(
    exchange: *mut CExchange,
    method: *const c_char,
    method_length: usize,
    target: *const c_char,
    target_length: usize,
    has_body: c_int,
) -> Next {
    let request = |e: &mut CExchange| {
        let method = unsafe {
            bytes(Text {
                data: method,
                length: method_length,
            })
        }
        .ok()?;
        let target = unsafe {
            bytes(Text {
                data: target,
                length: target_length,
            })
        }
        .ok()?;
        Some(e.request(method, target, has_body != 0))
    };
    unsafe { step(exchange, request) }
}

/// Takes the head of the service's answer. Then none of its headers goes on but those of the
/// exchange. An answer that the gateway made of itself comes here too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_response(
    exchange: *mut CExchange,
    status: u16,
    has_body: c_int,
) -> Next {
    unsafe { step(exchange, |e| Some(e.response(status, has_body != 0))) }
}

/// Takes the service's whole body; what goes on in its place is the exchange's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_body(
    exchange: *mut CExchange,
    body: *const c_char,
    length: usize,
) -> Next {
    let enforce =
        |e: &mut CExchange| Some(e.body(unsafe { bytes(Text { data: body, length }) }.ok()?));
    unsafe { step(exchange, enforce) }
}

/// Ends an exchange that gets no answer of the service's: 502, 504 or what else the gateway says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_fail(exchange: *mut CExchange, status: u16) -> Next {
    unsafe { step(exchange, |e| Some(e.failed(status))) }
}

/// The longest body of the service's that is enforced, in bytes. Refuse longer ones with
/// `privet_exchange_fail`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_body_limit(exchange: *const CExchange) -> usize {
    guard(
        || 0,
        || unsafe { exchange.as_ref() }.map_or(0, CExchange::body_limit),
    )
}

/// The status of the answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_status(exchange: *const CExchange) -> u16 {
    unsafe { exchange.as_ref() }.map_or(500, |e| e.said().status)
}

/// The service's path and query, for a request that goes up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_target(
    exchange: *const CExchange,
    length: *mut usize,
) -> *const c_char {
    let target = unsafe { exchange.as_ref() }.map_or("", |e| &e.said().target);
    let mut data = ptr::null();
    unsafe { lend(target.as_bytes(), &mut data, length) };
    data
}

/// A header that is set, by its place from 0: each of the four that is not null is written. False
/// past the last, and nothing is written then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_set_header(
    exchange: *const CExchange,
    place: usize,
    name: *mut *const c_char,
    name_length: *mut usize,
    value: *mut *const c_char,
    value_length: *mut usize,
) -> bool {
    let set = unsafe { exchange.as_ref() }.and_then(|e| e.said().set.get(place));
    let Some((set_name, set_value)) = set else {
        return false;
    };
    unsafe {
        lend(set_name.as_str().as_bytes(), name, name_length);
        lend(set_value.as_bytes(), value, value_length);
    }
    true
}

/// A header of the request that is taken out, by its place from 0. Null past the last, and after the
/// request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_removed_header(
    exchange: *const CExchange,
    place: usize,
    length: *mut usize,
) -> *const c_char {
    let removed = unsafe { exchange.as_ref() }.and_then(|e| e.said().removed.get(place));
    let mut data = ptr::null();
    if let Some(name) = removed {
        unsafe { lend(name.as_str().as_bytes(), &mut data, length) };
    }
    data
}

/// The body of the answer: enforced, or that of a refusal.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_exchange_output(
    exchange: *const CExchange,
    length: *mut usize,
) -> *const c_char {
    let body = unsafe { exchange.as_ref() }.map_or(&[][..], |e| &e.said().body);
    let mut data = ptr::null();
    unsafe { lend(body, &mut data, length) };
    data
}
