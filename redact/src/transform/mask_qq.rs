//! `mask:qq`: the first and the last digit of a QQ number.
//!
//! What must never be here: the number of digits between them.

use super::fold::fold;
use super::mask_wechat::ends;

/// Masks a QQ number of 5 to 12 digits, also one written as its address
/// (`10001@qq.com`): `10001` → `1****1`. None for anything else.
pub fn mask_qq(number: &str) -> Option<String> {
    let number = fold(number)?.to_lowercase();
    let number = number.trim();
    let number = number.strip_suffix("@qq.com").unwrap_or(number);
    is_qq(number).then(|| ends(number)).flatten()
}

pub(super) fn is_qq(number: &str) -> bool {
    (5..=12).contains(&number.len())
        && !number.starts_with('0')
        && number.bytes().all(|byte| byte.is_ascii_digit())
}
