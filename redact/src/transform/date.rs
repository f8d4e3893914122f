//! Dates as résumés write them, and years between two of them.
//!
//! What must never be here: the clock. The day of the request is a fact.

use super::fold::fold;

/// A date of the proleptic Gregorian calendar, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// 1000 to 2999 where it is read from text.
    pub year: u16,
    /// 1 to 12.
    pub month: Option<u16>,
    /// 1 to 31; none without a month.
    pub day: Option<u16>,
}

const MILLISECONDS_A_DAY: i64 = 86_400_000;

impl Date {
    /// Reads `YYYY`, `YYYY-MM` and `YYYY-MM-DD`, also with `/`, `.` or `年月日`
    /// and with one digit for month and day, and an ISO 8601 time after the day
    /// (its zone is not applied). None for anything else and for years outside
    /// 1000 to 2999, which JSON Resume's schema does not allow.
    pub fn read(text: &str) -> Option<Self> {
        if let Some(date) = Self::of_whole_day(text) {
            return Some(date);
        }
        let text = fold(text)?;
        let date = match text.trim().split_once(['T', ' ']) {
            Some((date, time)) if is_time(time) => date,
            Some(_) => return None,
            None => text.trim(),
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
        match parts.next() {
            Some(_) => None,
            None => Some(Self { year, month, day }),
        }
    }

    /// Reads `YYYY-MM-DD` and nothing else: what nearly every date is.
    pub(super) fn of_whole_day(text: &str) -> Option<Self> {
        let digits = |bytes: &[u8]| {
            bytes.iter().try_fold(0_u16, |value, byte| {
                let digit = byte.wrapping_sub(b'0');
                (digit < 10).then_some(value * 10 + u16::from(digit))
            })
        };
        let [a, b, c, d, b'-', e, f, b'-', g, h] = *text.as_bytes() else {
            return None;
        };
        let (year, month, day) = (digits(&[a, b, c, d])?, digits(&[e, f])?, digits(&[g, h])?);
        let is_date =
            (1000..=2999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        is_date.then_some(Self {
            year,
            month: Some(month),
            day: Some(day),
        })
    }

    /// The day (UTC) of a time in milliseconds since 1970-01-01T00:00:00Z; none
    /// outside the years 0 to 9999.
    pub fn of_milliseconds(milliseconds: i64) -> Option<Self> {
        // Days since 0000-03-01, so that a leap day ends its year, and 400 years
        // of 146 097 days: every quotient below counts whole periods of them.
        let days = milliseconds.div_euclid(MILLISECONDS_A_DAY) + 719_468;
        let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year + i64::from(month <= 2);
        Some(Self {
            year: u16::try_from(year).ok().filter(|year| *year <= 9999)?,
            month: u16::try_from(month).ok(),
            day: u16::try_from(day).ok(),
        })
    }

    /// Whole years from this date to `later`. A date that is known in part
    /// counts as the last day that it may be, so the years are the fewest. None
    /// if it is after `later`.
    pub fn years_until(self, later: Self) -> Option<u16> {
        let last = |date: Self| (date.month.unwrap_or(12), date.day.unwrap_or(31));
        let years = later.year.checked_sub(self.year)?;
        years.checked_sub(u16::from(last(later) < last(self)))
    }
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

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn days_of_times() {
        for (milliseconds, date) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400_000, "2000-02-29"),
            (951_868_799_999, "2000-02-29"),
            (951_868_800_000, "2000-03-01"),
            (1_619_604_184_000, "2021-04-28"),
            (4_107_542_400_000, "2100-03-01"),
        ] {
            assert_eq!(
                Date::of_milliseconds(milliseconds),
                Date::read(date),
                "{date}"
            );
        }
        assert_eq!(Date::of_milliseconds(i64::MAX), None);
        assert_eq!(Date::of_milliseconds(i64::MIN), None);
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut before = (1599, 12, 31);
        for day in (-135_140..).take(146_097 * 2) {
            let date = Date::of_milliseconds(day * super::MILLISECONDS_A_DAY).unwrap();
            let date = (date.year, date.month.unwrap(), date.day.unwrap());
            let is_leap =
                |y: u16| y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400));
            let last = match before.1 {
                2 => 28 + u16::from(is_leap(before.0)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            let next = match before {
                (year, 12, 31) => (year + 1, 1, 1),
                (year, month, day) if day == last => (year, month + 1, 1),
                (year, month, day) => (year, month, day + 1),
            };
            assert_eq!(date, next);
            before = date;
        }
    }
}
