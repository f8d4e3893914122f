//! `generalise:postal`: the first digits of a postal code.
//!
//! What must never be here: a form whose beginning already tells a street, as
//! the codes of some countries do.

use super::fold::fold;

/// Shows two digits of a code of six (China: the province) and three of a code
/// of five (United States: the sectional centre; also with a state before and
/// four more digits after): `100190` → `10****`, `CA 94115` → `941**`. None for
/// any other form.
pub fn generalise_postal(code: &str) -> Option<String> {
    let code = fold(code)?;
    let code = code.trim();
    let code = match code.split_once(' ') {
        Some((state, code))
            if state.len() == 2 && state.bytes().all(|b| b.is_ascii_uppercase()) =>
        {
            code
        }
        _ => code,
    };
    let is_digits =
        |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let base = match code.split_once('-') {
        Some((base, extension)) if is_digits(base, 5) && is_digits(extension, 4) => base,
        Some(_) => return None,
        None => code,
    };
    if is_digits(base, 6) {
        return Some([base.get(..2)?, "****"].concat());
    }
    if is_digits(base, 5) {
        return Some([base.get(..3)?, "**"].concat());
    }
    None
}
