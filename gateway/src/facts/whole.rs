//! A small store, laid out whole and once for each policy: then a question finds its entities ready,
//! and only what the request itself says is read.
//!
//! What a decision cannot reach changes none, so the whole store decides as the part does. Where the
//! store is large, or a schema refuses anything in it, there is no whole, and each question gets its
//! part: what is refused there is refused to whom it matters, as ever.

use super::FactStore;
use super::per_policy::PerPolicy;
use crate::combine::Packs;
use privet_host::{Entities, Policy};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// More entities than this are not laid out whole.
const MOST_ENTITIES: usize = 4096;

/// More bytes than this take longer to copy into an instance than a part takes to lay out.
const MOST_BYTES: usize = 128 << 10;

/// Questions after a change before it is worth while.
const QUESTIONS: usize = 16;

/// What was laid out of a store that has not changed since.
#[derive(Default)]
pub(super) struct Whole {
    asked: AtomicUsize,
    /// `None` where there is no whole.
    laid_out: PerPolicy<Option<Entities>>,
}

impl FactStore {
    /// Whoever changes an entity calls this.
    pub(super) fn changed(&mut self) {
        self.whole = Arc::default();
    }

    /// The whole store for each of the packs, if there is one for all of them.
    pub(super) fn whole(&self, packs: &Packs) -> Option<Vec<Entities>> {
        if self.entities.len() > MOST_ENTITIES
            || self.whole.asked.fetch_add(1, Ordering::Relaxed) < QUESTIONS
        {
            return None;
        }
        packs.policies().iter().map(|p| self.laid_out(p)).collect()
    }

    fn laid_out(&self, policy: &Policy) -> Option<Entities> {
        self.whole.laid_out.get(policy, || {
            let read: Vec<_> = self.entities.values().map(|e| e.read(policy)).collect();
            let entities: Option<Vec<_>> = read.iter().map(|e| e.as_ref().as_ref().ok()).collect();
            let entities = entities.and_then(|all| Entities::of(policy, all).ok());
            entities.filter(|e| e.size() <= MOST_BYTES)
        })
    }
}
