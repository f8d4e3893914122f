//! One case: policies, schema, entities, and requests with the answers that Cedar gave.

use super::cedar::Cedar;
use anyhow::{Context, Result, anyhow, bail};
use privet_compiler::{Kind, Source, SourceFile};
use privet_host::manifest::EntityUid;
use privet_host::{Engine, Entities, Instance, Policy, Request};
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
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
    action: Value,
    resource: Value,
    context: Value,
    decision: String,
    reason: Vec<String>,
    errors: Vec<String>,
}

/// What became of a request.
#[derive(Debug)]
pub enum Outcome {
    Passed,
    Failed(String),
    Skipped(&'static str),
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

    /// Runs all requests; a panic is a failure of this case and of no other.
    pub fn run_guarded(&self, root: &Path, engine: &Engine) -> Vec<Outcome> {
        let run = AssertUnwindSafe(|| self.run(root, engine));
        panic::catch_unwind(run).unwrap_or_else(|_| self.all(|| failed("it panicked")))
    }

    fn all(&self, outcome: impl Fn() -> Outcome) -> Vec<Outcome> {
        self.content.requests.iter().map(|_| outcome()).collect()
    }

    fn run(&self, root: &Path, engine: &Engine) -> Vec<Outcome> {
        match self.prepare(root, engine) {
            Ok(Prepared::Ready(ready)) => {
                let Ready {
                    cedar,
                    policy,
                    entities,
                    mut instance,
                } = *ready;
                let requests = self.content.requests.iter();
                requests
                    .map(|asked| {
                        let given = asked.run(&policy, &entities, &mut instance);
                        asked.judge(&cedar, given)
                    })
                    .collect()
            }
            Ok(Prepared::Skip(reason)) => self.all(|| Outcome::Skipped(reason)),
            Err(error) => self.all(|| failed(format!("{error:#}"))),
        }
    }

    /// A file that the case names: beside the case, or in the folder that all cases are in.
    fn file(&self, root: &Path, name: &str) -> Result<SourceFile> {
        let beside = self.path.with_file_name(name);
        let path = if beside.is_file() {
            beside
        } else {
            root.join(name)
        };
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(SourceFile {
            name: name.to_owned(),
            text,
        })
    }

    fn prepare(&self, root: &Path, engine: &Engine) -> Result<Prepared> {
        let source = Source {
            name: "conformance".to_owned(),
            revision: 0,
            strict: false,
            kind: Kind::PolicySet,
            schema: vec![self.file(root, &self.content.schema)?],
            policies: vec![self.file(root, &self.content.policies)?],
        };
        let compiled = privet_compiler::compile(&source);
        // Cedar's reader has inputs that it panics on; that is a refusal.
        let cedar = panic::catch_unwind(AssertUnwindSafe(|| Cedar::read(&source)))
            .unwrap_or_else(|_| Err(anyhow!("Cedar panicked")));
        let (cedar, compiled) = match (cedar, compiled) {
            (Err(_), Err(_)) => return Ok(Prepared::Skip("not valid")),
            (Err(error), Ok(_)) => bail!("compiled, but Cedar refuses: {error}"),
            (Ok(_), Err(error)) => bail!("Cedar accepts, but it does not compile: {error}"),
            (Ok(cedar), Ok(compiled)) => (cedar, compiled),
        };
        let policy = engine.load(&compiled.wasm)?;
        let text = self.file(root, &self.content.entities)?.text;
        let entities = match (cedar.entities(&text), Entities::from_json(&policy, &text)) {
            (Err(_), Err(_)) => return Ok(Prepared::Skip("entities refused")),
            (Err(error), Ok(_)) => bail!("entities accepted, but Cedar refuses: {error}"),
            (Ok(()), Err(error)) => bail!("Cedar accepts the entities, the host not: {error}"),
            (Ok(()), Ok(entities)) => entities,
        };
        let instance = policy.instance()?;
        Ok(Prepared::Ready(Box::new(Ready {
            cedar,
            policy,
            entities,
            instance,
        })))
    }
}

struct Ready {
    cedar: Cedar,
    policy: Policy,
    entities: Entities,
    instance: Instance,
}

enum Prepared {
    Ready(Box<Ready>),
    Skip(&'static str),
}

fn failed(what: impl Into<String>) -> Outcome {
    Outcome::Failed(what.into())
}

/// Decision, reasons and ids of erring policies, sorted.
type Answer = (String, Vec<String>, Vec<String>);

impl Asked {
    /// Compares with what the case expects. A request that the host refuses is one that Cedar
    /// refuses too.
    fn judge(&self, cedar: &Cedar, given: Result<Answer, Refused>) -> Outcome {
        let theirs = cedar.request(&self.principal, &self.action, &self.resource, &self.context);
        let given = match (theirs, given) {
            (Err(_), Err(Refused::Facts(_))) => return Outcome::Skipped("request refused"),
            (Err(error), Ok(_)) => {
                return failed(format!("request accepted, but Cedar refuses: {error}"));
            }
            (Ok(()), Err(Refused::Facts(error))) => {
                return failed(format!("Cedar accepts the request, the host not: {error}"));
            }
            (_, Err(Refused::Guest(error))) => return failed(error),
            (Ok(()), Ok(given)) => given,
        };
        let sorted = |ids: &[String]| {
            let mut ids: Vec<String> = ids.to_vec();
            ids.sort();
            ids.dedup();
            ids
        };
        let expected = (
            self.decision.to_lowercase(),
            sorted(&self.reason),
            sorted(&self.errors),
        );
        match expected == given {
            true => Outcome::Passed,
            false => failed(format!("Cedar answers {expected:?}, the guest {given:?}")),
        }
    }

    fn run(
        &self,
        policy: &Policy,
        entities: &Entities,
        instance: &mut Instance,
    ) -> Result<Answer, Refused> {
        let manifest = policy.manifest();
        let undeclared = || Refused::Facts("the action is not declared".to_owned());
        let (ty, id) = uid_parts(&self.action).ok_or_else(undeclared)?;
        let uid = EntityUid {
            ty: manifest.entity_type(ty).ok_or_else(undeclared)?,
            id: id.to_owned(),
        };
        let action = manifest.action(&uid).ok_or_else(undeclared)?;
        let request = Request::from_json(
            entities,
            &self.principal.to_string(),
            &uid,
            &self.resource.to_string(),
            &self.context.to_string(),
        )
        .map_err(|e| Refused::Facts(e.to_string()))?;
        // What the host lays out must be a frame for any other caller too.
        request
            .verify(entities)
            .map_err(|e| Refused::Guest(e.to_string()))?;
        let decision = instance
            .authorize(entities, &request, action)
            .map_err(|e| match e.is_request() {
                true => Refused::Facts(e.to_string()),
                false => Refused::Guest(e.to_string()),
            })?;
        let answer = match decision.is_allowed() {
            true => "allow",
            false => "deny",
        };
        let owned = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect();
        Ok((
            answer.to_owned(),
            owned(decision.reasons()),
            owned(decision.errors()),
        ))
    }
}

/// Why there is no answer: the facts, or the guest, which is always a failure.
enum Refused {
    Facts(String),
    Guest(String),
}

/// Type and id of a uid as a case writes it.
fn uid_parts(json: &Value) -> Option<(&str, &str)> {
    let json = json.get("__entity").unwrap_or(json);
    Some((json.get("type")?.as_str()?, json.get("id")?.as_str()?))
}
