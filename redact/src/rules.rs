//! [`Rules`]: which paths are shown and how, compiled for one pass.
//!
//! What must never be here: a default that shows something. What no rule names
//! is removed.

mod builder;
mod names;
mod set;
mod trie;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use builder::RulesBuilder;
pub(crate) use names::Ends;
pub use set::{RuleSet, RulesError};
pub(crate) use trie::{Action, NodeId, Trie};

use crate::known::Known;
use crate::path::Path;
use crate::rendering::Rendering;
use crate::scrub::Scrubber;
use crate::transform::facts::Facts;

/// What happens to the scalars at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The class whose issued value a relay shows.
    pub class: String,
    /// How the value is shown.
    pub rendering: Rendering,
}

impl Rule {
    /// A rule of a class.
    pub fn new(class: impl Into<String>, rendering: Rendering) -> Self {
        Self {
            class: class.into(),
            rendering,
        }
    }
}

/// Compiled rules and the facts of one candidate that they need.
///
/// A rule matches a scalar (string, number, `true`, `false`, `null`); an object
/// or an array is shown exactly as far as something inside it is. `Debug` tells
/// sizes only, since issued values and names are personal.
pub struct Rules {
    pub(crate) set: Arc<RuleSet>,
    pub(crate) facts: Facts,
    /// What a relay of a class shows, as JSON text.
    pub(crate) issued: BTreeMap<String, Box<str>>,
    pub(crate) scrubber: Scrubber,
    /// What the whole output is searched for.
    pub(crate) known: Option<Known>,
}

impl Rules {
    /// Starts from no facts.
    pub fn builder() -> RulesBuilder {
        RulesBuilder::default()
    }

    /// Rules without facts: relays are removed.
    ///
    /// # Errors
    ///
    /// As [`RuleSet::new`].
    pub fn new(rules: impl IntoIterator<Item = (Path, Rule)>) -> Result<Self, RulesError> {
        Self::builder().build(rules)
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Whether there is no rule, so that nothing is shown.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("set", &self.set)
            .finish_non_exhaustive()
    }
}
