//! Whether a whole value is a date, as résumés write them.
//!
//! What must never be here: dates inside text; the detector knows those.

/// `2015`, `2015-03`, `2015-03-09`, with a time behind or not (ISO 8601).
pub(super) fn is_date(text: &str) -> bool {
    let date = text.split(['T', ' ']).next().unwrap_or_default();
    let lengths = date.split(['-', '/', '.']).map(str::len);
    let is_digits = date
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/' | b'.'));
    let is_year = date.starts_with("19") || date.starts_with("20");
    let shape: Vec<usize> = lengths.take(4).collect();
    is_digits && is_year && matches!(*shape, [4] | [4, 1 | 2] | [4, 1 | 2, 1 | 2])
}
