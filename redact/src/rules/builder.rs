//! [`RulesBuilder`]: collects the facts of one candidate that rules need.
//!
//! What must never be here: a rule. Those are compiled apart, since many bodies share them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::set::{RuleSet, RulesError};
use super::{Rule, Rules};
use crate::json::text;
use crate::known::Known;
use crate::path::Path;
use crate::scrub::Scrubber;
use crate::transform::date::Date;
use crate::transform::facts::Facts;
use crate::transform::phone_region::PhoneRegion;
use crate::transform::pseudonym::Key;

/// Collects the facts of one [`Rules`].
///
/// `Debug` tells sizes only.
#[derive(Default)]
pub struct RulesBuilder {
    issued: BTreeMap<String, String>,
    facts: Facts,
    known: Option<Known>,
}

impl RulesBuilder {
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

    /// Compiles rules, and puts these facts beside them.
    ///
    /// # Errors
    ///
    /// As [`RuleSet::new`].
    pub fn build(self, rules: impl IntoIterator<Item = (Path, Rule)>) -> Result<Rules, RulesError> {
        let issued: Vec<&str> = self.issued.keys().map(String::as_str).collect();
        let set = RuleSet::new(rules, &issued)?;
        Ok(self.build_over(Arc::new(set)))
    }

    /// Puts these facts beside rules that were compiled before. A relay whose value is not among
    /// the facts shows nothing.
    pub fn build_over(self, set: Arc<RuleSet>) -> Rules {
        let mut known = self.known.filter(|known| !known.is_empty());
        if let Some(known) = &mut known {
            known.add_issued(self.issued.values());
            known.retain_homes(|home| set.reveals(home));
        }
        let scrubber = Scrubber::allowing(self.issued.values());
        let issued = self.issued.into_iter();
        Rules {
            scrubber,
            known,
            facts: self.facts,
            issued: issued
                .map(|(class, value)| (class, text::encode(&value).into()))
                .collect(),
            set,
        }
    }
}

impl fmt::Debug for RulesBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RulesBuilder")
            .field("issued", &self.issued.len())
            .finish_non_exhaustive()
    }
}
