//! Why a plan is as it is: rung by rung, which policies allowed or forbade, which were near.
//!
//! `near` are permits whose scope admits the request but whose condition does not hold: what an
//! author looks at when something is missing. Only words are made here.

use privet_host::manifest::{Class, Effect, Rung};
use privet_host::{GateAnswer, Plan};
use serde_json::{Value, json};

/// A policy and where it stands.
#[derive(Debug)]
pub struct Named {
    pub id: String,
    pub place: String,
}

/// What was decided about an action.
#[derive(Debug)]
pub struct Decided {
    /// Id of the action.
    pub action: String,
    /// What the rung shows; empty for a gate.
    pub rendering: String,
    pub allowed: bool,
    pub taken: bool,
    /// The permits that allow it, or the forbids that do not.
    pub by: Vec<Named>,
    /// Permits whose condition does not hold.
    pub near: Vec<Named>,
    /// Policies that erred.
    pub errors: Vec<Named>,
}

/// How a gate's answer is written.
pub fn gate(answer: GateAnswer) -> &'static str {
    match answer {
        GateAnswer::Open => "open",
        GateAnswer::NotFound => "not-found",
        GateAnswer::Forbidden => "forbidden",
    }
}

/// The id of an action of the plan's pack.
pub fn action_id(plan: &Plan, action: u32) -> &str {
    let declared = plan.policy().manifest().schema.actions.get(action as usize);
    declared.map_or("", |a| a.uid.id.as_str())
}

fn named(plan: &Plan, ids: Vec<&str>) -> Vec<Named> {
    let policies = &plan.policy().manifest().policies;
    ids.into_iter()
        .map(|id| {
            let position = policies.iter().find(|p| p.id == id).map(|p| &p.position);
            Named {
                id: id.to_owned(),
                place: position.map_or_else(String::new, |p| format!("{}:{}", p.file, p.line)),
            }
        })
        .collect()
}

fn decided(plan: &Plan, action: u32, rendering: &str, taken: bool) -> Decided {
    let allowed = plan.allows(action);
    Decided {
        action: action_id(plan, action).to_owned(),
        rendering: rendering.to_owned(),
        allowed,
        taken,
        by: by(plan, action, allowed),
        near: match allowed {
            true => Vec::new(),
            false => named(plan, plan.unsatisfied_permits(action)),
        },
        errors: named(plan, plan.errors_on(action)),
    }
}

/// The deciding policies. Where an erring forbid denies, satisfied permits decide nothing.
fn by(plan: &Plan, action: u32, allowed: bool) -> Vec<Named> {
    let reasons = plan.reasons(action);
    let policies = &plan.policy().manifest().policies;
    let forbids = |id: &str| {
        let policy = policies.iter().find(|p| p.id == id);
        policy.is_some_and(|p| p.effect == Effect::Forbid)
    };
    let deciding = reasons.into_iter().filter(|id| allowed != forbids(id));
    named(plan, deciding.collect())
}

/// The gate of the plan's view.
pub fn of_gate(plan: &Plan) -> Option<Decided> {
    let action = plan.gate_action()?;
    Some(decided(plan, action, "", plan.gate() == GateAnswer::Open))
}

/// The rungs of a class, most revealing first.
pub fn of_class(plan: &Plan, class: &Class, taken: Option<&Rung>) -> Vec<Decided> {
    let rungs = class.rungs.iter();
    rungs
        .map(|rung| {
            let is_taken = taken.is_some_and(|t| t.action == rung.action);
            decided(plan, rung.action, &rung.rendering, is_taken)
        })
        .collect()
}

impl Decided {
    /// Lines for people; the first says what was decided.
    pub fn lines(&self) -> Vec<String> {
        let list = |named: &[Named]| {
            let all: Vec<String> = named.iter().map(Named::text).collect();
            all.join(", ")
        };
        let shown = match self.rendering.as_str() {
            "" => self.action.clone(),
            rendering if rendering.contains('=') => format!("{} (by path)", self.action),
            rendering => format!("{} ({rendering})", self.action),
        };
        let mark = if self.taken { "→" } else { " " };
        let why = match (self.allowed, self.by.is_empty()) {
            (true, _) => format!("allowed by {}", list(&self.by)),
            (false, false) => format!("forbidden by {}", list(&self.by)),
            (false, true) if self.errors.is_empty() => "permitted by nothing".to_owned(),
            (false, true) => "not allowed".to_owned(),
        };
        let mut lines = vec![format!("{mark} {shown}: {why}")];
        if !self.errors.is_empty() {
            lines.push(format!("    erred: {}", list(&self.errors)));
        }
        for near in &self.near {
            lines.push(format!(
                "    near: {}, whose condition does not hold",
                near.text()
            ));
        }
        lines
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let list = |named: &[Named]| -> Vec<Value> {
            let all = named.iter();
            all.map(|n| json!({ "policy": n.id, "place": n.place }))
                .collect()
        };
        json!({
            "action": self.action,
            "rendering": self.rendering,
            "allowed": self.allowed,
            "taken": self.taken,
            "by": list(&self.by),
            "near": list(&self.near),
            "errors": list(&self.errors),
        })
    }
}

impl Named {
    fn text(&self) -> String {
        format!("{} ({})", self.id, self.place)
    }
}
