//! `casbin`, with the rules of the drive workload: grants are lines of data.

use super::Peer;
use super::entities::{Flat, name};
use crate::workload::Workload;
use anyhow::{Context as _, Result};
use casbin::{CoreApi, DefaultModel, Enforcer, StringAdapter};
use serde_json::Value;
use std::fmt::Write as _;

/// An enforcer with its data, and the requests.
pub struct Casbin {
    enforcer: Enforcer,
    requests: Vec<[String; 3]>,
}

impl std::fmt::Debug for Casbin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Casbin")
            .field("requests", &self.requests.len())
            .finish_non_exhaustive()
    }
}

/// The lines of data: a grant each, and the hierarchy.
fn lines(flat: &Flat) -> Result<String> {
    let mut lines = String::new();
    for (entity, attributes) in &flat.attributes {
        let texts = |key: &str| {
            let list = attributes.get(key).and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str)
        };
        for owned in texts("owns").chain(texts("ownsFolders")) {
            for act in ["open", "edit", "send"] {
                writeln!(lines, "p, {entity}, {owned}, {act}, below")?;
            }
        }
        for (key, act) in [("owns", "handOver"), ("ownsFolders", "create")] {
            for owned in texts(key) {
                writeln!(lines, "p, {entity}, {owned}, {act}, itself")?;
            }
        }
        if let Some(share) = attributes.get("sees").and_then(Value::as_str) {
            writeln!(lines, "p, {entity}, {share}, open, below")?;
        }
        if attributes.get("isPublic") == Some(&Value::Bool(true)) {
            writeln!(lines, "p, *, {entity}, open, itself")?;
        }
    }
    for (entity, parents) in &flat.parents {
        for parent in parents {
            writeln!(lines, "g, {entity}, {parent}")?;
        }
    }
    Ok(lines)
}

impl Casbin {
    /// Reads model and data before anything is timed.
    pub fn new(workload: &Workload) -> Result<Self> {
        let lines = lines(&Flat::new(workload)?)?;
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let enforcer = runtime.block_on(async {
            let model = DefaultModel::from_str(include_str!("../../peers/drive.conf")).await?;
            Enforcer::new(model, StringAdapter::new(lines)).await
        })?;
        let requests = workload.requests.iter().map(|asked| {
            let act = asked.action.get("id").and_then(Value::as_str);
            let subject = name(&asked.principal).context("a principal")?;
            let object = name(&asked.resource).context("a resource")?;
            Ok([subject, object, act.context("an action")?.to_owned()])
        });
        Ok(Self {
            requests: requests.collect::<Result<_>>()?,
            enforcer,
        })
    }
}

impl Peer for Casbin {
    fn answers(&mut self) -> Result<Vec<bool>> {
        let requests = self.requests.iter();
        requests
            .map(|[subject, object, act]| {
                let asked = (subject.as_str(), object.as_str(), act.as_str());
                Ok(self.enforcer.enforce(asked)?)
            })
            .collect()
    }
}
