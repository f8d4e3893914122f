//! Step by step, second: facts. What must never be here: a branch on anything but a pointer.

use super::{Text, bytes, free, given, given_mut, make, null, run, text, uid};
use crate::facts::{FactsBuilder, LoadedFacts};
use crate::policy::LivePolicy;
use crate::status::{Error, Status};
use privet_host::FactValue;
use std::ffi::c_int;

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

/// Begins facts for a view, piece by piece. What comes is of the context until the first entity
/// begins, and then of the latest entity. After a call that failed, the builder builds nothing: the
/// fact that is missing may be one that hides.
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

/// Tells a builder something.
unsafe fn tell(
    builder: *mut FactsBuilder,
    error: *mut *mut Error,
    work: impl FnOnce(&mut FactsBuilder) -> Result<(), Error>,
) -> Status {
    unsafe { run(error, || given_mut(builder, "builder")?.attempt(work)) }
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
        tell(builder, error, |b| {
            let principal = uid(principal_type, principal_id)?;
            b.ask(principal, uid(resource_type, resource_id)?, now);
            Ok(())
        })
    }
}

/// Begins an entity: what comes is its attributes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_entity(
    builder: *mut FactsBuilder,
    entity_type: Text,
    id: Text,
    error: *mut *mut Error,
) -> Status {
    unsafe { tell(builder, error, |b| b.entity(uid(entity_type, id)?)) }
}

/// A parent of the latest entity.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_parent(
    builder: *mut FactsBuilder,
    entity_type: Text,
    id: Text,
    error: *mut *mut Error,
) -> Status {
    unsafe { tell(builder, error, |b| b.parent(uid(entity_type, id)?)) }
}

/// The latest entity's attributes are over: what comes is its tags, by their keys.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_tags(
    builder: *mut FactsBuilder,
    error: *mut *mut Error,
) -> Status {
    unsafe { tell(builder, error, FactsBuilder::tags) }
}

unsafe fn put(
    builder: *mut FactsBuilder,
    name: Text,
    error: *mut *mut Error,
    value: impl FnOnce() -> Result<FactValue, Error>,
) -> Status {
    unsafe { tell(builder, error, |b| b.put(text(name)?, value()?)) }
}

/// A `Bool`: 0 is false, anything else is true. The elements of a set have the empty name, here and
/// below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_bool(
    builder: *mut FactsBuilder,
    name: Text,
    value: c_int,
    error: *mut *mut Error,
) -> Status {
    unsafe { put(builder, name, error, || Ok(FactValue::Bool(value != 0))) }
}

/// A `Long`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_long(
    builder: *mut FactsBuilder,
    name: Text,
    value: i64,
    error: *mut *mut Error,
) -> Status {
    unsafe { put(builder, name, error, || Ok(FactValue::Long(value))) }
}

/// A `String`. Where the schema has an extension type, its text form, as in JSON facts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_text(
    builder: *mut FactsBuilder,
    name: Text,
    value: Text,
    error: *mut *mut Error,
) -> Status {
    let value = || Ok(FactValue::String(unsafe { text(value) }?.to_owned()));
    unsafe { put(builder, name, error, value) }
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
    let value = || unsafe { uid(entity_type, id) }.map(|(ty, id)| FactValue::Entity(ty, id));
    unsafe { put(builder, name, error, value) }
}

/// A `decimal`, as Cedar writes it: `1.25`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_decimal(
    builder: *mut FactsBuilder,
    name: Text,
    value: Text,
    error: *mut *mut Error,
) -> Status {
    let value = || Ok(FactValue::Decimal(unsafe { text(value) }?.to_owned()));
    unsafe { put(builder, name, error, value) }
}

/// An `ipaddr`, as Cedar writes it: `10.0.0.0/8`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_ip(
    builder: *mut FactsBuilder,
    name: Text,
    value: Text,
    error: *mut *mut Error,
) -> Status {
    let value = || Ok(FactValue::Ip(unsafe { text(value) }?.to_owned()));
    unsafe { put(builder, name, error, value) }
}

/// A `datetime`: milliseconds since 1970-01-01T00:00:00Z.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_datetime(
    builder: *mut FactsBuilder,
    name: Text,
    milliseconds: i64,
    error: *mut *mut Error,
) -> Status {
    let value = || Ok(FactValue::Datetime(milliseconds));
    unsafe { put(builder, name, error, value) }
}

/// A `duration` in milliseconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_duration(
    builder: *mut FactsBuilder,
    name: Text,
    milliseconds: i64,
    error: *mut *mut Error,
) -> Status {
    let value = || Ok(FactValue::Duration(milliseconds));
    unsafe { put(builder, name, error, value) }
}

/// Begins a set: what comes is its elements, without names, until `privet_facts_builder_end`. The
/// order does not count, and equal elements are one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_set(
    builder: *mut FactsBuilder,
    name: Text,
    error: *mut *mut Error,
) -> Status {
    let set = FactValue::Set(Vec::new());
    unsafe { tell(builder, error, |b| b.begin(text(name)?, set)) }
}

/// Begins a record: what comes is its fields, until `privet_facts_builder_end`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_record(
    builder: *mut FactsBuilder,
    name: Text,
    error: *mut *mut Error,
) -> Status {
    let record = FactValue::Record(Vec::new());
    unsafe { tell(builder, error, |b| b.begin(text(name)?, record)) }
}

/// Ends the latest set or record that has begun.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn privet_facts_builder_end(
    builder: *mut FactsBuilder,
    error: *mut *mut Error,
) -> Status {
    unsafe { tell(builder, error, FactsBuilder::end) }
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
        tell(builder, error, |b| {
            b.issue(text(kind)?, text(key)?, bytes(value)?)
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
        tell(builder, error, |b| {
            b.known(text(kind)?, text(value)?);
            Ok(())
        })
    }
}

/// Checks the facts by the pack's schema, as JSON facts are checked, and lays them out. The builder is
/// gone then.
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
