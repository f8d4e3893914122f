//! What a guest answers, in the words of the manifest.
//!
//! An answer keeps what the guest wrote: bits and numbers of entries; names are looked up when
//! somebody asks. [`PlanRef`] and [`DecisionRef`] read it where it stands, in the guest's memory, and
//! allocate nothing; [`Plan`] and [`Decision`] hold a copy. Nothing here decides.

mod output;

pub(crate) use output::Output;

use crate::policy::Policy;
use output::Owned;
use privet_frame::abi::{gate, output as offsets};
use privet_frame::manifest::{Class, Effect, Rung};
use std::collections::HashSet;

/// What the numbers of an answer stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    /// The policies of a request environment.
    Environment(u32),
    /// The entries of a plan, those that decide one action.
    Action { plan: u32, action: u32 },
    /// All entries of a plan.
    Plan(u32),
}

impl Scope {
    /// The policy behind an entry, if the entry counts here.
    fn policy(self, policy: &Policy, entry: u32) -> Option<u32> {
        let manifest = policy.manifest();
        let planned = |plan: u32| {
            manifest
                .plans
                .get(plan as usize)?
                .entries
                .get(entry as usize)
        };
        match self {
            Self::Environment(index) => {
                let environment = manifest.environments.get(index as usize)?;
                environment.policies.get(entry as usize).copied()
            }
            Self::Plan(plan) => Some(planned(plan)?.policy),
            Self::Action { plan, action } => {
                let entry = planned(plan)?;
                let set = manifest.action_sets.get(entry.actions as usize)?;
                set.binary_search(&action).is_ok().then_some(entry.policy)
            }
        }
    }

    /// Ids of the policies behind entries, sorted; of one effect, or of both.
    fn ids(
        self,
        policy: &Policy,
        entries: impl Iterator<Item = u32>,
        effect: Option<Effect>,
    ) -> Vec<&str> {
        let policies = &policy.manifest().policies;
        let mut ids: Vec<&str> = entries
            .filter_map(|entry| policies.get(self.policy(policy, entry)? as usize))
            .filter(|p| effect.is_none_or(|e| e == p.effect))
            .map(|p| p.id.as_str())
            .collect();
        // Variants of one policy repeat its id.
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether some entry counts here that is of a policy with the effect.
    fn some(self, policy: &Policy, entries: impl Iterator<Item = u32>, effect: Effect) -> bool {
        !self.ids(policy, entries, Some(effect)).is_empty()
    }

    /// Ids of the determining policies: the forbids if there are any, else the permits.
    fn reasons<'p>(self, policy: &'p Policy, output: Output<'_>) -> Vec<&'p str> {
        let forbids = self.ids(policy, output.satisfied(), Some(Effect::Forbid));
        if forbids.is_empty() {
            self.ids(policy, output.satisfied(), Some(Effect::Permit))
        } else {
            forbids
        }
    }
}

/// The answer to one request, where the guest wrote it.
#[derive(Debug, Clone, Copy)]
pub struct DecisionRef<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) scope: Scope,
    pub(crate) allowed: bool,
    pub(crate) output: Output<'a>,
}

impl<'a> DecisionRef<'a> {
    /// Whether the request is allowed.
    pub fn is_allowed(&self) -> bool {
        self.allowed
    }

    /// Indices of the satisfied policies in the manifest, permits and forbids alike.
    pub fn satisfied(&self) -> impl Iterator<Item = u32> + 'a {
        let (policy, scope) = (self.policy, self.scope);
        let entries = self.output.satisfied();
        entries.filter_map(move |entry| scope.policy(policy, entry))
    }

    /// Ids of the determining policies, sorted: the satisfied forbids if there are any, else the
    /// satisfied permits.
    pub fn reasons(&self) -> Vec<&'a str> {
        self.scope.reasons(self.policy, self.output)
    }

    /// Ids of the policies that erred, sorted.
    pub fn errors(&self) -> Vec<&'a str> {
        self.scope.ids(self.policy, self.output.erred(), None)
    }

    /// A copy that keeps.
    pub fn to_owned(&self) -> Decision {
        Decision {
            policy: self.policy.clone(),
            scope: self.scope,
            allowed: self.allowed,
            output: self.output.to_owned(),
        }
    }
}

/// The answer to one request, as Cedar gives it.
#[derive(Debug, Clone)]
pub struct Decision {
    policy: Policy,
    scope: Scope,
    allowed: bool,
    output: Owned,
}

impl Decision {
    /// The same, borrowed.
    pub fn by_ref(&self) -> DecisionRef<'_> {
        DecisionRef {
            policy: &self.policy,
            scope: self.scope,
            allowed: self.allowed,
            output: self.output.by_ref(),
        }
    }

    /// Whether the request is allowed.
    pub fn is_allowed(&self) -> bool {
        self.allowed
    }

    /// Ids of the determining policies, sorted: the satisfied forbids if there are any, else the
    /// satisfied permits.
    pub fn reasons(&self) -> Vec<&str> {
        self.by_ref().reasons()
    }

    /// Ids of the policies that erred, sorted.
    pub fn errors(&self) -> Vec<&str> {
        self.by_ref().errors()
    }
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
    #[inline]
    fn new(word: u32) -> Self {
        match word {
            gate::OPEN => Self::Open,
            gate::FORBIDDEN => Self::Forbidden,
            _ => Self::NotFound,
        }
    }
}

/// The answer for one résumé, viewer and view, where the guest wrote it.
#[derive(Debug, Clone, Copy)]
pub struct PlanRef<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) plan: u32,
    pub(crate) view: u32,
    pub(crate) output: Output<'a>,
}

impl<'a> PlanRef<'a> {
    /// How the view's gate answered. Nothing of the body may be shown unless it is open.
    #[inline]
    pub fn gate(&self) -> GateAnswer {
        GateAnswer::new(self.output.word(offsets::GATE))
    }

    /// The rung taken in each class of the manifest, as its place in the ladder; 255 where nothing
    /// is allowed.
    #[inline]
    pub fn rung_places(&self) -> &'a [u8] {
        self.output.rungs()
    }

    /// The obligations: bit `n` is the manifest's obligation `n`.
    #[inline]
    pub fn obligation_bits(&self) -> u64 {
        self.output.obligations()
    }

    /// Satisfied policies as places among the plan's entries, ascending within each kind.
    #[inline]
    pub fn satisfied(&self) -> impl Iterator<Item = u32> + 'a {
        self.output.satisfied()
    }

    /// The first words of the satisfied entries, a bit each: what [`PlanRef::satisfied`] starts with.
    #[inline]
    pub fn satisfied_words(&self) -> impl Iterator<Item = u64> + 'a {
        self.output.satisfied_words()
    }

    /// The same for the entries that erred.
    #[inline]
    pub fn erred_words(&self) -> impl Iterator<Item = u64> + 'a {
        self.output.erred_words()
    }

    /// Each class with the rung taken; `None` where nothing is allowed.
    pub fn rungs(&self) -> impl Iterator<Item = (&'a Class, Option<&'a Rung>)> + use<'a> {
        let classes = &self.policy.manifest().classes;
        classes
            .iter()
            .zip(self.output.rungs())
            .map(|(class, rung)| {
                let taken = match *rung {
                    offsets::NO_RUNG => None,
                    rung => class.rungs.get(usize::from(rung)),
                };
                (class, taken)
            })
    }

    /// Names of the obligations.
    pub fn obligations(&self) -> Vec<&'a str> {
        let names = &self.policy.manifest().obligations;
        let bits = self.output.obligations();
        let set = (0..64).filter(|bit| bits >> bit & 1 == 1);
        set.filter_map(|bit| names.get(bit).map(String::as_str))
            .collect()
    }

    /// Ids of the policies that decided the gate, sorted.
    pub fn gate_reasons(&self) -> Vec<&'a str> {
        let gate = self.policy.manifest().gates.get(self.view as usize);
        gate.map(|g| self.reasons(g.action)).unwrap_or_default()
    }

    /// Ids of the policies that decided an action of the plan, sorted, as Cedar would give them for
    /// that action alone.
    pub fn reasons(&self, action: u32) -> Vec<&'a str> {
        self.on(action).reasons(self.policy, self.output)
    }

    /// Ids of the policies that erred for an action, sorted.
    pub fn errors_on(&self, action: u32) -> Vec<&'a str> {
        self.on(action).ids(self.policy, self.output.erred(), None)
    }

    /// Ids of all the policies that erred, sorted.
    pub fn errors(&self) -> Vec<&'a str> {
        let all = Scope::Plan(self.plan);
        all.ids(self.policy, self.output.erred(), None)
    }

    /// A copy that keeps.
    pub fn to_owned(&self) -> Plan {
        Plan {
            policy: self.policy.clone(),
            plan: self.plan,
            view: self.view,
            output: self.output.to_owned(),
        }
    }

    fn on(&self, action: u32) -> Scope {
        Scope::Action {
            plan: self.plan,
            action,
        }
    }
}

/// The answer for one résumé, viewer and view.
#[derive(Debug, Clone)]
pub struct Plan {
    policy: Policy,
    plan: u32,
    view: u32,
    output: Owned,
}

impl Plan {
    /// The same, borrowed.
    pub fn by_ref(&self) -> PlanRef<'_> {
        PlanRef {
            policy: &self.policy,
            plan: self.plan,
            view: self.view,
            output: self.output.by_ref(),
        }
    }

    /// How the view's gate answered. Nothing of the body may be shown unless it is open.
    pub fn gate(&self) -> GateAnswer {
        self.by_ref().gate()
    }

    /// Each class with the rung taken; `None` where nothing is allowed.
    pub fn rungs(&self) -> impl Iterator<Item = (&Class, Option<&Rung>)> {
        self.by_ref().rungs()
    }

    /// The rung taken in the class of that name.
    pub fn rung(&self, class: &str) -> Option<&Rung> {
        self.rungs().find(|(c, _)| c.id == class)?.1
    }

    /// Names of the obligations.
    pub fn obligations(&self) -> Vec<&str> {
        self.by_ref().obligations()
    }

    /// Ids of the policies that decided the gate, sorted.
    pub fn gate_reasons(&self) -> Vec<&str> {
        self.by_ref().gate_reasons()
    }

    /// Ids of the policies that decided an action of the plan, sorted, as Cedar would give them for
    /// that action alone.
    pub fn reasons(&self, action: u32) -> Vec<&str> {
        self.by_ref().reasons(action)
    }

    /// Whether an action of the plan is allowed, by Cedar's rule and the strict step. That of a rung
    /// says nothing where the gate is closed.
    pub fn allows(&self, action: u32) -> bool {
        let (scope, output) = (self.on(action), self.output.by_ref());
        let satisfied = |effect| scope.some(&self.policy, output.satisfied(), effect);
        let erring = || scope.some(&self.policy, output.erred(), Effect::Forbid);
        let strict = self.policy.manifest().strict;
        satisfied(Effect::Permit) && !satisfied(Effect::Forbid) && !(strict && erring())
    }

    /// Ids of the permits that could allow an action for such a viewer but whose condition does not
    /// hold, sorted. One that erred is not among them.
    pub fn unsatisfied_permits(&self, action: u32) -> Vec<&str> {
        let plan = self.policy.manifest().plans.get(self.plan as usize);
        let entries = plan.map_or(0, |p| p.entries.len());
        let output = self.output.by_ref();
        let answered: HashSet<u32> = output.satisfied().chain(output.erred()).collect();
        let open = (0..).take(entries).filter(|e| !answered.contains(e));
        self.on(action)
            .ids(&self.policy, open, Some(Effect::Permit))
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
        self.by_ref().errors_on(action)
    }

    fn on(&self, action: u32) -> Scope {
        self.by_ref().on(action)
    }

    /// Ids of all the policies that erred, sorted.
    pub fn errors(&self) -> Vec<&str> {
        self.by_ref().errors()
    }
}
