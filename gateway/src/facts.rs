//! What is known: entities, what renderings need for a résumé, and what holds between a viewer and
//! a résumé. Of all that, one decision gets the part that it can reach.
//!
//! A client never writes here. True values of a candidate lie here, so nothing of it is in `Debug`
//! output or in an error.

mod check;
mod held;
mod per_policy;
mod read;
mod slice;
mod whole;

pub use held::{About, Between, Held};
pub use read::FactsFileError;
pub use slice::{Slice, literals};

use crate::uid::Uid;
use privet_host::{FactsError, Policy};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use whole::Whole;

/// The facts that a gateway holds. Cloning is cheap: what is inside is shared.
#[derive(Clone, Default)]
pub struct FactStore {
    entities: HashMap<Uid, Arc<Held>>,
    about: HashMap<Uid, Arc<About>>,
    between: HashMap<(Uid, Uid), Arc<Between>>,
    whole: Arc<Whole>,
}

impl FactStore {
    /// Whether an entity is known.
    pub fn contains(&self, uid: &Uid) -> bool {
        self.entities.contains_key(uid)
    }

    /// How many entities there are.
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether no entity is known.
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// Why the schema of a policy does not admit entities; each denies whoever needs it.
    pub fn refused_by(&self, policy: &Policy) -> Vec<String> {
        let read = self.entities.values().map(|held| held.read(policy));
        let refused =
            read.filter_map(|read| read.as_ref().as_ref().err().map(FactsError::to_string));
        refused.collect()
    }

    /// Takes an entity out, with all that is known about it. Whether it was there.
    pub fn remove(&mut self, uid: &Uid) -> bool {
        self.about.remove(uid);
        self.between
            .retain(|(viewer, resume), _| viewer != uid && resume != uid);
        self.changed();
        self.entities.remove(uid).is_some()
    }

    /// Takes out what is known about a résumé but the entity itself. Whether there was something.
    pub fn remove_about(&mut self, resource: &Uid) -> bool {
        self.about.remove(resource).is_some()
    }

    /// Takes out what holds between a viewer and a résumé. Whether there was something.
    pub fn remove_between(&mut self, principal: &Uid, resource: &Uid) -> bool {
        let key = (principal.clone(), resource.clone());
        self.between.remove(&key).is_some()
    }

    /// Adds all of another store; what both have is the other's.
    pub fn extend(&mut self, other: Self) {
        self.changed();
        self.entities.extend(other.entities);
        self.about.extend(other.about);
        self.between.extend(other.between);
    }
}

impl fmt::Debug for FactStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FactStore")
            .field("entities", &self.entities.len())
            .field("about", &self.about.len())
            .field("between", &self.between.len())
            .finish()
    }
}
