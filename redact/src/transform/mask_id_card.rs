//! `mask:id-card`: the first and the last character of a Chinese identity card
//! number, for the candidate's own eyes and support.
//!
//! What must never be here: the birth date or the region inside the number.

use super::fold::fold;

/// Masks a number of 18 characters (GB 11643-1999) or the older 15 digits:
/// `11010519491231002X` → `1****************X`. The check character is not
/// verified, a mistyped number is masked all the same. None for another form.
pub fn mask_id_card(number: &str) -> Option<String> {
    let number: String = fold(number)?
        .chars()
        .filter(|character| !character.is_whitespace() && *character != '-')
        .flat_map(char::to_uppercase)
        .collect();
    let body = match number.len() {
        18 => number.strip_suffix('X').unwrap_or(&number),
        15 => &number,
        _ => return None,
    };
    if !body.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let stars = "*".repeat(number.len() - 2);
    Some(format!(
        "{}{stars}{}",
        number.get(..1)?,
        number.chars().last()?
    ))
}
