//! Dates and times of day.
//!
//! What must never be here: a duration; that is a measure.

use super::Numbers;

impl Numbers<'_> {
    pub(super) fn date(&self, at: usize) -> Option<usize> {
        if let Some(last) = self.compact_date(at) {
            return Some(last);
        }
        if self.is_year(at) {
            let Some(sign @ ('-' | '/' | '.' | '年')) = self.sign(at) else {
                return Some(at);
            };
            if !self.is_positive(at + 1, 12) {
                return Some(at);
            }
            let is_day = match self.sign(at + 1) {
                Some('月') => sign == '年' || sign == '.',
                other => other == Some(sign),
            };
            if is_day && self.is_positive(at + 2, 31) {
                return Some(self.after_date(at + 2));
            }
            return Some(at + 1);
        }
        // Day, month and year in the other orders.
        let sign = self
            .sign(at)
            .filter(|sign| matches!(sign, '/' | '-' | '.'))?;
        if !self.is_positive(at, 31) {
            return None;
        }
        if self.is_year(at + 1) && self.is_positive(at, 12) {
            return Some(at + 1);
        }
        let is_whole = self.sign(at + 1) == Some(sign) && self.is_positive(at + 1, 31);
        (is_whole && self.is_year(at + 2)).then_some(at + 2)
    }

    /// `20150309`, `201503` and with a time of day behind.
    pub(super) fn compact_date(&self, at: usize) -> Option<usize> {
        let group = self.arabic(at)?;
        let part = |range| -> Option<u64> {
            let digits: &str = group.digits.get(range)?;
            digits.parse().ok()
        };
        let is_month = (1950..2050).contains(&part(0..4)?) && (1..=12).contains(&part(4..6)?);
        let is_day = || (1..=31).contains(&part(6..8).unwrap_or(0));
        let is_time = || {
            part(8..10).is_some_and(|hour| hour < 24)
                && part(10..12).is_some_and(|minute| minute < 60)
        };
        let is_date = match group.len() {
            6 => is_month,
            8 => is_month && is_day(),
            12 | 14 => is_month && is_day() && is_time(),
            _ => false,
        };
        is_date.then_some(at)
    }

    /// The time of day and the zone behind a date.
    pub(super) fn after_date(&self, day: usize) -> usize {
        if !matches!(self.sign(day), Some(' ' | 't')) {
            return day;
        }
        let Some(mut last) = self.clock(day + 1) else {
            return day;
        };
        if self.sign(last) == Some('.') && self.number(last + 1, 1..=9, u64::MAX) {
            last += 1;
        }
        if matches!(self.sign(last), Some('+' | '-')) {
            last = self
                .clock(last + 1)
                .unwrap_or(match self.number(last + 1, 4..=4, 1400) {
                    true => last + 1,
                    false => last,
                });
        }
        last
    }

    pub(super) fn clock(&self, at: usize) -> Option<usize> {
        let is_clock = self.number(at, 1..=2, 24)
            && self.sign(at) == Some(':')
            && self.number(at + 1, 2..=2, 59);
        if !is_clock {
            return None;
        }
        let has_seconds = self.sign(at + 1) == Some(':') && self.number(at + 2, 2..=2, 60);
        Some(if has_seconds { at + 2 } else { at + 1 })
    }

    pub(super) fn is_year(&self, at: usize) -> bool {
        self.arabic(at).is_some_and(|group| {
            group.len() == 4
                && group
                    .value()
                    .is_some_and(|year| (1900..2100).contains(&year))
        })
    }
}
