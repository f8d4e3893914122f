//! What a guest answers, in the words of the manifest.
//!
//! An answer borrows nothing and keeps indices; names are looked up when somebody asks. Nothing here
//! decides.

use crate::policy::Policy;
use privet_frame::abi::{gate, output};
use privet_frame::manifest::{Class, Effect, PlanEntry, Rung};

/// The answer to one request, as Cedar gives it.
#[derive(Debug, Clone)]
pub struct Decision {
    pub(crate) policy: Policy,
    pub(crate) allowed: bool,
    pub(crate) permits: Vec<u32>,
    pub(crate) forbids: Vec<u32>,
    pub(crate) errors: Vec<u32>,
}

impl Decision {
    /// Whether the request is allowed.
    pub fn is_allowed(&self) -> bool {
        self.allowed
    }

    /// Ids of the determining policies, sorted: the satisfied forbids if there are any, else the
    /// satisfied permits.
    pub fn reasons(&self) -> Vec<&str> {
        let deciding = if self.forbids.is_empty() {
            &self.permits
        } else {
            &self.forbids
        };
        ids(&self.policy, deciding)
    }

    /// Ids of the policies that erred, sorted.
    pub fn errors(&self) -> Vec<&str> {
        ids(&self.policy, &self.errors)
    }
}

fn ids<'p>(policy: &'p Policy, indices: &[u32]) -> Vec<&'p str> {
    let policies = &policy.manifest().policies;
    let mut ids: Vec<&str> = indices
        .iter()
        .filter_map(|i| Some(policies.get(*i as usize)?.id.as_str()))
        .collect();
    // Policies are sorted by id in the manifest; variants of one may repeat it.
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// How the gate of a view answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateAnswer {
    /// The view is admitted.
    Open,
    /// Not admitted; the viewer may not learn that the résumé exists.
    NotFound,
    /// Not admitted, and the viewer is told so.
    Forbidden,
}

impl GateAnswer {
    pub(crate) fn new(word: u32) -> Self {
        match word {
            gate::OPEN => Self::Open,
            gate::FORBIDDEN => Self::Forbidden,
            _ => Self::NotFound,
        }
    }
}

/// The answer for one résumé, viewer and view.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) policy: Policy,
    pub(crate) plan: u32,
    pub(crate) view: u32,
    pub(crate) gate: GateAnswer,
    pub(crate) rungs: Vec<u8>,
    pub(crate) obligations: u64,
    pub(crate) satisfied: Vec<u32>,
    pub(crate) errors: Vec<u32>,
}

impl Plan {
    /// How the view's gate answered. Nothing of the body may be shown unless it is open.
    pub fn gate(&self) -> GateAnswer {
        self.gate
    }

    /// Each class with the rung taken; `None` where nothing is allowed.
    pub fn rungs(&self) -> impl Iterator<Item = (&Class, Option<&Rung>)> {
        let classes = &self.policy.manifest().classes;
        classes.iter().zip(&self.rungs).map(|(class, rung)| {
            let taken = match *rung {
                output::NO_RUNG => None,
                rung => class.rungs.get(usize::from(rung)),
            };
            (class, taken)
        })
    }

    /// The rung taken in the class of that name.
    pub fn rung(&self, class: &str) -> Option<&Rung> {
        self.rungs().find(|(c, _)| c.id == class)?.1
    }

    /// Names of the obligations.
    pub fn obligations(&self) -> Vec<&str> {
        let names = &self.policy.manifest().obligations;
        let set = (0..64).filter(|bit| self.obligations >> bit & 1 == 1);
        set.filter_map(|bit| names.get(bit).map(String::as_str))
            .collect()
    }

    /// Ids of the policies that decided the gate, sorted.
    pub fn gate_reasons(&self) -> Vec<&str> {
        let gate = self.policy.manifest().gates.get(self.view as usize);
        gate.map(|g| self.reasons(g.action)).unwrap_or_default()
    }

    /// Ids of the policies that decided an action of the plan, sorted, as Cedar would give them for
    /// that action alone.
    pub fn reasons(&self, action: u32) -> Vec<&str> {
        let on = |effect| self.on(action, &self.satisfied, Some(effect));
        let forbids = on(Effect::Forbid);
        if forbids.is_empty() {
            ids(&self.policy, &on(Effect::Permit))
        } else {
            ids(&self.policy, &forbids)
        }
    }

    /// Whether an action of the plan is allowed, by Cedar's rule and the strict step. That of a rung
    /// says nothing where the gate is closed.
    pub fn allows(&self, action: u32) -> bool {
        let on = |entries, effect| !self.on(action, entries, Some(effect)).is_empty();
        let erring = self.policy.manifest().strict && on(&self.errors, Effect::Forbid);
        on(&self.satisfied, Effect::Permit) && !on(&self.satisfied, Effect::Forbid) && !erring
    }

    /// Ids of the permits that could allow an action for such a viewer but whose condition does not
    /// hold, sorted. One that erred is not among them.
    pub fn unsatisfied_permits(&self, action: u32) -> Vec<&str> {
        let plan = self.policy.manifest().plans.get(self.plan as usize);
        let entries = plan.map_or(0, |p| p.entries.len());
        let open: Vec<u32> = (0..)
            .take(entries)
            .filter(|e| !self.satisfied.contains(e) && !self.errors.contains(e))
            .collect();
        ids(&self.policy, &self.on(action, &open, Some(Effect::Permit)))
    }

    /// The policy that answered.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether this policy answered, and not another with the same content.
    pub fn is_of(&self, policy: &Policy) -> bool {
        self.policy.is(policy)
    }

    /// The view asked for.
    pub fn view(&self) -> &str {
        let gates = &self.policy.manifest().gates;
        gates.get(self.view as usize).map_or("", |g| &g.view)
    }

    /// Index of the action that admits the view.
    pub fn gate_action(&self) -> Option<u32> {
        let gates = &self.policy.manifest().gates;
        gates.get(self.view as usize).map(|g| g.action)
    }

    /// Ids of the policies that erred for an action, sorted.
    pub fn errors_on(&self, action: u32) -> Vec<&str> {
        ids(&self.policy, &self.on(action, &self.errors, None))
    }

    /// Ids of all the policies that erred, sorted.
    pub fn errors(&self) -> Vec<&str> {
        let policies: Vec<u32> = self
            .errors
            .iter()
            .filter_map(|e| self.entry(*e))
            .map(|e| e.policy)
            .collect();
        ids(&self.policy, &policies)
    }

    fn entry(&self, index: u32) -> Option<&PlanEntry> {
        let plan = self.policy.manifest().plans.get(self.plan as usize)?;
        plan.entries.get(index as usize)
    }

    /// The policies among these entries that decide an action.
    fn on(&self, action: u32, entries: &[u32], effect: Option<Effect>) -> Vec<u32> {
        let manifest = self.policy.manifest();
        entries
            .iter()
            .filter_map(|e| self.entry(*e))
            .filter(|e| {
                let set = manifest.action_sets.get(e.actions as usize);
                set.is_some_and(|s| s.binary_search(&action).is_ok())
            })
            .map(|e| e.policy)
            .filter(|p| {
                let policy = manifest.policies.get(*p as usize);
                effect.is_none() || policy.map(|p| p.effect) == effect
            })
            .collect()
    }
}
