//! Step by step, second: facts. What must never be here: a branch on anything but a pointer.

use super::{Text, bytes, free, given, given_mut, make, null, run, text, uid};
use crate::facts::{FactsBuilder, Given, LoadedFacts};
use crate::policy::LivePolicy;
use crate::status::{Error, Status};
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
