//! [`Rules`]: which paths are shown and how, compiled for one pass.
//!
//! What must never be here: a default that shows something. What no rule names
//! is removed.

mod builder;
mod names;
mod trie;

use std::fmt;

pub use builder::{RulesBuilder, RulesError};
pub(crate) use names::hash as name_hash;
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
    pub(crate) trie: Trie,
    pub(crate) facts: Facts,
    pub(crate) scrubber: Scrubber,
    /// What the whole output is searched for.
    pub(crate) known: Option<Known>,
    len: usize,
}

impl Rules {
    /// Starts from no rules, which show nothing.
    pub fn builder() -> RulesBuilder {
        RulesBuilder::default()
    }

    /// Rules without facts: relays are removed.
    ///
    /// # Errors
    ///
    /// As [`RulesBuilder::build`].
    pub fn new(rules: impl IntoIterator<Item = (Path, Rule)>) -> Result<Self, RulesError> {
        Self::builder().rules(rules).build()
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no rule, so that nothing is shown.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("len", &self.len)
            .field("nodes", &self.trie.len())
            .finish_non_exhaustive()
    }
}
