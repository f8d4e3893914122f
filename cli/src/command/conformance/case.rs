//! One case: policies, schema, entities, and requests with the answers that Cedar gave.

use anyhow::{Context, Result, bail};
use privet_compiler::{Kind, Source, SourceFile};
use privet_host::manifest::EntityUid;
use privet_host::{Engine, Entities, Instance, Policy, Request};
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A case file.
#[derive(Debug)]
pub struct Case {
    pub path: PathBuf,
    content: Content,
}

#[derive(Debug, Deserialize)]
struct Content {
    policies: String,
    entities: String,
    schema: String,
    requests: Vec<Asked>,
}

#[derive(Debug, Deserialize)]
struct Asked {
    principal: Value,
    action: Uid,
    resource: Value,
    context: Value,
    decision: String,
    reason: Vec<String>,
    errors: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Uid {
    #[serde(rename = "type")]
    ty: String,
    id: String,
}

/// What became of a request.
#[derive(Debug)]
pub enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

impl Case {
    /// Reads a file; `None` when it is no case.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let name = || path.display().to_string();
        let text = fs::read_to_string(path).with_context(name)?;
        let json: Value = serde_json::from_str(&text).with_context(name)?;
        if json.get("requests").is_none() {
            return Ok(None);
        }
        let content = serde_json::from_value(json).with_context(name)?;
        Ok(Some(Self {
            path: path.to_owned(),
            content,
        }))
    }

    /// Runs all requests.
    pub fn run(&self, root: &Path, engine: &Engine) -> Vec<Outcome> {
        match self.prepare(root, engine) {
            Ok(Prepared::Ready(policy, entities)) => {
                let mut instance = policy.instance();
                let requests = self.content.requests.iter();
                requests
                    .map(|asked| match &mut instance {
                        Ok(instance) => match asked.run(&policy, &entities, instance) {
                            Ok(outcome) => outcome,
                            Err(error) => Outcome::Failed(format!("{error:#}")),
                        },
                        Err(error) => Outcome::Failed(error.to_string()),
                    })
                    .collect()
            }
            Ok(Prepared::Skip(reason)) => {
                let all = self.content.requests.iter();
                all.map(|_| Outcome::Skipped(reason.clone())).collect()
            }
            Err(error) => {
                let all = self.content.requests.iter();
                all.map(|_| Outcome::Failed(format!("{error:#}"))).collect()
            }
        }
    }

    fn prepare(&self, root: &Path, engine: &Engine) -> Result<Prepared> {
        let file = |name: &str| -> Result<SourceFile> {
            let path = root.join(name);
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            Ok(SourceFile {
                name: name.to_owned(),
                text,
            })
        };
        let source = Source {
            name: "conformance".to_owned(),
            revision: 0,
            strict: false,
            kind: Kind::PolicySet,
            schema: vec![file(&self.content.schema)?],
            policies: vec![file(&self.content.policies)?],
        };
        let compiled = match privet_compiler::compile(&source) {
            Ok(compiled) => compiled,
            Err(error) if error.is_cedar() => return Ok(Prepared::Skip("not valid".to_owned())),
            Err(error) => match error.construct() {
                Some(construct) => {
                    return Ok(Prepared::Skip(format!("refused: {}", construct.construct)));
                }
                None => return Err(error.into()),
            },
        };
        let policy = engine.load(&compiled.wasm)?;
        let entities = Entities::from_json(&policy, &file(&self.content.entities)?.text)?;
        Ok(Prepared::Ready(policy, entities))
    }
}

enum Prepared {
    Ready(Policy, Entities),
    Skip(String),
}

impl Asked {
    fn run(
        &self,
        policy: &Policy,
        entities: &Entities,
        instance: &mut Instance,
    ) -> Result<Outcome> {
        let manifest = policy.manifest();
        let uid = EntityUid {
            ty: manifest
                .entity_type(&self.action.ty)
                .with_context(|| format!("the action type `{}` is not declared", self.action.ty))?,
            id: self.action.id.clone(),
        };
        let request = Request::from_json(
            entities,
            &self.principal.to_string(),
            &uid,
            &self.resource.to_string(),
            &self.context.to_string(),
        )?;
        // What the host lays out must be a frame for any other caller too.
        request.verify(entities)?;
        let Some(action) = manifest.action(&uid) else {
            bail!("the action `{}` is not declared", uid.id);
        };
        let decision = instance.authorize(entities, &request, action)?;
        let answer = if decision.is_allowed() {
            "allow"
        } else {
            "deny"
        };
        let sorted = |ids: &[String]| {
            let mut ids: Vec<String> = ids.to_vec();
            ids.sort();
            ids
        };
        let expected = (
            self.decision.to_lowercase(),
            sorted(&self.reason),
            sorted(&self.errors),
        );
        let given = (
            answer.to_owned(),
            decision
                .reasons()
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
            decision
                .errors()
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        );
        Ok(match expected == given {
            true => Outcome::Passed,
            false => Outcome::Failed(format!("Cedar answers {expected:?}, the guest {given:?}")),
        })
    }
}
