//! Loads compiled policies and asks them, on wasmtime.
//!
//! [`Engine`] is one narrow configuration of wasmtime. [`Policy`] is a loaded guest with its
//! manifest. [`Entities`] holds facts laid out as the guest reads them; [`Request`] is what one
//! decision adds. An [`Instance`] answers: [`Instance::authorize`] for one action,
//! [`Instance::plan`] for a résumé, a viewer and a view, [`Instance::plan_many`] for a page of
//! them. Every error is a denial to whoever asked.
//!
//! What must never be here: Cedar's parser, anything of HTTP, a personal value. Decisions need ids,
//! states and settings.

#![deny(unsafe_code)]

mod answer;
mod bundle;
mod engine;
mod error;
mod facts;
mod idle;
mod instance;
mod policy;

pub use answer::{Decision, DecisionRef, GateAnswer, Plan, PlanRef};
pub use bundle::Digest;
pub use engine::{Engine, Settings};
pub use error::{CallError, FactsError, LoadError};
pub use facts::attribute::{Attribute, Attributes, References, Text};
pub use facts::batch::Batch;
pub use facts::builder::{AttributeHandle, EntitiesBuilder};
pub use facts::entities::{Entities, EntityReference};
pub use facts::entity::Entity;
pub use facts::handle::{StructHandle, ViewHandle};
pub use facts::issued::Issued;
pub use facts::known::KnownValues;
pub use facts::request::{Facts, Request};
pub use facts::request_builder::RequestBuilder;
pub use facts::typed::{FactEntity, FactValue};
pub use instance::{Instance, Page};
pub use policy::Policy;
pub use privet_frame::manifest;
pub use privet_frame::value::Value;
