//! The transforms: pure functions from the text of a value to what of it is
//! shown.
//!
//! Each returns `None` for text that it does not understand, and the value is
//! then removed. What a transform shows depends on nothing but what its
//! convention discloses, so two values with the same disclosure look the same.
//!
//! What must never be here: state, rules, JSON, or a guess that shows more when
//! it is wrong.

pub mod fold;
pub mod generalise_city;
pub mod generalise_date;
pub mod generalise_postal;
pub mod mask_email;
pub mod mask_id_card;
pub mod mask_name;
pub mod mask_phone;
pub mod phone_region;

mod chinese_places;
mod compound_surnames;

use crate::rendering::{GeneraliseKind, MaskKind};
use phone_region::PhoneRegion;

/// Applies a mask. `own_names` are names of the candidate, for
/// [`mask_email`](mask_email::mask_email).
pub fn mask(
    kind: MaskKind,
    text: &str,
    region: PhoneRegion,
    own_names: &[String],
) -> Option<String> {
    match kind {
        MaskKind::Name => mask_name::mask_name(text),
        MaskKind::Phone => mask_phone::mask_phone(text, region),
        MaskKind::Email => mask_email::mask_email(text, own_names),
        MaskKind::IdCard => mask_id_card::mask_id_card(text),
    }
}

/// Applies a generalisation.
pub fn generalise(kind: GeneraliseKind, text: &str) -> Option<String> {
    use generalise_date::{Precision, generalise_date};
    match kind {
        GeneraliseKind::Year => generalise_date(text, Precision::Year),
        GeneraliseKind::Month => generalise_date(text, Precision::Month),
        GeneraliseKind::Day => generalise_date(text, Precision::Day),
        GeneraliseKind::City => generalise_city::generalise_city(text),
        GeneraliseKind::Postal => generalise_postal::generalise_postal(text),
        // `RulesBuilder` refuses it: there is no register of employers here.
        GeneraliseKind::Industry => None,
    }
}
