//! [`Facts`]: what transforms know beside the value.
//!
//! What must never be here: anything of a body. Two bodies of one request meet
//! the same facts, so a fact cannot carry a value from one place to another.

use std::collections::BTreeMap;
use std::fmt;

use super::date::Date;
use super::phone_region::PhoneRegion;
use super::pseudonym::Key;

/// The facts of one request that transforms need. What is missing makes the
/// transform that needs it remove its value; `Debug` tells sizes only.
#[derive(Clone, Default)]
pub struct Facts {
    /// The country that a telephone number is read in.
    pub phone_region: PhoneRegion,
    /// Names of the candidate: an e-mail domain that holds one is hidden.
    pub own_names: Vec<String>,
    /// The day of the request, for ages.
    pub today: Option<Date>,
    /// Employer, exactly as its text stands in the body, to industry.
    pub industries: BTreeMap<String, String>,
    /// The key of pseudonyms, one for each audience.
    pub key: Option<Key>,
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("phone_region", &self.phone_region)
            .field("own_names", &self.own_names.len())
            .field("today", &self.today)
            .field("industries", &self.industries.len())
            .field("has_key", &self.key.is_some())
            .finish()
    }
}
