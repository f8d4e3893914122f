//! [`Rendering`]: the ways to show one value, and how packs write them.
//!
//! What must never be here: the work itself, which is in `transform`.

use std::fmt;
use std::str::FromStr;

/// One way to show a value. The text in parentheses is how a pack writes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Rendering {
    /// (`reveal`) Any scalar, byte for byte.
    Reveal,
    /// (`scrub`) The text without the contacts in it (see
    /// [`Scrubber`](crate::scrub::Scrubber)); nothing if it was nothing else. A
    /// text without any is copied byte for byte.
    Scrub,
    /// (`mask:…`) A few characters and stars.
    Mask(MaskKind),
    /// (`generalise:…`) A coarser value.
    Generalise(GeneraliseKind),
    /// (`relay` or `relay:<class>`) The value issued for a class, by default the
    /// rule's own; never the real one. Without an issued value: `remove`.
    Relay(String),
    /// (`pseudonym`) A keyed stand-in, the same for one audience, class and
    /// value. Without a key: `remove`.
    Pseudonym,
    /// (`drop-item`) No item of the innermost array on the rule's path is shown,
    /// whether or not it has the member that the path ends with: otherwise the
    /// items that stay would tell that they lack it.
    DropItem,
    /// (`remove`) Nothing, and nothing below.
    Remove,
}

/// What kind of value a mask expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaskKind {
    /// (`mask:name`) A person's name.
    Name,
    /// (`mask:name-strict`) No part of the name, but a short keyed tag.
    NameStrict,
    /// (`mask:phone`) A telephone number.
    Phone,
    /// (`mask:email`) An e-mail address.
    Email,
    /// (`mask:id-card`) A Chinese identity card number.
    IdCard,
    /// (`mask:wechat`) A WeChat id.
    Wechat,
    /// (`mask:qq`) A QQ number.
    Qq,
}

/// How coarse a generalised value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GeneraliseKind {
    /// (`generalise:year`) A date's `YYYY`.
    Year,
    /// (`generalise:month`) A date's `YYYY-MM`, or less if that is all there is.
    Month,
    /// (`generalise:day`) A time's `YYYY-MM-DD`, or less.
    Day,
    /// (`generalise:city`) An address's city.
    City,
    /// (`generalise:postal`) The first digits of a postal code.
    Postal,
    /// (`generalise:age-band`) Five years of age, of a birth date or an age.
    /// Of a birth date only where the time of the request is known.
    AgeBand,
    /// (`generalise:salary-band`) A band of the 1-2-5 series around a salary.
    SalaryBand,
    /// (`generalise:industry`) The industry that the facts give for an employer.
    Industry,
}

const FIXED: [(&str, Rendering); 20] = [
    ("reveal", Rendering::Reveal),
    ("scrub", Rendering::Scrub),
    ("mask:name", Rendering::Mask(MaskKind::Name)),
    ("mask:name-strict", Rendering::Mask(MaskKind::NameStrict)),
    ("mask:phone", Rendering::Mask(MaskKind::Phone)),
    ("mask:email", Rendering::Mask(MaskKind::Email)),
    ("mask:id-card", Rendering::Mask(MaskKind::IdCard)),
    ("mask:wechat", Rendering::Mask(MaskKind::Wechat)),
    ("mask:qq", Rendering::Mask(MaskKind::Qq)),
    (
        "generalise:year",
        Rendering::Generalise(GeneraliseKind::Year),
    ),
    (
        "generalise:month",
        Rendering::Generalise(GeneraliseKind::Month),
    ),
    ("generalise:day", Rendering::Generalise(GeneraliseKind::Day)),
    (
        "generalise:city",
        Rendering::Generalise(GeneraliseKind::City),
    ),
    (
        "generalise:postal",
        Rendering::Generalise(GeneraliseKind::Postal),
    ),
    (
        "generalise:age-band",
        Rendering::Generalise(GeneraliseKind::AgeBand),
    ),
    (
        "generalise:salary-band",
        Rendering::Generalise(GeneraliseKind::SalaryBand),
    ),
    (
        "generalise:industry",
        Rendering::Generalise(GeneraliseKind::Industry),
    ),
    ("pseudonym", Rendering::Pseudonym),
    ("drop-item", Rendering::DropItem),
    ("remove", Rendering::Remove),
];

/// Why a text is not a [`Rendering`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseRenderingError {
    given: String,
}

impl fmt::Display for ParseRenderingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a rendering; known are ", self.given)?;
        for (name, _) in &FIXED {
            write!(f, "{name}, ")?;
        }
        f.write_str("relay and relay:<class>")
    }
}

impl std::error::Error for ParseRenderingError {}

impl FromStr for Rendering {
    type Err = ParseRenderingError;

    fn from_str(text: &str) -> Result<Self, ParseRenderingError> {
        if let Some((_, rendering)) = FIXED.iter().find(|(name, _)| *name == text) {
            return Ok(rendering.clone());
        }
        let is_label_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        match text.strip_prefix("relay") {
            Some("") => Ok(Self::Relay(String::new())),
            Some(rest) => match rest.strip_prefix(':') {
                Some(label) if !label.is_empty() && label.chars().all(is_label_char) => {
                    Ok(Self::Relay(label.to_owned()))
                }
                _ => Err(ParseRenderingError {
                    given: text.to_owned(),
                }),
            },
            None => Err(ParseRenderingError {
                given: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Rendering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relay(label) if label.is_empty() => f.write_str("relay"),
            Self::Relay(label) => write!(f, "relay:{label}"),
            fixed => {
                let name = FIXED.iter().find(|(_, rendering)| rendering == fixed);
                f.write_str(name.map_or("remove", |(name, _)| name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rendering_is_written_as_it_is_read() {
        let relays = ["relay", "relay:phone"];
        for name in FIXED.iter().map(|(name, _)| *name).chain(relays) {
            assert_eq!(name.parse::<Rendering>().unwrap().to_string(), name);
        }
        for unknown in [
            "",
            "Reveal",
            "mask",
            "mask:",
            "relay:",
            "relayphone",
            "relay:a b",
        ] {
            assert!(unknown.parse::<Rendering>().is_err(), "{unknown}");
        }
    }
}
