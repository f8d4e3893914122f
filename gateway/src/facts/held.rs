//! What is held of an entity, of a résumé and of a pair: as it was given, and what was made of it
//! once, so that a decision does not read it again.
//!
//! What was made of an entity depends on the policy's schema; what was refused is kept as refused.
//! True values of a candidate lie here, so nothing of it is in `Debug` output.

use super::per_policy::PerPolicy;
use super::slice::references;
use crate::known::TrueValues;
use crate::uid::Uid;
use privet_host::{Entity, FactsError, Issued, KnownValues, Policy};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// What became of an entity that was read for a policy.
type Read = Arc<Result<Entity, FactsError>>;

/// An entity.
pub struct Held {
    pub(super) value: Value,
    /// What it refers to, in the order in which a walk meets it.
    pub(super) references: Vec<Uid>,
    read: PerPolicy<Read>,
}

impl Held {
    pub(super) fn new(value: Value) -> Self {
        let mut found = Vec::new();
        references(&value, &mut |uid| found.push(uid));
        Self {
            value,
            references: found,
            read: PerPolicy::default(),
        }
    }

    /// The entity as Cedar's JSON has it.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The entity as a policy's schema reads it, or why it refuses it.
    pub fn read(&self, policy: &Policy) -> Arc<Result<Entity, FactsError>> {
        self.read
            .get(policy, || Arc::new(Entity::from_value(policy, &self.value)))
    }
}

/// What renderings and the scan need for a résumé.
#[derive(Default)]
pub struct About {
    /// `industry`, `region`, `pseudonym`, as facts have them under `issued`.
    pub issued: Map<String, Value>,
    /// The candidate's true values, as facts have them under `known`.
    pub known: Map<String, Value>,
    read_issued: OnceLock<Result<Issued, FactsError>>,
    read_known: OnceLock<Result<Arc<TrueValues>, FactsError>>,
}

impl About {
    pub(super) fn new(issued: Map<String, Value>, known: Map<String, Value>) -> Self {
        Self {
            issued,
            known,
            ..Self::default()
        }
    }

    /// What renderings need, with what was issued to one viewer on top.
    pub(crate) fn issued(&self, between: Option<&Between>) -> Result<Issued, FactsError> {
        let Some(between) = between.filter(|b| !b.issued.is_empty()) else {
            let read = || Issued::from_members(&self.issued);
            return self.read_issued.get_or_init(read).clone();
        };
        let mut members = self.issued.clone();
        let more = between.issued.iter();
        members.extend(more.map(|(k, v)| (k.clone(), v.clone())));
        Issued::from_members(&members)
    }

    /// The candidate's true values, ready to be searched for.
    pub(crate) fn known(&self) -> Result<Arc<TrueValues>, FactsError> {
        let read = || {
            let values = KnownValues::from_members(&self.known)?;
            Ok(Arc::new(TrueValues::new(&values)))
        };
        self.read_known.get_or_init(read).clone()
    }
}

/// What holds between a viewer and a résumé.
#[derive(Clone, Default, PartialEq)]
pub struct Between {
    /// Parts of the context: `relayWindow`, `mandate`, `payment`.
    pub context: Map<String, Value>,
    /// What was issued to this viewer alone: `relay`.
    pub issued: Map<String, Value>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({} references)", self.references.len())
    }
}

impl fmt::Debug for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "About({} issued, {} known)",
            self.issued.len(),
            self.known.len()
        )
    }
}

impl fmt::Debug for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Between({} issued)", self.issued.len())
    }
}
