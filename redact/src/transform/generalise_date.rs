//! `generalise:year`, `generalise:month`, `generalise:day`: a date with less of
//! it.
//!
//! What must never be here: text that is not a date. "Until now" is removed, not
//! passed on.

use super::fold::fold;

/// How much of a date is shown at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// `YYYY`.
    Year,
    /// `YYYY-MM`.
    Month,
    /// `YYYY-MM-DD`.
    Day,
}

/// Shows a date in ISO 8601 form and at most this precise; the parts that the
/// date does not have are not made up.
///
/// Understood are `YYYY`, `YYYY-MM` and `YYYY-MM-DD`, also with `/`, `.` or
/// `年月日` and with one digit for month and day, and an ISO 8601 time after the
/// day (its zone is not applied). None for anything else and for years outside
/// 1000 to 2999, which JSON Resume's schema does not allow.
pub fn generalise_date(date: &str, precision: Precision) -> Option<String> {
    let date = fold(date)?;
    let date = match date.trim().split_once(['T', ' ']) {
        Some((date, time)) if is_time(time) => date,
        Some(_) => return None,
        None => date.trim(),
    };
    let date = date.strip_suffix(['日', '月', '年']).unwrap_or(date);
    let mut parts = date.split(['-', '/', '.', '年', '月']);
    let year = number(parts.next()?, 4, 1000..=2999)?;
    let month = match parts.next() {
        Some(month) => Some(number(month, 2, 1..=12)?),
        None => None,
    };
    let day = match parts.next() {
        Some(day) => Some(number(day, 2, 1..=31)?),
        None => None,
    };
    if parts.next().is_some() {
        return None;
    }
    Some(match (precision, month, day) {
        (Precision::Day, Some(month), Some(day)) => format!("{year}-{month:02}-{day:02}"),
        (Precision::Day | Precision::Month, Some(month), _) => format!("{year}-{month:02}"),
        _ => year.to_string(),
    })
}

fn number(digits: &str, most: usize, range: std::ops::RangeInclusive<u16>) -> Option<u16> {
    let is_number = digits.len() <= most && digits.bytes().all(|byte| byte.is_ascii_digit());
    let value = digits.parse().ok().filter(|_| is_number)?;
    range.contains(&value).then_some(value)
}

fn is_time(time: &str) -> bool {
    time.starts_with(|c: char| c.is_ascii_digit())
        && time
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | '+' | '-' | 'Z'))
}
