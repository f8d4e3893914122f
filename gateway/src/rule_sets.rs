//! Compiled rules, kept for each way in which plans of some packs show a résumé: there are few ways
//! and many questions.
//!
//! What must never be here: anything of one candidate, or of what an entry was made for but its
//! rungs and the names of the classes that have something issued.

use crate::combine::Answer;
use crate::enforce::{EnforceError, rule_set};
use privet_host::Issued;
use privet_redact::RuleSet;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Ways that are kept: more than any pack of ours has, and a few megabytes.
const MOST: usize = 1024;

/// What tells two ways apart: the place of each class's rung, then the issued classes.
type Key = Vec<u8>;

/// A way in which a résumé is shown.
#[derive(Debug)]
pub(crate) struct Way {
    /// Of no other way, of these packs or of others, as long as the process lives.
    pub(crate) id: u64,
    pub(crate) rules: Arc<RuleSet>,
}

impl Way {
    fn new(rules: RuleSet) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Arc::new(Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            rules: Arc::new(rules),
        })
    }
}

/// The ways of some packs.
#[derive(Default)]
pub(crate) struct RuleSets {
    kept: RwLock<HashMap<Key, Arc<Way>>>,
}

impl fmt::Debug for RuleSets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RuleSets")
    }
}

impl RuleSets {
    /// How an open plan of these packs shows a résumé.
    ///
    /// # Errors
    ///
    /// A path or a rendering that the redactor does not know.
    pub(crate) fn of(&self, plan: &impl Answer, issued: &Issued) -> Result<Arc<Way>, EnforceError> {
        let Some(key) = key(plan, issued) else {
            return rule_set(plan, issued).map(Way::new);
        };
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(way) = kept.get(&key) {
            return Ok(Arc::clone(way));
        }
        drop(kept);
        let way = Way::new(rule_set(plan, issued)?);
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&way));
        Ok(way)
    }
}

/// Nothing where a rung is none of its class's.
fn key(plan: &impl Answer, issued: &Issued) -> Option<Key> {
    let mut key = Key::with_capacity(96);
    for (class, rung) in plan.rungs() {
        let place = match rung {
            None => 0,
            Some(rung) => {
                let mut rungs = class.rungs.iter();
                let place = rungs.position(|other| std::ptr::eq(other, rung))?;
                u16::try_from(place).ok()?.checked_add(1)?
            }
        };
        key.extend(place.to_le_bytes());
    }
    for class in issued.relay.keys() {
        // A length before each, so that two lists never read alike.
        key.extend(class.len().to_le_bytes());
        key.extend(class.as_bytes());
    }
    Some(key)
}
