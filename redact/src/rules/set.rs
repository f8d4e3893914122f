//! [`RuleSet`]: paths and how each is shown, compiled once for all bodies that are shown so.
//!
//! What must never be here: a value of one candidate; two of them share a set. A silent choice
//! between two rules: where they overlap the one that shows less wins, where they contradict it is
//! an error.

use std::fmt;

use super::names::Ends;
use super::trie::{Trie, TrieBuilder};
use super::{Action, Rule};
use crate::path::{Path, Segment};
use crate::rendering::Rendering;

/// Paths and renderings, compiled. Without the facts of a candidate, which a
/// [`RulesBuilder`](super::RulesBuilder) adds.
pub struct RuleSet {
    pub(crate) trie: Trie,
    len: usize,
}

impl RuleSet {
    /// Compiles rules. A relay is a removal unless its class is among those for which a value is
    /// `issued`, and shows the value that the facts have for it.
    ///
    /// # Errors
    ///
    /// Two rules on one path; a rule on `$`, which matches no scalar;
    /// `drop-item` on a path without `[*]`.
    pub fn new(
        rules: impl IntoIterator<Item = (Path, Rule)>,
        issued: &[&str],
    ) -> Result<Self, RulesError> {
        let mut trie = TrieBuilder::new();
        let mut dropped = Vec::new();
        let mut len = 0;
        for (path, Rule { class, rendering }) in rules {
            len += 1;
            if path.segments().is_empty() {
                return Err(RulesError::new("it matches no scalar", &path, &rendering));
            }
            let action = match &rendering {
                Rendering::Reveal => Action::Reveal,
                Rendering::Scrub => Action::Scrub,
                Rendering::Mask(kind) => Action::Mask(*kind),
                Rendering::Generalise(kind) => Action::Generalise(*kind),
                Rendering::Pseudonym => Action::Pseudonym(class.into()),
                Rendering::Relay(label) => {
                    let class = if label.is_empty() { &class } else { label };
                    match issued.contains(&class.as_str()) {
                        true => Action::Relay(class.as_str().into()),
                        false => Action::Remove,
                    }
                }
                Rendering::DropItem => {
                    let items = path.segments().iter().rposition(|s| *s == Segment::AnyItem);
                    let Some(item) = items.and_then(|last| path.segments().get(..=last)) else {
                        return Err(RulesError::new(
                            "there is no [*] on the path",
                            &path,
                            &rendering,
                        ));
                    };
                    dropped.push(item.to_vec());
                    Action::Remove
                }
                Rendering::Remove => Action::Remove,
            };
            let node = trie.insert(path.segments());
            if trie.set(node, action).is_some() {
                return Err(RulesError::new(
                    "the path has a rule already",
                    &path,
                    &rendering,
                ));
            }
        }
        // Last, because a dropped item may have a rule of its own, which is less.
        for item in dropped {
            let node = trie.insert(&item);
            trie.set(node, Action::Remove);
        }
        Ok(Self {
            trie: trie.build(),
            len,
        })
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no rule, so that nothing is shown.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether what stands at this very path is shown as it is.
    pub(crate) fn reveals(&self, path: &Path) -> bool {
        let node = path
            .segments()
            .iter()
            .try_fold(Trie::ROOT, |node, segment| match segment {
                Segment::Name(name) => {
                    self.trie
                        .member(node, Ends::of(name.as_bytes()), name.as_bytes())?
                        .node
                }
                Segment::AnyItem => self.trie.items(node),
            });
        node.and_then(|node| self.trie.action(node)) == Some(&Action::Reveal)
    }
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleSet")
            .field("len", &self.len)
            .field("nodes", &self.trie.len())
            .finish()
    }
}

/// Why rules cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesError {
    problem: &'static str,
    path: String,
    rendering: String,
}

impl RulesError {
    fn new(problem: &'static str, path: &Path, rendering: &Rendering) -> Self {
        Self {
            problem,
            path: path.to_string(),
            rendering: rendering.to_string(),
        }
    }
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            problem,
            path,
            rendering,
        } = self;
        write!(f, "cannot use the rule {rendering} on {path}: {problem}")
    }
}

impl std::error::Error for RulesError {}
