//! What cases reach of a pack: policies, rungs, gates.
//!
//! A policy is reached when it decides the gate, or an open plan's rung, in some case: a permit that
//! allows, a forbid that forbids. A rung is reached when it is taken.

use crate::explanation;
use privet_host::manifest::Manifest;
use privet_host::{GateAnswer, Plan};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is there and what was reached.
pub struct Reach {
    kinds: [Kind; 3],
}

struct Kind {
    name: &'static str,
    all: Vec<String>,
    reached: BTreeSet<String>,
}

impl Reach {
    /// Nothing reached yet. Policies are listed with their places.
    pub fn new(manifest: &Manifest) -> Self {
        let kind = |name, all: Vec<String>| Kind {
            name,
            all,
            reached: BTreeSet::new(),
        };
        let rungs = manifest.classes.iter().flat_map(|c| &c.rungs);
        let rungs = rungs.filter_map(|r| manifest.schema.actions.get(r.action as usize));
        Self {
            kinds: [
                kind(
                    "policies",
                    manifest.policies.iter().map(|p| p.id.clone()).collect(),
                ),
                kind("rungs", rungs.map(|a| a.uid.id.clone()).collect()),
                kind(
                    "gates",
                    manifest.gates.iter().map(|g| g.view.clone()).collect(),
                ),
            ],
        }
    }

    /// Adds what a plan reaches.
    pub fn add(&mut self, plan: &Plan) {
        let [policies, rungs, gates] = &mut self.kinds;
        let mut decided = |d: explanation::Decided| {
            policies.reached.extend(d.by.into_iter().map(|n| n.id));
        };
        if let Some(gate) = explanation::of_gate(plan) {
            decided(gate);
        }
        if plan.gate() != GateAnswer::Open {
            return;
        }
        gates.reached.insert(plan.view().to_owned());
        for (class, taken) in plan.rungs() {
            let all = explanation::of_class(plan, class, taken);
            all.into_iter().for_each(&mut decided);
            let taken = taken.map(|r| explanation::action_id(plan, r.action).to_owned());
            rungs.reached.extend(taken);
        }
    }

    /// Whether everything is reached.
    pub fn is_complete(&self) -> bool {
        self.kinds.iter().all(|k| k.unreached().next().is_none())
    }

    /// A line for each kind.
    pub fn lines(&self) -> Vec<String> {
        let kinds = self.kinds.iter();
        kinds
            .map(|kind| {
                let unreached: Vec<&str> = kind.unreached().collect();
                let (all, missing) = (kind.all.len(), unreached.len());
                let share = (all - missing) * 100 / all.max(1);
                let line = format!(
                    "reached: {} of {all} {} ({share} %)",
                    all - missing,
                    kind.name
                );
                match unreached.is_empty() {
                    true => line,
                    false => format!("{line}; not {}", unreached.join(", ")),
                }
            })
            .collect()
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let kinds = self.kinds.iter().map(|kind| {
            let unreached: Vec<&str> = kind.unreached().collect();
            let counts = json!({
                "all": kind.all.len(),
                "reached": kind.all.len() - unreached.len(),
                "unreached": unreached,
            });
            (kind.name.to_owned(), counts)
        });
        Value::Object(kinds.collect())
    }
}

impl Kind {
    fn unreached(&self) -> impl Iterator<Item = &str> {
        let all = self.all.iter().map(String::as_str);
        all.filter(|id| !self.reached.contains(*id))
    }
}
