//! Cedar's own interpreter, asked in process.

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, Schema,
};
use serde_json::Value;

/// What an engine answers: decision, sorted reasons, sorted ids of erring policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub allowed: bool,
    pub reasons: Vec<String>,
    pub errors: Vec<String>,
}

impl Answer {
    /// From an engine's parts; sorts them.
    pub fn new<'a>(
        allowed: bool,
        reasons: impl IntoIterator<Item = &'a str>,
        errors: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let sorted = |ids: Vec<String>| {
            let mut ids = ids;
            ids.sort();
            ids.dedup();
            ids
        };
        Self {
            allowed,
            reasons: sorted(reasons.into_iter().map(str::to_owned).collect()),
            errors: sorted(errors.into_iter().map(str::to_owned).collect()),
        }
    }
}

/// Cedar's answer to a request.
pub fn answer(policies: &PolicySet, entities: &Entities, request: &Request) -> Answer {
    let response = Authorizer::new().is_authorized(request, policies, entities);
    let diagnostics = response.diagnostics();
    Answer::new(
        response.decision() == Decision::Allow,
        diagnostics.reason().map(AsRef::as_ref),
        diagnostics.errors().map(|e| match e {
            cedar_policy::AuthorizationError::PolicyEvaluationError(e) => e.policy_id().as_ref(),
        }),
    )
}

/// A schema, policies and entities that Cedar accepted.
#[derive(Debug)]
pub struct Oracle {
    pub schema: Schema,
    pub policies: PolicySet,
}

impl Oracle {
    /// Entities with the schema, or why Cedar refuses them.
    pub fn entities(&self, json: &Value) -> Result<Entities, String> {
        Entities::from_json_value(json.clone(), Some(&self.schema)).map_err(|e| e.to_string())
    }

    /// A request that the schema admits, or why Cedar refuses it; principal, action and resource as
    /// `{type, id}`.
    pub fn request(
        &self,
        principal: &Value,
        action: &Value,
        resource: &Value,
        context: &Value,
    ) -> Result<Request, String> {
        let uid = |json: &Value| EntityUid::from_json(json.clone()).map_err(|e| e.to_string());
        let action = uid(action)?;
        let context = Context::from_json_value(context.clone(), Some((&self.schema, &action)))
            .map_err(|e| e.to_string())?;
        Request::new(
            uid(principal)?,
            action,
            uid(resource)?,
            context,
            Some(&self.schema),
        )
        .map_err(|e| e.to_string())
    }

    /// The answer to a request.
    pub fn answer(&self, entities: &Entities, request: &Request) -> Answer {
        answer(&self.policies, entities, request)
    }

    /// A request and its answer.
    pub fn authorize(
        &self,
        entities: &Entities,
        principal: &Value,
        action: &Value,
        resource: &Value,
        context: &Value,
    ) -> Result<Answer, String> {
        let request = self.request(principal, action, resource, context)?;
        Ok(self.answer(entities, &request))
    }
}
