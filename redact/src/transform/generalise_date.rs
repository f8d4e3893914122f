//! `generalise:year`, `generalise:month`, `generalise:day`: a date with less of
//! it.
//!
//! What must never be here: text that is not a date. "Until now" is removed, not
//! passed on.

use super::date::Date;

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

/// Shows a date ([`Date::read`]) in ISO 8601 form and at most this precise; the
/// parts that the date does not have are not made up. None for anything else.
pub fn generalise_date(date: &str, precision: Precision) -> Option<String> {
    let Date { year, month, day } = Date::read(date)?;
    Some(match (precision, month, day) {
        (Precision::Day, Some(month), Some(day)) => format!("{year}-{month:02}-{day:02}"),
        (Precision::Day | Precision::Month, Some(month), _) => format!("{year}-{month:02}"),
        _ => year.to_string(),
    })
}
