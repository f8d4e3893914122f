//! `mask:wechat`: the first and the last character of a WeChat id.
//!
//! What must never be here: the number of characters between them. The stars are
//! always four.

use super::fold::fold;
use super::mask_phone::chinese_mobile;
use super::mask_qq::is_qq;
use super::phone_region::PhoneRegion;

/// Masks a WeChat id: `zhangsan_88` → `z****8`. An id is a letter and 5 to 19
/// letters, digits, `_` or `-`, or a Chinese mobile number without its country
/// code (`+86 138 0013 8000` → `1****0`), or a QQ number. None for anything else.
pub fn mask_wechat(id: &str) -> Option<String> {
    let id = fold(id)?;
    let id = id.trim();
    if is_wechat(id) || is_qq(id) {
        return ends(id);
    }
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    let (head, tail) = chinese_mobile(id, &digits, PhoneRegion::Unknown)?;
    ends(&format!("{head}{tail}"))
}

fn is_wechat(id: &str) -> bool {
    (6..=20).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The first and the last character with four stars between them.
pub(super) fn ends(text: &str) -> Option<String> {
    let (first, last) = (text.chars().next()?, text.chars().last()?);
    Some(format!("{first}****{last}"))
}
