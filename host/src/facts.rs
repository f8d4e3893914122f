//! Facts: entities, requests, and how they are read from JSON.
//!
//! | file | what it holds |
//! |---|---|
//! | `json` | JSON that keeps repeated keys, because Cedar refuses them in places |
//! | `value` | a value of a known type out of JSON, as Cedar's JSON format has it |
//! | `extension` | extension functions in JSON values |
//! | `path` | where something is, for messages |
//! | `names` | uids and their references |
//! | `entities` | the store, and how it is read |
//! | `entity` | an entity that is read once, for many stores |
//! | `draft` | entities on their way into it: closed and laid out |
//! | `hierarchy` | the closure, cycles, actions |
//! | `request` | principal, resource and context of one decision |
//! | `issued` | what renderings need; never enters a guest |
//! | `known` | the candidate's true values; they never enter a guest |
//! | `typed` | values and entities of any type, read as JSON is |
//! | `builder` | the same store by handles, without JSON |
//! | `request_builder` | the same request from typed values |
//! | `attribute` | attributes as Rust types |
//! | `handle` | structs and views, compared with the schema once |
//! | `batch` | attributes and requests that change with every call, by handles |
//!
//! Facts are accepted or refused as Cedar does with the schema, except for a short list where this
//! is stricter (see `docs/facts.md`). Nothing here talks to a guest.

pub(crate) mod attribute;
pub(crate) mod batch;
pub(crate) mod builder;
mod draft;
pub(crate) mod entities;
pub(crate) mod entity;
mod extension;
pub(crate) mod handle;
mod hierarchy;
pub(crate) mod issued;
mod json;
pub(crate) mod known;
pub(crate) mod names;
mod path;
pub(crate) mod request;
pub(crate) mod request_builder;
pub(crate) mod typed;
mod value;
