//! What was made once for each policy, and is kept for a few of them.
//!
//! What must never be here: what it is that is kept, or when it is no longer true.

use privet_host::Policy;
use std::sync::{PoisonError, RwLock};

/// Policies for which something is kept: those of a page's packs, and of the revision before.
const MOST_POLICIES: usize = 16;

/// Values by the policies' identities, the oldest first.
pub(super) struct PerPolicy<T> {
    kept: RwLock<Vec<(u64, T)>>,
}

impl<T> Default for PerPolicy<T> {
    fn default() -> Self {
        Self {
            kept: RwLock::default(),
        }
    }
}

impl<T: Clone> PerPolicy<T> {
    /// What is kept for a policy, or what is made now. Nothing is locked while it is made.
    pub(super) fn get(&self, policy: &Policy, make: impl FnOnce() -> T) -> T {
        let identity = policy.identity();
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, value)) = kept.iter().find(|(of, _)| *of == identity) {
            return value.clone();
        }
        drop(kept);
        let value = make();
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_POLICIES {
            kept.remove(0);
        }
        kept.push((identity, value.clone()));
        value
    }
}
