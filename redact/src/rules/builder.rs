//! [`RulesBuilder`]: collects rules and facts and refuses what cannot be kept.
//!
//! What must never be here: a silent choice between two rules. Where rules
//! overlap the one that shows less wins; where they contradict, it is an error.

use std::collections::BTreeMap;
use std::fmt;

use super::trie::TrieBuilder;
use super::{Action, Rule, Rules};
use crate::json::text;
use crate::known::Known;
use crate::path::{Path, Segment};
use crate::rendering::Rendering;
use crate::scrub::Scrubber;
use crate::transform::date::Date;
use crate::transform::facts::Facts;
use crate::transform::phone_region::PhoneRegion;
use crate::transform::pseudonym::Key;

/// Collects the rules and facts of one [`Rules`].
///
/// `Debug` tells sizes only.
#[derive(Default)]
pub struct RulesBuilder {
    rules: Vec<(Path, Rule)>,
    issued: BTreeMap<String, String>,
    facts: Facts,
    known: Option<Known>,
}

impl RulesBuilder {
    /// Adds the rule of one path.
    #[must_use]
    pub fn rule(mut self, path: Path, rule: Rule) -> Self {
        self.rules.push((path, rule));
        self
    }

    /// Adds rules.
    #[must_use]
    pub fn rules(mut self, rules: impl IntoIterator<Item = (Path, Rule)>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// Sets the value that a relay of this class shows: a virtual number, a
    /// forwarding address. A later value of the same class takes its place.
    #[must_use]
    pub fn issued(mut self, class: impl Into<String>, value: impl Into<String>) -> Self {
        self.issued.insert(class.into(), value.into());
        self
    }

    /// Sets the candidate's country (ISO 3166-1 alpha-2, as the résumé's
    /// `countryCode`), which decides how `mask:phone` reads a number.
    #[must_use]
    pub fn phone_region(mut self, country_code: &str) -> Self {
        self.facts.phone_region = PhoneRegion::from_country_code(country_code);
        self
    }

    /// Adds a name of the candidate; `mask:email` hides a domain that holds it.
    #[must_use]
    pub fn own_name(mut self, name: impl Into<String>) -> Self {
        self.facts.own_names.push(name.into());
        self
    }

    /// Sets the time of the request, in milliseconds since 1970-01-01T00:00:00Z;
    /// its day (UTC) decides about ages.
    #[must_use]
    pub fn now(mut self, milliseconds: i64) -> Self {
        self.facts.today = Date::of_milliseconds(milliseconds);
        self
    }

    /// Sets the industry that `generalise:industry` shows for an employer, whose
    /// name must stand in the body exactly so.
    #[must_use]
    pub fn industry(mut self, employer: impl Into<String>, industry: impl Into<String>) -> Self {
        self.facts
            .industries
            .insert(employer.into(), industry.into());
        self
    }

    /// Sets the key of pseudonyms, one for each audience.
    #[must_use]
    pub fn pseudonym_key(mut self, key: Key) -> Self {
        self.facts.key = Some(key);
        self
    }

    /// Sets the candidate's true values. The whole output is searched for them
    /// before any of it is delivered, so delivery is held whatever the settings
    /// say. What is found in scrubbed text [is cut out](Known::cut); a hit that is
    /// left is [an error](crate::RedactError::known_value). A value may
    /// stand at its [home](crate::known::KnownBuilder::home) if the rule there
    /// is `reveal`.
    #[must_use]
    pub fn known(mut self, known: Known) -> Self {
        self.known = Some(known);
        self
    }

    /// Compiles the rules.
    ///
    /// # Errors
    ///
    /// Two rules on one path; a rule on `$`, which matches no scalar;
    /// `drop-item` on a path without `[*]`.
    pub fn build(self) -> Result<Rules, RulesError> {
        let mut trie = TrieBuilder::new();
        let mut dropped = Vec::new();
        let len = self.rules.len();
        let mut known = self.known.filter(|known| !known.is_empty());
        if let Some(known) = &mut known {
            known.add_issued(self.issued.values());
            known.retain_homes(|home| {
                let mut rules = self.rules.iter();
                rules.any(|(path, rule)| path == home && rule.rendering == Rendering::Reveal)
            });
        }
        for (path, Rule { class, rendering }) in self.rules {
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
                    match self.issued.get(class) {
                        Some(value) => Action::Replace(text::encode(value).into()),
                        None => Action::Remove,
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
        Ok(Rules {
            trie: trie.build(),
            scrubber: Scrubber::allowing(self.issued.values()),
            known,
            facts: self.facts,
            len,
        })
    }
}

impl fmt::Debug for RulesBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RulesBuilder")
            .field("rules", &self.rules.len())
            .field("issued", &self.issued.len())
            .finish_non_exhaustive()
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
