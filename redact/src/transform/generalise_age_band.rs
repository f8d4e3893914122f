//! `generalise:age-band`: five years of age.
//!
//! What must never be here: a band whose edge depends on the birthday. A birth
//! date of which only the year is known gets the lower age, always.

use super::date::Date;
use super::fold::fold;

/// Shows the band of five years around an age, `25–29`, of
///
/// - a birth date (see [`Date::read`]), if today is known;
/// - an age: up to three digits, alone or before `岁`, `周岁`, `years` or
///   `years old`.
///
/// From 65 years on all are `65+`. None below 15 and above 120 years, for a date
/// to come and for any other text.
pub fn generalise_age_band(text: &str, today: Option<Date>) -> Option<String> {
    let age = match age(text) {
        Some(age) => age,
        None => Date::read(text)?.years_until(today?)?,
    };
    match age {
        15..65 => {
            let low = age - age % 5;
            Some(format!("{low}–{}", low + 4))
        }
        65..=120 => Some("65+".to_owned()),
        _ => None,
    }
}

fn age(text: &str) -> Option<u16> {
    let text = fold(text)?.to_lowercase();
    let text = text.trim();
    let words = ["years old", "years", "周岁", "岁"];
    let bare = words.iter().find_map(|word| text.strip_suffix(word));
    let digits = bare.unwrap_or(text).trim_end();
    let is_age = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| is_age)
}
