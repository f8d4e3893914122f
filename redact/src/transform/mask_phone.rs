//! `mask:phone`: three and four digits of a Chinese mobile number, two of any
//! other.
//!
//! What must never be here: the Chinese form for a number that may be foreign.
//! It shows seven digits where two are allowed.

use super::fold::fold;
use super::phone_region::PhoneRegion;

/// Masks a telephone number.
///
/// A Chinese mobile number without its country code shows its first three and
/// last four digits (`138****8000`). Any other number shows its last two digits,
/// one star for each before them, and none at all below seven digits. None if
/// there are no digits or more than a number can have (E.164 allows 15, a prefix
/// `00` makes 17).
pub fn mask_phone(phone: &str, region: PhoneRegion) -> Option<String> {
    let phone = fold(phone)?;
    let phone = phone.trim();
    let mut digits = String::with_capacity(phone.len());
    digits.extend(phone.chars().filter(char::is_ascii_digit));
    if digits.is_empty() || digits.len() > 17 {
        return None;
    }
    if let Some((head, tail)) = chinese_mobile(phone, &digits, region) {
        return Some([head, "****", tail].concat());
    }
    let shown = if digits.len() < 7 { 0 } else { 2 };
    let hidden = digits.len() - shown;
    let tail = digits.get(hidden..).unwrap_or_default();
    let mut masked = "*".repeat(hidden);
    masked.push_str(tail);
    Some(masked)
}

/// The first three and the last four digits, if it surely is one.
pub(super) fn chinese_mobile<'d>(
    phone: &str,
    digits: &'d str,
    region: PhoneRegion,
) -> Option<(&'d str, &'d str)> {
    // Words beside the number may be an extension or a second number.
    let is_part = |c: char| {
        c.is_ascii_digit() || c.is_whitespace() || matches!(c, '+' | '(' | ')' | '.') || is_dash(c)
    };
    if !phone.chars().all(is_part) {
        return None;
    }
    let is_international = phone.trim_start_matches('(').starts_with('+');
    let prefix = match (is_international, region) {
        (true, _) => "86",
        // "00" dials abroad in China, elsewhere something else may.
        (false, PhoneRegion::Other) => return None,
        (false, _) if digits.len() == 15 => "0086",
        (false, _) if digits.len() == 13 => "86",
        (false, _) => "",
    };
    let national = digits.strip_prefix(prefix)?;
    let is_mobile = national.len() == 11
        && national.starts_with('1')
        && national.chars().nth(1).is_some_and(|second| second >= '3');
    if !is_mobile {
        return None;
    }
    // `1-650-999-7777` has eleven digits and begins with 165: the groups tell.
    if prefix.is_empty() && region == PhoneRegion::Unknown {
        let groups: Vec<usize> = phone
            .split(|c: char| !c.is_ascii_digit())
            .map(str::len)
            .filter(|length| *length > 0)
            .collect();
        if !matches!(*groups, [11] | [3, 4, 4] | [3, 8] | [7, 4]) {
            return None;
        }
    }
    Some((national.get(..3)?, national.get(7..)?))
}

fn is_dash(character: char) -> bool {
    matches!(
        character,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30FC}'
    )
}
