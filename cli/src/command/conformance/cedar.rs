//! Cedar's own verdict on a case: whether schema and policies validate in strict mode, and whether
//! entities and requests are accepted with the schema.
//!
//! This is a check on the compiler and the host, so it takes nothing from them: Cedar reads the same
//! texts on its own.

use anyhow::{Context, Result, anyhow, ensure};
use cedar_policy::{
    Context as RequestContext, Entities, EntityUid, PolicySet, Request, Schema, ValidationMode,
    Validator,
};
use privet_compiler::{Source, SourceFile};
use serde_json::Value;
use std::str::FromStr;

/// A schema whose policies Cedar accepts.
#[derive(Debug)]
pub struct Cedar {
    schema: Schema,
}

impl Cedar {
    /// Parses and validates, as Cedar does it.
    pub fn read(source: &Source) -> Result<Self> {
        let [schema] = source.schema.as_slice() else {
            return Err(anyhow!("a case has one schema"));
        };
        let [policies] = source.policies.as_slice() else {
            return Err(anyhow!("a case has one file of policies"));
        };
        let is_json = |file: &SourceFile| file.name.ends_with(".json");
        let schema = match is_json(schema) {
            true => Schema::from_json_str(&schema.text).context("the schema")?,
            false => {
                Schema::from_cedarschema_str(&schema.text)
                    .context("the schema")?
                    .0
            }
        };
        let set = match is_json(policies) {
            true => PolicySet::from_json_str(&policies.text).context("the policies")?,
            false => PolicySet::from_str(&policies.text).context("the policies")?,
        };
        let validated = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
        let error = validated.validation_errors().next();
        ensure!(
            validated.validation_passed(),
            "{}",
            error.map(ToString::to_string).unwrap_or_default()
        );
        Ok(Self { schema })
    }

    /// Whether Cedar accepts entities with the schema.
    pub fn entities(&self, text: &str) -> Result<()> {
        Entities::from_json_str(text, Some(&self.schema))?;
        Ok(())
    }

    /// Whether Cedar accepts a request with the schema.
    pub fn request(
        &self,
        principal: &Value,
        action: &Value,
        resource: &Value,
        context: &Value,
    ) -> Result<()> {
        let uid = |json: &Value| EntityUid::from_json(json.clone()).map_err(anyhow::Error::from);
        let action = uid(action)?;
        let context =
            RequestContext::from_json_value(context.clone(), Some((&self.schema, &action)))?;
        Request::new(
            uid(principal)?,
            action,
            uid(resource)?,
            context,
            Some(&self.schema),
        )?;
        Ok(())
    }
}
