//! Where a telephone number is at home.
//!
//! What must never be here: a guess from the number itself.

/// The country whose national format a number without `+` is read in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PhoneRegion {
    /// Nobody said: only what can hardly be anything else is taken for Chinese.
    #[default]
    Unknown,
    /// Mainland China.
    China,
    /// Any other country.
    Other,
}

impl PhoneRegion {
    /// From an ISO 3166-1 alpha-2 code in any case; an empty one is unknown.
    pub fn from_country_code(code: &str) -> Self {
        match code.trim() {
            "" => Self::Unknown,
            code if code.eq_ignore_ascii_case("CN") => Self::China,
            _ => Self::Other,
        }
    }
}
