//! Several packs at once: the stricter answer.
//!
//! Gates are conjoined, each class gets the lower of the rungs taken, obligations are united. That
//! is only meant where the packs have the same ladders, so ladders that differ are an error, found
//! when the packs are put together and not when somebody asks. Nothing is decided here.

use crate::facts::literals;
use crate::rule_sets::RuleSets;
use crate::uid::Uid;
use privet_host::manifest::{Class, Manifest, Rung};
use privet_host::{GateAnswer, Plan, Policy};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// What enforcement needs of an answer, from one pack or from several.
pub trait Answer {
    /// How the gate answered.
    fn gate(&self) -> GateAnswer;
    /// Ids of the policies that decided the gate, sorted.
    fn gate_reasons(&self) -> Vec<&str>;
    /// Each class with the rung taken; `None` where nothing is shown.
    fn rungs(&self) -> impl Iterator<Item = (&Class, Option<&Rung>)>;
    /// Names of the obligations, each once.
    fn obligations(&self) -> Vec<&str>;
}

impl Answer for Plan {
    fn gate(&self) -> GateAnswer {
        Plan::gate(self)
    }

    fn gate_reasons(&self) -> Vec<&str> {
        Plan::gate_reasons(self)
    }

    fn rungs(&self) -> impl Iterator<Item = (&Class, Option<&Rung>)> {
        Plan::rungs(self)
    }

    fn obligations(&self) -> Vec<&str> {
        Plan::obligations(self)
    }
}

/// Why packs do not go together, or plans are not those of the packs.
#[derive(Debug)]
pub struct CombineError {
    what: String,
}

impl CombineError {
    fn new(what: impl fmt::Display) -> Self {
        Self {
            what: what.to_string(),
        }
    }
}

impl fmt::Display for CombineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for CombineError {}

/// One or several packs with the same ladders and gates.
#[derive(Debug, Clone)]
pub struct Packs {
    policies: Vec<Policy>,
    literals: Arc<[Uid]>,
    names: Arc<str>,
    rule_sets: Arc<RuleSets>,
}

impl Packs {
    /// Puts packs together.
    ///
    /// # Errors
    ///
    /// No pack at all; a view that one has and another has not; a class whose fields, rungs or ranks
    /// differ. The message names both packs and the class.
    pub fn new(policies: Vec<Policy>) -> Result<Self, CombineError> {
        let Some((first, others)) = policies.split_first() else {
            return Err(CombineError::new("no pack"));
        };
        for other in others {
            same(first.manifest(), other.manifest())?;
        }
        let manifests = || policies.iter().map(Policy::manifest);
        let names = manifests().map(|m| format!("{} {}", m.name, m.revision));
        Ok(Self {
            literals: literals(manifests()).into(),
            names: names.collect::<Vec<_>>().join(", ").into(),
            rule_sets: Arc::default(),
            policies,
        })
    }

    /// The entities that the policies name, which every decision may look into.
    pub fn literals(&self) -> &[Uid] {
        &self.literals
    }

    /// The packs with their revisions, as records and marks have them.
    pub fn names(&self) -> &Arc<str> {
        &self.names
    }

    pub(crate) fn rule_sets(&self) -> &Arc<RuleSets> {
        &self.rule_sets
    }

    /// The packs, in the order given.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// The stricter answer of one plan from each pack, in the order of the packs. All must be for
    /// the same viewer, résumé, time and view; the caller asks each pack on the same facts.
    ///
    /// # Errors
    ///
    /// Plans that are not one from each pack, or are of different views.
    pub fn combine(&self, plans: Vec<Plan>) -> Result<Combined, CombineError> {
        if plans.len() != self.policies.len() {
            let (given, wanted) = (plans.len(), self.policies.len());
            return Err(CombineError::new(format_args!(
                "{given} plans for {wanted} packs"
            )));
        }
        let mut views = BTreeSet::new();
        for (plan, policy) in plans.iter().zip(&self.policies) {
            if !plan.is_of(policy) {
                return Err(CombineError::new("a plan is not of its pack"));
            }
            views.insert(plan.view());
        }
        match views.len() {
            1 => Ok(Combined { plans }),
            _ => Err(CombineError::new("the plans are of different views")),
        }
    }
}

/// Whether two packs have the same gates and ladders.
fn same(one: &Manifest, other: &Manifest) -> Result<(), CombineError> {
    let differ = |what: &dyn fmt::Display| {
        Err(CombineError::new(format_args!(
            "the packs `{}` and `{}` do not go together: {what}",
            one.name, other.name
        )))
    };
    let views = |m: &Manifest| m.gates.iter().map(|g| g.view.clone()).collect::<Vec<_>>();
    if views(one) != views(other) {
        return differ(&"their views differ");
    }
    let ids = |m: &Manifest| {
        m.classes
            .iter()
            .map(|c| c.id.clone())
            .collect::<BTreeSet<_>>()
    };
    if let Some(class) = ids(one).symmetric_difference(&ids(other)).next() {
        return differ(&format_args!("only one has the class `{class}`"));
    }
    for (a, b) in one.classes.iter().zip(&other.classes) {
        if ladder(one, a) != ladder(other, b) {
            return differ(&format_args!("their ladders of `{}` differ", a.id));
        }
    }
    Ok(())
}

/// What makes a class the same in two packs. Indices of actions do not.
fn ladder<'m>(manifest: &'m Manifest, class: &'m Class) -> impl PartialEq + 'm {
    let rungs = class.rungs.iter().map(|rung| {
        let action = manifest.schema.actions.get(rung.action as usize);
        let id = action.map(|a| a.uid.id.as_str());
        (id, rung.rank, &rung.renderings)
    });
    (&class.id, &class.fields, rungs.collect::<Vec<_>>())
}

/// The stricter answer of several packs.
#[derive(Debug, Clone)]
pub struct Combined {
    plans: Vec<Plan>,
}

impl Combined {
    /// The plans, in the order of the packs.
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// The plans whose answer about the gate is the combined one.
    fn decisive(&self) -> impl Iterator<Item = &Plan> {
        let gate = self.gate();
        self.plans.iter().filter(move |p| p.gate() == gate)
    }
}

impl Answer for Combined {
    /// Open where all are. Not found wins over forbidden: that the résumé exists is told only where
    /// every closed gate tells it.
    fn gate(&self) -> GateAnswer {
        let any = |answer| self.plans.iter().any(|p| p.gate() == answer);
        if any(GateAnswer::NotFound) || self.plans.is_empty() {
            GateAnswer::NotFound
        } else if any(GateAnswer::Forbidden) {
            GateAnswer::Forbidden
        } else {
            GateAnswer::Open
        }
    }

    fn gate_reasons(&self) -> Vec<&str> {
        let mut reasons: Vec<&str> = self.decisive().flat_map(Plan::gate_reasons).collect();
        reasons.sort_unstable();
        reasons.dedup();
        reasons
    }

    /// Ladders are the same, so a rung is lower where its place in the ladder is.
    fn rungs(&self) -> impl Iterator<Item = (&Class, Option<&Rung>)> {
        let (first, others) = match self.plans.split_first() {
            Some((first, others)) => (Some(first), others),
            None => (None, self.plans.as_slice()),
        };
        first
            .into_iter()
            .flat_map(Plan::rungs)
            .map(|(class, rung)| {
                let lowest = others.iter().fold(rung, |lowest, plan| {
                    let lower = lowest?.rank.max(plan.rung(&class.id)?.rank);
                    class.rungs.iter().find(|r| r.rank == lower)
                });
                (class, lowest)
            })
    }

    /// Those of all packs; of a closed gate, those of the packs that closed it.
    fn obligations(&self) -> Vec<&str> {
        let closed = self.gate() != GateAnswer::Open;
        let plans = self.plans.iter();
        let owing = plans.filter(|p| !closed || p.gate() != GateAnswer::Open);
        let mut names: Vec<&str> = owing.flat_map(Plan::obligations).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
