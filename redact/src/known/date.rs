//! Whether a whole value is a date, as résumés write them.
//!
//! What must never be here: dates inside text; the detector knows those.

/// `2015`, `2015-03`, `2015-03-09`, with a time behind or not (ISO 8601).
pub(super) fn is_date(text: &str) -> bool {
    // Nearly every text ends here.
    if !(text.starts_with("19") || text.starts_with("20")) {
        return false;
    }
    // As policies show most of them.
    if let [_, _, y, z, b'-', m, n] = text.as_bytes() {
        return [y, z, m, n].iter().all(|byte| byte.is_ascii_digit());
    }
    let date = text.split(['T', ' ']).next().unwrap_or_default();
    let mut parts = date.split(['-', '/', '.']);
    let year = parts.next().map_or(0, str::len);
    let is_short = |part: Option<&str>| part.is_none_or(|part| (1..=2).contains(&part.len()));
    let (month, day) = (parts.next(), parts.next());
    let is_digits = date
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/' | b'.'));
    year == 4 && is_short(month) && is_short(day) && parts.next().is_none() && is_digits
}
