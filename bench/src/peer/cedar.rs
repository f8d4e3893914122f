//! `cedar-policy` native, asked for a plan: action by action down each ladder until it allows.
//!
//! Requests and entities are built before. The gate is asked first; a closed one ends it, as it does
//! for a caller who knows ladders.

use anyhow::{Context as _, Result};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicyId, PolicySet, Request, Schema,
};
use privet_compiler::Source;
use privet_host::manifest::Manifest;
use serde_json::{Value, json};
use std::str::FromStr;

/// Cedar with a pack's policies.
#[derive(Debug)]
pub struct Pack {
    pub schema: Schema,
    pub policies: PolicySet,
    authorizer: Authorizer,
}

/// The requests of one plan.
#[derive(Debug)]
pub struct Questions {
    gate: Request,
    classes: Vec<Vec<Request>>,
}

/// What Cedar answers: whether the gate is open, the rung of each class, the reasons of each
/// question asked, and how many were asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers {
    pub open: bool,
    pub rungs: Vec<u8>,
    pub gate_reasons: Vec<String>,
    pub reasons: Vec<Vec<String>>,
    pub calls: usize,
}

impl Pack {
    /// Reads a pack's policies, with their `@id` as Cedar's ids.
    pub fn new(source: &Source) -> Result<Self> {
        let text: String = source
            .schema
            .iter()
            .map(|f| f.text.clone() + "\n")
            .collect();
        let (schema, _) = Schema::from_cedarschema_str(&text)?;
        let mut policies = PolicySet::new();
        for file in &source.policies {
            for policy in PolicySet::from_str(&file.text)?.policies() {
                let id = policy.annotation("id").context("a policy without `@id`")?;
                policies.add(policy.new_id(PolicyId::new(id)))?;
            }
        }
        Ok(Self {
            schema,
            policies,
            authorizer: Authorizer::new(),
        })
    }

    /// Entities with the schema.
    pub fn entities(&self, json: &Value) -> Result<Entities> {
        Ok(Entities::from_json_value(json.clone(), Some(&self.schema))?)
    }

    /// The requests for a plan.
    pub fn questions(
        &self,
        manifest: &Manifest,
        view: &str,
        (principal, resource): (Value, Value),
        context: &Value,
    ) -> Result<Questions> {
        let one = |action: u32| -> Result<Request> {
            let declared = manifest.schema.actions.get(action as usize);
            let id = &declared.context("an action that is not declared")?.uid.id;
            let uid = EntityUid::from_json(json!({ "type": "Action", "id": id }))?;
            let context = Context::from_json_value(context.clone(), Some((&self.schema, &uid)))?;
            Ok(Request::new(
                EntityUid::from_json(principal.clone())?,
                uid,
                EntityUid::from_json(resource.clone())?,
                context,
                Some(&self.schema),
            )?)
        };
        let gate = manifest.gates.iter().find(|g| g.view == view);
        Ok(Questions {
            gate: one(gate.context("no such gate")?.action)?,
            classes: manifest
                .classes
                .iter()
                .map(|class| class.rungs.iter().map(|rung| one(rung.action)).collect())
                .collect::<Result<_>>()?,
        })
    }

    /// A plan without reasons, as fast as it can be asked; returns the rungs.
    pub fn plan(&self, entities: &Entities, questions: &Questions, rungs: &mut Vec<u8>) -> usize {
        rungs.clear();
        let mut calls = 1;
        let allows = |request: &Request| {
            let response = self
                .authorizer
                .is_authorized(request, &self.policies, entities);
            response.decision() == Decision::Allow
        };
        if !allows(&questions.gate) {
            return calls;
        }
        for class in &questions.classes {
            let mut taken = 255;
            for (rung, request) in (0..).zip(class) {
                calls += 1;
                if allows(request) {
                    taken = rung;
                    break;
                }
            }
            rungs.push(taken);
        }
        calls
    }

    /// The same with every reason.
    pub fn answers(&self, entities: &Entities, questions: &Questions) -> Answers {
        let ask = |request: &Request| {
            let response = self
                .authorizer
                .is_authorized(request, &self.policies, entities);
            let reasons = response.diagnostics().reason().map(ToString::to_string);
            let mut reasons: Vec<String> = reasons.collect();
            reasons.sort();
            (response.decision() == Decision::Allow, reasons)
        };
        let (open, gate_reasons) = ask(&questions.gate);
        let mut answers = Answers {
            open,
            gate_reasons,
            calls: 1,
            ..Answers::default()
        };
        for class in questions.classes.iter().filter(|_| open) {
            let mut taken = 255;
            for (rung, request) in (0..).zip(class) {
                let (allowed, reasons) = ask(request);
                answers.calls += 1;
                answers.reasons.push(reasons);
                if allowed {
                    taken = rung;
                    break;
                }
            }
            answers.rungs.push(taken);
        }
        answers
    }
}
