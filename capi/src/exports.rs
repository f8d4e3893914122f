//! Every function of the C library: pointers in, pointers out, and no panic past them.
//!
//! The one file with `unsafe`: what it rests on is said on top of `include/privet.h`. Each function
//! checks its pointers for null, hands on to safe code within `guard`, and decides nothing. What
//! must never be here: a branch on anything but a pointer.

#![expect(unsafe_code, reason = "pointers of a C caller")]
#![expect(
    clippy::missing_safety_doc,
    reason = "the rules stand on top of include/privet.h, once for all functions"
)]

use crate::exchange::{CExchange, Next};
use crate::facts::{FactsBuilder, Given, LoadedFacts};
use crate::plan::{Gate, MadePlan, Pieces};
use crate::policy::LivePolicy;
use crate::status::{Error, Status, guard};
use privet_host::{Engine, Settings};
use privet_server::inside::Inside;
use std::ffi::{c_char, c_int};
use std::path::Path;
use std::ptr;
use std::time::Duration;

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

/// Lends bytes to the caller.
unsafe fn lend(bytes: &[u8], data: *mut *const c_char, length: *mut usize) {
    if !data.is_null() && !length.is_null() {
        unsafe {
            data.write(bytes.as_ptr().cast());
            length.write(bytes.len());
        }
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

// === Step by step: engine, policy, facts, plan, body ===

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

/// Facts for a view, from JSON: `{principal, resource, context, entities, issued, known, now}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_from_json(
    policy: *const LivePolicy,
    json: Text,
    view: Text,
    out: *mut *mut LoadedFacts,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        make(out, error, || {
            let policy = given(policy, "policy")?.get();
            LoadedFacts::from_json(policy, text(json)?, text(view)?)
        })
    }
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_free(facts: *mut LoadedFacts) {
    unsafe { free(facts) }
}

/// Begins facts for a view, piece by piece. What is set belongs to the context until the first
/// entity begins, and then to the latest entity; `usage.views` is a field of its record `usage`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_new(
    policy: *const LivePolicy,
    view: Text,
    out: *mut *mut FactsBuilder,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        make(out, error, || {
            let policy = given(policy, "policy")?.get();
            Ok(FactsBuilder::new(policy, text(view)?))
        })
    }
}

/// Who asks, for which résumé, when: milliseconds since 1970-01-01T00:00:00Z.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_ask(
    builder: *mut FactsBuilder,
    principal_type: Text,
    principal_id: Text,
    resource_type: Text,
    resource_id: Text,
    now: i64,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        run(error, || {
            let principal = uid(principal_type, principal_id)?;
            let resource = uid(resource_type, resource_id)?;
            given_mut(builder, "builder")?.ask(principal, resource, now);
            Ok(())
        })
    }
}

/// Begins an entity.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_entity(
    builder: *mut FactsBuilder,
    entity_type: Text,
    id: Text,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        run(error, || {
            let uid = uid(entity_type, id)?;
            given_mut(builder, "builder")?.entity(uid);
            Ok(())
        })
    }
}

/// A parent of the latest entity.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_parent(
    builder: *mut FactsBuilder,
    entity_type: Text,
    id: Text,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        run(error, || {
            let uid = uid(entity_type, id)?;
            given_mut(builder, "builder")?.parent(uid)
        })
    }
}

unsafe fn set(
    builder: *mut FactsBuilder,
    name: Text,
    error: *mut *mut Error,
    value: impl FnOnce() -> Result<Given, Error>,
) -> Status {
    unsafe {
        run(error, || {
            given_mut(builder, "builder")?.set(text(name)?, value()?)
        })
    }
}

/// A `Bool`: 0 is false, anything else is true.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_bool(
    builder: *mut FactsBuilder,
    name: Text,
    value: c_int,
    error: *mut *mut Error,
) -> Status {
    unsafe { set(builder, name, error, || Ok(Given::Bool(value != 0))) }
}

/// A `Long`, or what is behind a `datetime` or `duration` (ms) or a `decimal` (1/10,000).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_long(
    builder: *mut FactsBuilder,
    name: Text,
    value: i64,
    error: *mut *mut Error,
) -> Status {
    unsafe { set(builder, name, error, || Ok(Given::Long(value))) }
}

/// A `String`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_text(
    builder: *mut FactsBuilder,
    name: Text,
    value: Text,
    error: *mut *mut Error,
) -> Status {
    let value = || Ok(Given::Text(unsafe { text(value) }?.to_owned()));
    unsafe { set(builder, name, error, value) }
}

/// A reference to an entity.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_reference(
    builder: *mut FactsBuilder,
    name: Text,
    entity_type: Text,
    id: Text,
    error: *mut *mut Error,
) -> Status {
    let value = || Ok(Given::Entity(unsafe { uid(entity_type, id) }?));
    unsafe { set(builder, name, error, value) }
}

/// A member of a set of entities. With an empty type the set is there, and gets no member.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_member(
    builder: *mut FactsBuilder,
    name: Text,
    entity_type: Text,
    id: Text,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        run(error, || {
            let uid = uid(entity_type, id)?;
            let member = Some(uid).filter(|(ty, _)| !ty.is_empty());
            given_mut(builder, "builder")?.add(text(name)?, member)
        })
    }
}

/// What renderings need: kind `relay` by class, `industry` by employer, `region`, `pseudonym` (a key
/// of at least 16 bytes); the last two without `key`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_issued(
    builder: *mut FactsBuilder,
    kind: Text,
    key: Text,
    value: Text,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        run(error, || {
            let (kind, key) = (text(kind)?, text(key)?);
            given_mut(builder, "builder")?.issue(kind, key, bytes(value)?)
        })
    }
}

/// A true value of the candidate's, which the output is searched for: kind `phone`, `email`,
/// `wechat`, `qq`, `idCard`, `name`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_known(
    builder: *mut FactsBuilder,
    kind: Text,
    value: Text,
    error: *mut *mut Error,
) -> Status {
    unsafe {
        run(error, || {
            let (kind, value) = (text(kind)?, text(value)?);
            given_mut(builder, "builder")?.known(kind, value);
            Ok(())
        })
    }
}

/// Checks the facts by the pack's schema, and lays them out. The builder is gone then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_build(
    builder: *mut FactsBuilder,
    out: *mut *mut LoadedFacts,
    error: *mut *mut Error,
) -> Status {
    let builder = match builder.is_null() {
        true => None,
        false => Some(unsafe { Box::from_raw(builder) }),
    };
    unsafe {
        make(out, error, || {
            builder.ok_or_else(|| null("builder"))?.build()
        })
    }
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_free(builder: *mut FactsBuilder) {
    unsafe { free(builder) }
}

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
        lend(&[], data, data_length);
        run(error, || {
            let out = given_mut(redactor, "redactor")?.write(bytes(piece)?)?;
            lend(out, data, data_length);
            Ok(())
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
    unsafe {
        lend(&[], data, data_length);
        run(error, || {
            let out = given_mut(redactor, "redactor")?.end()?;
            lend(out, data, data_length);
            Ok(())
        })
    }
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_redactor_free(redactor: *mut Pieces) {
    unsafe { free(redactor) }
}

// === By privet.toml: who asks, facts, obligations, bodies ===

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

/// The revision that is live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_gateway_revision(
    gateway: *const Inside,
    out: *mut *mut Buffer,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        Ok(Buffer(
            unsafe { given(gateway, "gateway") }?
                .revision()
                .into_bytes(),
        ))
    };
    unsafe { make(out, error, work) }
}

/// What was counted in this process, as Prometheus reads it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_gateway_metrics(
    gateway: *const Inside,
    out: *mut *mut Buffer,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        Ok(Buffer(
            unsafe { given(gateway, "gateway") }?.metrics().into_bytes(),
        ))
    };
    unsafe { make(out, error, work) }
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_gateway_free(gateway: *mut Inside) {
    unsafe { free(gateway) }
}

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

/// A header that is set, by its place from 0. False past the last.
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

/// A header of the request that is taken out, by its place from 0. Null past the last.
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
