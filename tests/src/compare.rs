//! One policy set through both engines: the compiled guest and Cedar, on random facts.
//!
//! A mismatch is written out as a folder in the format of Cedar's integration tests, so that it
//! becomes a regression case by being moved. Nothing here decides which answer is right.

use crate::coverage::Coverage;
use crate::facts::Facts;
use crate::generate::policy::Generated;
use crate::oracle::{Answer, Oracle};
use crate::random::Random;
use cedar_policy::{Entities, Schema, Validator};
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;
use privet_compiler::{Compiled, Kind, Source, SourceFile};
use privet_frame::manifest::{EntityUid, Environment, Manifest};
use privet_host::{Engine, Instance, Policy, Request};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A schema with what is made from it once.
#[derive(Debug)]
pub struct World {
    pub text: String,
    pub schema: Schema,
    pub validator: Validator,
    /// The manifest of the empty policy set: the schema as the compiler sees it.
    pub manifest: Manifest,
}

impl World {
    /// A schema that Cedar accepts, or why it does not; the compiler must agree.
    pub fn new(text: &str) -> Result<Self, String> {
        let compiled = privet_compiler::compile(&crate::policy_set(text, ""));
        let schema = match Schema::from_cedarschema_str(text) {
            Ok((schema, _)) => schema,
            Err(error) => {
                assert!(
                    compiled.is_err(),
                    "compiled, but Cedar refuses: {error}\n{text}"
                );
                return Err(error.to_string());
            }
        };
        let compiled = compiled.unwrap_or_else(|e| panic!("Cedar accepts: {e}\n{text}"));
        Ok(Self {
            text: text.to_owned(),
            validator: Validator::new(schema.clone()),
            schema,
            manifest: compiled.manifest,
        })
    }

    /// What the compiler takes for a policy set over this schema.
    pub fn source(&self, policies: &SourceFile) -> Source {
        Source {
            kind: Kind::PolicySet,
            policies: vec![policies.clone()],
            ..crate::policy_set(&self.text, "")
        }
    }
}

/// How many requests were compared, and how they were answered.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub requests: u64,
    pub allowed: u64,
    pub erred: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.allowed += other.allowed;
        self.erred += other.erred;
    }
}

/// What differed.
#[derive(Debug)]
pub struct Mismatch {
    pub schema: String,
    pub policies: SourceFile,
    pub entities: Value,
    pub request: Value,
    pub expected: Answer,
    pub given: String,
}

impl Mismatch {
    /// Writes the case into a new folder under `target/mismatches`.
    pub fn save(&self, name: &str) -> PathBuf {
        let folder = crate::root().join("target/mismatches").join(name);
        self.write(&folder).expect("a folder for the mismatch");
        folder
    }

    fn write(&self, folder: &Path) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("schema.cedarschema"), &self.schema)?;
        fs::write(folder.join(&self.policies.name), &self.policies.text)?;
        fs::write(
            folder.join("entities.json"),
            format!("{:#}\n", self.entities),
        )?;
        let mut request = self.request.clone();
        request["description"] = json!(format!("the guest answered {}", self.given));
        request["decision"] = json!(if self.expected.allowed {
            "allow"
        } else {
            "deny"
        });
        request["reason"] = json!(self.expected.reasons);
        request["errors"] = json!(self.expected.errors);
        let case = json!({
            "policies": self.policies.name,
            "entities": "entities.json",
            "schema": "schema.cedarschema",
            "shouldValidate": true,
            "requests": [request],
        });
        fs::write(folder.join("case.json"), format!("{case:#}\n"))
    }
}

/// The guest's side.
struct Guest {
    policy: Policy,
    instance: Instance,
}

/// How much is asked of one set.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub stores: usize,
    /// Requests on each store.
    pub requests: usize,
}

/// Requests of a set whose coverage is counted at most; walking costs more than answering.
const COVERED: u64 = 24;

/// Compares one policy set. `compile` is the compiler, or one that is broken on purpose.
pub fn set(
    engine: &Engine,
    world: &World,
    generated: &Generated,
    random: Random,
    size: Size,
    mut coverage: Option<&mut Coverage>,
    compile: impl FnOnce(&Source) -> Compiled,
) -> Result<Tally, Box<Mismatch>> {
    let compiled = compile(&world.source(&generated.file));
    let policy = engine
        .load(&crate::lean::lean(&compiled.wasm))
        .expect("the guest loads");
    let instance = policy.instance().expect("an instance");
    let mut guest = Guest { policy, instance };
    let oracle = Oracle {
        schema: world.schema.clone(),
        policies: generated.set.clone(),
    };
    let mut facts = Facts {
        manifest: &world.manifest,
        random,
    };
    let mut tally = Tally::default();
    for _ in 0..size.stores {
        let store = facts.entities();
        let theirs = oracle
            .entities(&store)
            .unwrap_or_else(|e| panic!("Cedar refuses the generated entities: {e}\n{store:#}"));
        let ours = privet_host::Entities::from_json(&guest.policy, &store.to_string())
            .unwrap_or_else(|e| panic!("the host refuses the entities: {e}\n{store:#}"));
        for _ in 0..size.requests {
            let environment = match generated.environments.is_empty() || facts.random.chance(15) {
                true => facts.random.pick(&world.manifest.environments),
                false => &world.manifest.environments[*facts.random.pick(&generated.environments)],
            };
            let asked = ask(&mut facts, &world.manifest, environment);
            let request = oracle
                .request(
                    &asked["principal"],
                    &asked["action"],
                    &asked["resource"],
                    &asked["context"],
                )
                .unwrap_or_else(|e| panic!("Cedar refuses the request: {e}\n{asked:#}"));
            let expected = oracle.answer(&theirs, &request);
            let given = guest.answer(&ours, &asked, environment);
            if given.as_ref() != Ok(&expected) {
                return Err(Box::new(Mismatch {
                    schema: world.text.clone(),
                    policies: generated.file.clone(),
                    entities: store,
                    request: asked,
                    expected,
                    given: format!("{given:?}"),
                }));
            }
            if let Some(coverage) = coverage.as_deref_mut()
                && tally.requests < COVERED
            {
                cover(coverage, &oracle, &theirs, &request);
            }
            tally.requests += 1;
            tally.allowed += u64::from(expected.allowed);
            tally.erred += u64::from(!expected.errors.is_empty());
        }
    }
    Ok(tally)
}

/// A random request for an environment, as Cedar's integration tests write it.
fn ask(facts: &mut Facts<'_>, manifest: &Manifest, environment: &Environment) -> Value {
    let signature = manifest.signatures[environment.signature as usize];
    let action = &manifest.schema.actions[environment.action as usize].uid;
    let name = &manifest.schema.entity_types[action.ty as usize].name;
    json!({
        "principal": facts.uid(signature.principal),
        "action": { "type": name, "id": action.id },
        "resource": facts.uid(signature.resource),
        "context": facts.context(signature.context),
    })
}

fn cover(
    coverage: &mut Coverage,
    oracle: &Oracle,
    entities: &Entities,
    request: &cedar_policy::Request,
) {
    let core: &cedar_policy_core::ast::Request = request.as_ref();
    let evaluator = Evaluator::new(core.clone(), entities.as_ref(), Extensions::all_available());
    let (mut permits, mut forbids, mut errors) = (0, 0, Vec::new());
    let all: &cedar_policy_core::ast::PolicySet = oracle.policies.as_ref();
    for policy in all.policies() {
        coverage.policy(&evaluator, policy);
        match (evaluator.evaluate(policy), policy.effect()) {
            (Ok(true), cedar_policy_core::ast::Effect::Permit) => permits += 1,
            (Ok(true), cedar_policy_core::ast::Effect::Forbid) => forbids += 1,
            (Ok(false), _) => {}
            (Err(_), _) => errors.push(policy.id().clone()),
        }
    }
    if all.policies().next().is_none() {
        coverage.add("answer: empty policy set");
    }
    coverage.answer(permits, forbids, &errors);
}

impl Guest {
    fn answer(
        &mut self,
        entities: &privet_host::Entities,
        asked: &Value,
        environment: &Environment,
    ) -> Result<Answer, String> {
        let manifest = self.policy.manifest();
        let action: &EntityUid = &manifest.schema.actions[environment.action as usize].uid;
        let request = Request::from_json(
            entities,
            &asked["principal"].to_string(),
            action,
            &asked["resource"].to_string(),
            &asked["context"].to_string(),
        )
        .map_err(|e| format!("refused: {e}"))?;
        request
            .verify(entities)
            .map_err(|e| format!("no frame: {e}"))?;
        let decision = self
            .instance
            .authorize(entities, &request, environment.action)
            .map_err(|e| format!("no answer: {e}"))?;
        Ok(Answer::new(
            decision.is_allowed(),
            decision.reasons(),
            decision.errors(),
        ))
    }
}
