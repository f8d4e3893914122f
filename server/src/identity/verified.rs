//! Tokens that were verified, so that a signature is computed once for each.
//!
//! An entry is of one key set, and ends with the token. What must never be here: a token that was
//! refused, or one without an end.

use super::{Caller, KeySet};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The most tokens that are kept; with one more all go.
const MOST: usize = 8192;

/// Verified tokens with their callers.
#[derive(Default)]
pub struct Verified {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: Option<Arc<KeySet>>,
    callers: HashMap<String, (i64, Caller)>,
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verified")
    }
}

impl Verified {
    /// The caller of a token that was verified with these keys and is not over at a time, in seconds
    /// since 1970.
    pub fn get(&self, keys: &Arc<KeySet>, token: &str, now: i64) -> Option<Caller> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.keys.as_ref().is_some_and(|k| Arc::ptr_eq(k, keys)) {
            kept.keys = Some(Arc::clone(keys));
            kept.callers.clear();
        }
        let (end, caller) = kept.callers.get(token)?;
        (now < *end).then(|| caller.clone())
    }

    /// Keeps a token that these keys verified.
    pub fn put(&self, keys: &Arc<KeySet>, token: &str, caller: &Caller) {
        let end = caller.claims.get("exp").and_then(Value::as_f64);
        let Some(end) = end.filter(|e| (0.0..1e15).contains(e)) else {
            return;
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.keys.as_ref().is_some_and(|k| Arc::ptr_eq(k, keys)) {
            return;
        }
        if kept.callers.len() >= MOST {
            kept.callers.clear();
        }
        // A whole number of seconds in range; with a fraction it ends sooner.
        let end = end as i64;
        kept.callers.insert(token.to_owned(), (end, caller.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use privet_gateway::uid::Uid;

    #[test]
    fn an_entry_ends_with_its_token_and_its_keys() {
        let set = || {
            let jwk = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
            Arc::new(KeySet::read(jwk.as_bytes()).unwrap())
        };
        let caller = |exp: Option<i64>| Caller {
            principal: Uid::new("Recruiter", "r"),
            claims: exp
                .map(|e| ("exp".to_owned(), Value::from(e)))
                .into_iter()
                .collect(),
            is_trusted: false,
        };
        let (one, other) = (set(), set());
        let verified = Verified::default();
        assert!(verified.get(&one, "t", 5).is_none());
        verified.put(&one, "t", &caller(Some(10)));
        assert!(verified.get(&one, "t", 9).is_some());
        assert!(verified.get(&one, "t", 10).is_none());
        assert!(verified.get(&one, "u", 9).is_none());
        verified.put(&one, "u", &caller(None));
        assert!(verified.get(&one, "u", 9).is_none());
        assert!(verified.get(&other, "t", 9).is_none());
        // What the old keys verified meanwhile is not kept under the new ones.
        verified.put(&one, "t", &caller(Some(10)));
        assert!(verified.get(&other, "t", 9).is_none());
    }
}
