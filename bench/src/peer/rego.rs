//! `regorus`, an interpreter of Rego in Rust, with the rules of the drive workload.

use super::Peer;
use super::entities::{Flat, name};
use crate::workload::{Asked, Workload};
use anyhow::{Context as _, Result};
use regorus::{CompiledPolicy, Engine, Value};
use serde_json::json;

/// The rules of the drive workload.
pub const RULES: &str = include_str!("../../peers/drive.rego");

/// What the rules are asked.
///
/// # Errors
///
/// An action without an id.
pub fn input(asked: &Asked) -> Result<serde_json::Value> {
    Ok(json!({
        "principal": name(&asked.principal),
        "action": asked.action.get("id").context("an action")?,
        "resource": name(&asked.resource),
    }))
}

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
        engine.add_policy("drive.rego".to_owned(), RULES.to_owned())?;
        engine.add_data_json(&Flat::new(workload)?.document().to_string())?;
        let inputs = workload.requests.iter();
        let inputs = inputs.map(|asked| Value::from_json_str(&input(asked)?.to_string()));
        Ok(Self {
            inputs: inputs.collect::<Result<_>>()?,
            policy: engine.compile_with_entrypoint(&"data.drive.allow".into())?,
        })
    }
}

impl Peer for Rego {
    fn answers(&mut self) -> Result<Vec<bool>> {
        let inputs = self.inputs.iter();
        inputs
            .map(|input| {
                let answer = self.policy.eval_with_input(input.clone())?;
                Ok(matches!(answer, Value::Bool(true)))
            })
            .collect()
    }
}
