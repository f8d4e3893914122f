//! What is asked: policy sets with entities and requests, from a dataset or generated.
//!
//! A workload is text, so that both sides read the same. Nothing here measures or decides.

pub mod dataset;
pub mod generate;
pub mod resume;

pub use privet_tests::random;

use anyhow::{Context as _, Result, bail};
use cedar_policy::{Context, Entities, EntityUid, PolicySet, Request, Schema};
use privet_compiler::{Kind, Source, SourceFile};
use privet_host::manifest::EntityUid as Uid;
use privet_host::{Engine, Policy};
use privet_tests::oracle::{self, Answer};
use serde::Deserialize;
use serde_json::Value;
use std::str::FromStr;

/// A policy set with entities and requests.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Which cell of the table it belongs to, e.g. `github n20`.
    pub cell: String,
    /// The name of the schema's file: `.json` or `.cedarschema`.
    pub schema_file: String,
    pub schema: String,
    pub policies: String,
    pub entities: String,
    pub requests: Vec<Asked>,
}

/// A request as the conformance format has it.
#[derive(Debug, Clone, Deserialize)]
pub struct Asked {
    pub principal: Value,
    pub action: Value,
    pub resource: Value,
    #[serde(default)]
    pub context: Value,
}

/// A request as text, one string a part, as a caller with JSON has it.
#[derive(Debug, Clone)]
pub struct AskedText {
    pub principal: String,
    pub action: Uid,
    pub resource: String,
    pub context: String,
}

/// Cedar's side, ready to be asked.
#[derive(Debug)]
pub struct Cedar {
    pub schema: Schema,
    pub policies: PolicySet,
    pub entities: Entities,
    pub requests: Vec<Request>,
}

/// Our side, ready to be asked.
#[derive(Debug)]
pub struct Ours {
    pub policy: Policy,
    pub entities: privet_host::Entities,
    /// Each request with the index of its action.
    pub requests: Vec<(privet_host::Request, u32)>,
    pub texts: Vec<AskedText>,
}

/// A plain policy set as the compiler takes it.
pub fn policy_set(schema_file: &str, schema: &str, policies: &str) -> Source {
    let file = |name: &str, text: &str| SourceFile {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    Source {
        name: "workload".to_owned(),
        revision: 1,
        strict: false,
        kind: Kind::PolicySet,
        schema: vec![file(schema_file, schema)],
        policies: vec![file("policies.cedar", policies)],
    }
}

/// A schema out of either of its forms.
pub fn schema(file: &str, text: &str) -> Result<Schema> {
    if file.ends_with(".json") {
        return Ok(Schema::from_json_str(text)?);
    }
    let (schema, _) = Schema::from_cedarschema_str(text)?;
    Ok(schema)
}

impl Workload {
    /// Reads everything with Cedar.
    pub fn cedar(&self) -> Result<Cedar> {
        let schema = schema(&self.schema_file, &self.schema)?;
        let entities = Entities::from_json_str(&self.entities, Some(&schema))?;
        let requests = self
            .requests
            .iter()
            .map(|asked| asked.cedar(&schema))
            .collect::<Result<_>>()?;
        Ok(Cedar {
            policies: PolicySet::from_str(&self.policies)?,
            schema,
            entities,
            requests,
        })
    }

    /// Compiles, loads and reads everything.
    pub fn ours(&self, engine: &Engine) -> Result<Ours> {
        let source = policy_set(&self.schema_file, &self.schema, &self.policies);
        let compiled = privet_compiler::compile(&source)?;
        let policy = engine.load(&compiled.wasm)?;
        let entities = privet_host::Entities::from_json(&policy, &self.entities)?;
        let mut requests = Vec::new();
        let mut texts = Vec::new();
        for asked in &self.requests {
            let text = asked.text(&policy)?;
            let request = text.request(&entities)?;
            let action = policy.manifest().action(&text.action);
            requests.push((request, action.context("an action that is not declared")?));
            texts.push(text);
        }
        Ok(Ours {
            policy,
            entities,
            requests,
            texts,
        })
    }

    /// Checks that both sides give the same answers.
    pub fn agree(&self, ours: &Ours, cedar: &Cedar) -> Result<usize> {
        let mut instance = ours.policy.instance()?;
        for (index, ((request, action), theirs)) in
            ours.requests.iter().zip(&cedar.requests).enumerate()
        {
            let decision = instance.authorize(&ours.entities, request, *action)?;
            let given = Answer::new(decision.is_allowed(), decision.reasons(), decision.errors());
            let expected = cedar.answer(theirs);
            if given != expected {
                bail!(
                    "{}: request {index}: Cedar answers {expected:?}, the guest {given:?}",
                    self.cell
                );
            }
        }
        Ok(ours.requests.len())
    }
}

impl Ours {
    /// One pass over the requests; how many were allowed.
    pub fn pass(&self, instance: &mut privet_host::Instance) -> usize {
        let mut allowed = 0;
        for (request, action) in &self.requests {
            let decision = instance.decide(&self.entities, request, *action);
            allowed += usize::from(decision.is_ok_and(|d| d.is_allowed()));
        }
        allowed
    }
}

impl Cedar {
    /// Cedar's answer to a request.
    pub fn answer(&self, request: &Request) -> Answer {
        oracle::answer(&self.policies, &self.entities, request)
    }
}

impl Asked {
    /// The request for Cedar.
    pub fn cedar(&self, schema: &Schema) -> Result<Request> {
        let uid = |json: &Value| -> Result<EntityUid> { Ok(EntityUid::from_json(json.clone())?) };
        let action = uid(&self.action)?;
        let context = match &self.context {
            Value::Null => Context::empty(),
            context => Context::from_json_value(context.clone(), Some((schema, &action)))?,
        };
        Ok(Request::new(
            uid(&self.principal)?,
            action,
            uid(&self.resource)?,
            context,
            Some(schema),
        )?)
    }

    /// The request as text.
    pub fn text(&self, policy: &Policy) -> Result<AskedText> {
        let part = |key: &str| self.action.get(key).and_then(Value::as_str);
        let (Some(ty), Some(id)) = (part("type"), part("id")) else {
            bail!("an action is `{{type, id}}`, not {}", self.action);
        };
        let ty = policy.manifest().entity_type(ty);
        Ok(AskedText {
            principal: self.principal.to_string(),
            action: Uid {
                ty: ty.context("an action type that is not declared")?,
                id: id.to_owned(),
            },
            resource: self.resource.to_string(),
            context: match &self.context {
                Value::Null => "{}".to_owned(),
                context => context.to_string(),
            },
        })
    }
}

impl AskedText {
    /// The request over a store.
    pub fn request(&self, entities: &privet_host::Entities) -> Result<privet_host::Request> {
        Ok(privet_host::Request::from_json(
            entities,
            &self.principal,
            &self.action,
            &self.resource,
            &self.context,
        )?)
    }
}
