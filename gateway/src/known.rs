//! From the candidate's true values in the facts to what the redactor searches for, and where each
//! kind is at home in a résumé.
//!
//! Nothing here searches, and no value is in an error.

use privet_host::KnownValues;
use privet_redact::known::{Known, KnownError, KnownKind};
use std::fmt;

/// Where a value of each kind stands in the résumé format (JSON Resume, with `x-cn` for what it
/// lacks). Where a plan reveals one of these paths, a known value of the kind that is all that
/// stands there is shown by policy, and the scan passes it over.
const HOMES: [(&str, KnownKind); 8] = [
    ("$.basics.phone", KnownKind::Phone),
    ("$.basics.email", KnownKind::Email),
    ("$.basics['x-cn'].wechat", KnownKind::Wechat),
    ("$.basics['x-cn'].qq", KnownKind::Qq),
    ("$.basics.profiles[*].username", KnownKind::Wechat),
    ("$.basics.profiles[*].username", KnownKind::Qq),
    ("$.basics['x-cn'].idCardNo", KnownKind::IdCard),
    ("$.basics.name", KnownKind::Name),
];

/// The true values of one candidate, ready for every body of theirs.
pub(crate) struct TrueValues {
    /// The names, in every spelling.
    pub(crate) names: Vec<String>,
    /// What is searched for, or why it cannot be.
    pub(crate) known: Result<Known, KnownError>,
}

impl TrueValues {
    pub(crate) fn new(values: &KnownValues) -> Self {
        Self {
            names: values.name.clone(),
            known: known(values),
        }
    }
}

impl Default for TrueValues {
    fn default() -> Self {
        Self::new(&KnownValues::default())
    }
}

impl fmt::Debug for TrueValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrueValues({:?})", self.known)
    }
}

/// What the redactor searches for.
///
/// # Errors
///
/// A value that cannot be searched for: too short, or not of its kind.
pub fn known(values: &KnownValues) -> Result<Known, KnownError> {
    let mut builder = Known::builder();
    for (key, value) in values.iter() {
        // Both sides write kinds alike; a test holds them to it.
        if let Some(kind) = KnownKind::from_name(key) {
            builder = builder.value(kind, value)?;
        }
    }
    for (home, kind) in HOMES {
        if let Ok(path) = home.parse() {
            builder = builder.home(path, kind);
        }
    }
    Ok(builder.build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use privet_redact::Path;

    #[test]
    fn every_kind_has_a_key_and_a_home() {
        let json = r#"{"phone": ["13800138000"], "email": ["a@example.com"], "wechat": ["zsf_8888"],
            "qq": ["12345678"], "idCard": ["11010519491231002X"], "name": ["张三丰"]}"#;
        let values = KnownValues::from_json(json).unwrap();
        let kinds: Vec<KnownKind> = values
            .iter()
            .map(|(key, _)| KnownKind::from_name(key).unwrap())
            .collect();
        assert_eq!(kinds, KnownKind::ALL);
        assert!(known(&values).is_ok());
        for kind in KnownKind::ALL {
            assert!(HOMES.iter().any(|(_, home)| *home == kind));
        }
        for (home, _) in HOMES {
            assert!(home.parse::<Path>().is_ok(), "{home}");
        }
    }
}
