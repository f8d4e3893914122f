//! `generalise:year`, `generalise:month`, `generalise:day`: a date with less of
//! it.
//!
//! What must never be here: text that is not a date. "Until now" is removed, not
//! passed on.

use super::date::Date;
use std::borrow::Cow;

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
pub fn generalise_date(date: &str, precision: Precision) -> Option<Cow<'_, str>> {
    if Date::of_whole_day(date).is_some() {
        // Written so already.
        let length = match precision {
            Precision::Year => "YYYY".len(),
            Precision::Month => "YYYY-MM".len(),
            Precision::Day => "YYYY-MM-DD".len(),
        };
        return date.get(..length).map(Cow::Borrowed);
    }
    let Date { year, month, day } = Date::read(date)?;
    let mut shown = String::with_capacity("YYYY-MM-DD".len());
    push_digits(year / 100, &mut shown);
    push_digits(year % 100, &mut shown);
    let month = month.filter(|_| precision >= Precision::Month);
    let day = day.filter(|_| precision >= Precision::Day);
    for part in [month, day].into_iter().flatten() {
        shown.push('-');
        push_digits(part, &mut shown);
    }
    Some(Cow::Owned(shown))
}

/// Two digits.
fn push_digits(number: u16, shown: &mut String) {
    for digit in [number / 10 % 10, number % 10] {
        shown.push(char::from(b'0' + u8::try_from(digit).unwrap_or(0)));
    }
}
