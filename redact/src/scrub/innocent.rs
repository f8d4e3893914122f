//! What numbers are when they are no contact: dates, times, amounts, addresses, versions, book
//! numbers, ranges, measures, models.
//!
//! What must never be here: a form that a telephone number can take by chance. Where the two meet,
//! [`Strength`] says which rule may still take the number.

mod codes;
mod time;

use super::context;
use super::digits::Group;
use super::fold::Folded;

/// How much an innocent form outweighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// A number with a measure, part of a model's name: does not count as dense text, as long as
    /// nothing around it looks like a part of a number.
    Weak,
    /// A version, a decimal, a reference: outweighs every rule but that of mobile numbers.
    Plain,
    /// A date, an amount with separators, an Internet address, a checked book number: outweighs
    /// them all.
    Strong,
    /// An issued number.
    Allowed,
}

/// Groups that together have an innocent form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Innocent {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) strength: Strength,
}

/// Finds the innocent forms of a text, from left to right, without overlaps.
pub(crate) fn find(text: &Folded, groups: &[Group]) -> Vec<Innocent> {
    let numbers = Numbers { text, groups };
    let mut found = Vec::new();
    let mut at = 0;
    while at < groups.len() {
        let innocent = numbers.strongest(at);
        at = innocent.map_or(at, |innocent| innocent.last) + 1;
        found.extend(innocent);
    }
    found
}

/// No word with a model's number goes on for so long before it, or behind it.
const MODEL: usize = 64;

/// No sum has so many groups of three digits.
const THOUSANDS: usize = 8;

struct Numbers<'t> {
    text: &'t Folded,
    groups: &'t [Group],
}

impl Numbers<'_> {
    fn strongest(&self, at: usize) -> Option<Innocent> {
        let innocent = |last, strength| Innocent {
            first: at,
            last,
            strength,
        };
        let from = self.groups.get(at)?.from;
        // A number that is announced as a telephone number is not taken for anything else.
        if context::is_phone(self.text, from) {
            return self.date(at).map(|last| innocent(last, Strength::Strong));
        }
        let reference = self.reference(at).or_else(|| self.doi(at));
        if let Some(last) = reference.filter(|last| *last > self.date(at).unwrap_or(at)) {
            let strength = match self.book(at) == reference {
                true => Strength::Strong,
                false => Strength::Plain,
            };
            return Some(innocent(last, strength));
        }
        let strong = self
            .date(at)
            .or_else(|| self.clock(at))
            .or_else(|| self.thousands(at))
            .or_else(|| self.address(at))
            .or_else(|| self.book(at))
            .or_else(|| self.hash(at))
            .or_else(|| self.is_sum_in_numerals(at).then_some(at));
        if let Some(last) = strong {
            return Some(innocent(last, Strength::Strong));
        }
        if let Some((last, strength)) = self.range(at) {
            return Some(innocent(last, strength));
        }
        let plain = self
            .version(at)
            .or_else(|| self.decimal(at))
            .or_else(|| self.is_share(at).then_some(at))
            .or(reference);
        if let Some(last) = plain {
            return Some(innocent(last, Strength::Plain));
        }
        self.is_measure_or_model(at)
            .then(|| innocent(at, Strength::Weak))
    }

    fn arabic(&self, at: usize) -> Option<&Group> {
        self.groups.get(at).filter(|group| group.is_arabic())
    }

    /// The one character between a group and the next.
    fn sign(&self, at: usize) -> Option<char> {
        let (group, next) = (self.groups.get(at)?, self.groups.get(at + 1)?);
        (group.to + 1 == next.from).then(|| self.text.at(group.to))
    }

    fn number(&self, at: usize, lengths: std::ops::RangeInclusive<usize>, most: u64) -> bool {
        self.arabic(at).is_some_and(|group| {
            lengths.contains(&group.len()) && group.value().is_some_and(|value| value <= most)
        })
    }

    fn is_positive(&self, at: usize, most: u64) -> bool {
        self.number(at, 1..=2, most)
            && self
                .groups
                .get(at)
                .and_then(Group::value)
                .is_some_and(|v| v > 0)
    }

    /// `13,800,138,000`.
    fn thousands(&self, at: usize) -> Option<usize> {
        let first = self.arabic(at)?;
        if first.len() > 3 || first.digits.starts_with('0') || self.follows_comma(at) {
            return None;
        }
        let mut last = at;
        while last - at < THOUSANDS
            && self.sign(last) == Some(',')
            && self.arabic(last + 1).is_some_and(|g| g.len() == 3)
        {
            last += 1;
        }
        if last == at || self.sign(last) == Some(',') {
            return None;
        }
        if self.sign(last) == Some('.') && self.number(last + 1, 1..=4, u64::MAX) {
            last += 1;
        }
        Some(last)
    }

    /// Whether other digits stand right before or after groups, with a sign or a blank between.
    fn is_beside(&self, first: usize, last: usize) -> bool {
        let is_near = |at: usize| {
            let (Some(group), Some(next)) = (self.groups.get(at), self.groups.get(at + 1)) else {
                return false;
            };
            let mut between = self.text.characters(group.to, next.from);
            next.from - group.to <= 3
                && between.all(|c| !c.is_alphanumeric() && !matches!(c, ',' | '，' | '、'))
        };
        first.checked_sub(1).is_some_and(is_near) || is_near(last)
    }

    fn follows_comma(&self, at: usize) -> bool {
        at.checked_sub(1).and_then(|before| self.sign(before)) == Some(',')
    }

    /// `8000-10000`: two numbers of like size, ascending. One with the digits of a mobile number
    /// has to be money.
    fn range(&self, at: usize) -> Option<(usize, Strength)> {
        let (low, high) = (self.arabic(at)?, self.arabic(at + 1)?);
        let from = low.to;
        let between = self.text.text(from, high.from);
        let is_joined = matches!(
            between.trim(),
            "-" | "~" | "–" | "—" | "−" | "至" | "到" | "to" | "k-" | "k~"
        );
        let is_number =
            |group: &Group| (1..=6).contains(&group.len()) && !group.digits.starts_with('0');
        let is_apart = !self.is_beside(at, at + 1);
        let is_range = is_joined
            && is_apart
            && is_number(low)
            && is_number(high)
            && high.len().abs_diff(low.len()) <= 1
            && low.value() < high.value();
        if !is_range {
            return None;
        }
        let is_round = |group: &Group| group.value().is_some_and(|value| value % 100 == 0);
        let is_money = context::is_money(self.text, low.from)
            || context::is_priced(self.text, low.from)
            || context::is_measured(self.text, high.to);
        let strength = match is_round(low) && is_round(high) {
            true if is_money => Strength::Strong,
            true => Strength::Plain,
            // Two halves of a number look like this too.
            false if is_money || low.len() + high.len() < 8 => Strength::Weak,
            false => return None,
        };
        Some((at + 1, strength))
    }

    /// `一百三十八亿`: a round sum.
    fn is_sum_in_numerals(&self, at: usize) -> bool {
        self.groups.get(at).is_some_and(|group| {
            let ends_in_unit = matches!(self.text.before(group.to), '万' | '亿' | '萬' | '億');
            ends_in_unit && group.digits.ends_with("0000") && !self.is_beside(at, at)
        })
    }

    /// `600519.SH`: a share and its exchange.
    fn is_share(&self, at: usize) -> bool {
        self.arabic(at).is_some_and(|group| {
            let is_exchange = ["sh", "sz", "bj", "hk", "ss"].iter().any(|exchange| {
                self.text.at(group.to) == '.' && self.text.has(group.to + 1, exchange)
            });
            (4..=6).contains(&group.len()) && is_exchange
        })
    }

    fn is_measure_or_model(&self, at: usize) -> bool {
        let Some(group) = self.arabic(at) else {
            return false;
        };
        if group.len() > 9 || group.starts_with_zero() {
            return false;
        }
        let is_round = group.len() >= 4 && group.digits.ends_with("000") && !self.is_beside(at, at);
        if is_round
            || context::is_measured(self.text, group.to)
            || context::is_priced(self.text, group.from)
        {
            return true;
        }
        // `i9-13900K`, `DDR5-6000`: letters at the number, and few numbers in the word.
        if group.len() > 6 {
            return false;
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let start = self.text.run_back_within(group.from, MODEL, is_part);
        let end = self.text.run_within(group.to, MODEL, is_part);
        if group.from - start == MODEL || end - group.to == MODEL {
            return false;
        }
        let has_letter = self
            .text
            .characters(start, end)
            .any(|c| c.is_ascii_lowercase());
        let first = self.groups.partition_point(|g| g.from < start);
        let numbers = self.groups.iter().skip(first).take(4);
        has_letter && numbers.take_while(|g| g.to <= end).count() <= 3
    }
}
