//! `regorus`, an interpreter of Rego in Rust, with the rules of the drive workload.

use super::entities::{Flat, name};
use crate::workload::Workload;
use anyhow::{Context as _, Result};
use regorus::{CompiledPolicy, Engine, Value};
use serde_json::json;

/// A compiled policy with its data, and the inputs.
#[derive(Debug)]
pub struct Rego {
    policy: CompiledPolicy,
    inputs: Vec<Value>,
}

impl Rego {
    /// Compiles the rules; data and inputs are read before anything is timed.
    pub fn new(workload: &Workload) -> Result<Self> {
        let mut engine = Engine::new();
        let rules = include_str!("../../peers/drive.rego");
        engine.add_policy("drive.rego".to_owned(), rules.to_owned())?;
        engine.add_data_json(&Flat::new(workload)?.document().to_string())?;
        let inputs = workload.requests.iter().map(|asked| {
            let action = asked.action.get("id").context("an action")?;
            let (principal, resource) = (name(&asked.principal), name(&asked.resource));
            let input = json!({ "principal": principal, "action": action, "resource": resource });
            Value::from_json_str(&input.to_string())
        });
        Ok(Self {
            inputs: inputs.collect::<Result<_>>()?,
            policy: engine.compile_with_entrypoint(&"data.drive.allow".into())?,
        })
    }

    /// Whether each request is allowed, in order.
    pub fn answers(&self) -> Result<Vec<bool>> {
        let inputs = self.inputs.iter();
        inputs
            .map(|input| {
                let answer = self.policy.eval_with_input(input.clone())?;
                Ok(matches!(answer, Value::Bool(true)))
            })
            .collect()
    }
}
