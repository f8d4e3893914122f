//! A request from typed values, without JSON text: for gateways that know who asks.
//!
//! What the schema says is checked when the request is built, by the code that checks JSON. Nothing
//! here lays anything out.

use super::entities::Entities;
use super::json::Json;
use super::request::{Parts, Request};
use super::typed::{FactValue, record};
use super::value::refuse;
use crate::error::FactsError;
use bumpalo::Bump;

/// A type and an id.
type Uid = (String, String);

/// Collects what one request adds to a store.
#[derive(Debug, Clone)]
pub struct RequestBuilder<'e> {
    entities: &'e Entities,
    principal: Option<Uid>,
    resource: Option<Uid>,
    view: Option<String>,
    now: Option<i64>,
    context: Vec<(String, FactValue)>,
}

impl<'e> RequestBuilder<'e> {
    /// A request over a store.
    pub fn new(entities: &'e Entities) -> Self {
        Self {
            entities,
            principal: None,
            resource: None,
            view: None,
            now: None,
            context: Vec::new(),
        }
    }

    /// Who asks.
    pub fn principal(mut self, entity_type: &str, id: &str) -> Self {
        self.principal = Some((entity_type.to_owned(), id.to_owned()));
        self
    }

    /// For which résumé.
    pub fn resource(mut self, entity_type: &str, id: &str) -> Self {
        self.resource = Some((entity_type.to_owned(), id.to_owned()));
        self
    }

    /// How it is asked for; goes into `context.view`.
    pub fn view(mut self, view: &str) -> Self {
        self.view = Some(view.to_owned());
        self
    }

    /// The time, in milliseconds since 1970-01-01T00:00:00Z; goes into `context.now`.
    pub fn now(mut self, milliseconds: i64) -> Self {
        self.now = Some(milliseconds);
        self
    }

    /// A context field that refers to an entity.
    pub fn entity(self, field: &str, entity_type: &str, id: &str) -> Self {
        let (entity_type, id) = (entity_type.to_owned(), id.to_owned());
        self.field(field, FactValue::Entity(entity_type, id))
    }

    /// A context field of type `Bool`.
    pub fn boolean(self, field: &str, value: bool) -> Self {
        self.field(field, FactValue::Bool(value))
    }

    /// A context field of type `Long`.
    pub fn integer(self, field: &str, value: i64) -> Self {
        self.field(field, FactValue::Long(value))
    }

    /// A context field of type `String`, or of an extension type in its text form.
    pub fn text(self, field: &str, value: &str) -> Self {
        self.field(field, FactValue::String(value.to_owned()))
    }

    /// A context field that is a set of entities of one type.
    pub fn entities(self, field: &str, entity_type: &str, ids: &[&str]) -> Self {
        let uid = |id: &&str| FactValue::Entity(entity_type.to_owned(), (*id).to_owned());
        self.field(field, FactValue::Set(ids.iter().map(uid).collect()))
    }

    /// A context field of any type.
    pub fn field(mut self, field: &str, value: FactValue) -> Self {
        self.context.push((field.to_owned(), value));
        self
    }

    /// The request, in the context type of the policy's plans.
    ///
    /// # Errors
    ///
    /// A principal, resource, view or time that is missing where the schema has one, a field that
    /// is not declared, stands twice or does not fit.
    pub fn build(self) -> Result<Request, FactsError> {
        let arena = Bump::new();
        let uid =
            |(ty, id): &'_ Uid| Json::entity(&arena, arena.alloc_str(ty), arena.alloc_str(id));
        let context = record(&arena, &self.context);
        if let Some(field) = context.repeated_inside() {
            return refuse("context", format_args!("the field `{field}` stands twice"));
        }
        let (Some(principal), Some(resource)) = (&self.principal, &self.resource) else {
            return refuse("request", "principal and resource are needed");
        };
        let parts = Parts {
            principal: &uid(principal),
            resource: &uid(resource),
            context: &context,
        };
        Request::for_plan(self.entities, &parts, self.view.as_deref(), self.now)
    }
}
