//! The transforms: pure functions from the text of a value to what of it is
//! shown.
//!
//! Each returns `None` for text that it does not understand, and the value is
//! then removed. What a transform shows depends on nothing but what its
//! convention discloses, so two values with the same disclosure look the same.
//!
//! What must never be here: state, rules, JSON, or a guess that shows more when
//! it is wrong.

pub mod date;
pub mod facts;
pub mod fold;
pub mod generalise_age_band;
pub mod generalise_city;
pub mod generalise_date;
pub mod generalise_postal;
pub mod generalise_salary_band;
pub mod mask_email;
pub mod mask_id_card;
pub mod mask_name;
pub mod mask_phone;
pub mod mask_qq;
pub mod mask_wechat;
pub mod phone_region;
pub mod pseudonym;

mod chinese_places;
mod compound_surnames;

use crate::rendering::{GeneraliseKind, MaskKind};
use facts::Facts;
use std::borrow::Cow;

/// Applies a mask.
pub fn mask(kind: MaskKind, text: &str, facts: &Facts) -> Option<String> {
    match kind {
        MaskKind::Name => mask_name::mask_name(text),
        MaskKind::NameStrict => pseudonym::mask_name_strict(text, facts),
        MaskKind::Phone => mask_phone::mask_phone(text, facts.phone_region),
        MaskKind::Email => mask_email::mask_email(text, &facts.own_names),
        MaskKind::IdCard => mask_id_card::mask_id_card(text),
        MaskKind::Wechat => mask_wechat::mask_wechat(text),
        MaskKind::Qq => mask_qq::mask_qq(text),
    }
}

/// Applies a generalisation. The text of a number is the number as written.
pub fn generalise<'t>(
    kind: GeneraliseKind,
    text: &'t str,
    facts: &'t Facts,
) -> Option<Cow<'t, str>> {
    use generalise_date::{Precision, generalise_date};
    let shown = match kind {
        GeneraliseKind::Year => return generalise_date(text, Precision::Year),
        GeneraliseKind::Month => return generalise_date(text, Precision::Month),
        GeneraliseKind::Day => return generalise_date(text, Precision::Day),
        GeneraliseKind::Industry => return facts.industries.get(text).map(|i| i.as_str().into()),
        GeneraliseKind::City => generalise_city::generalise_city(text),
        GeneraliseKind::Postal => generalise_postal::generalise_postal(text),
        GeneraliseKind::AgeBand => generalise_age_band::generalise_age_band(text, facts.today),
        GeneraliseKind::SalaryBand => generalise_salary_band::generalise_salary_band(text),
    };
    shown.map(Cow::Owned)
}
