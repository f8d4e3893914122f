//! What numbers are when they are no contact: dates, times, amounts, addresses, versions, book
//! numbers, ranges, measures, models.
//!
//! What must never be here: a form that a telephone number can take by chance. Where the two meet,
//! [`Strength`] says which rule may still take the number.

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

    fn is_year(&self, at: usize) -> bool {
        self.arabic(at).is_some_and(|group| {
            group.len() == 4
                && group
                    .value()
                    .is_some_and(|year| (1900..2100).contains(&year))
        })
    }

    fn date(&self, at: usize) -> Option<usize> {
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
    fn compact_date(&self, at: usize) -> Option<usize> {
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
    fn after_date(&self, day: usize) -> usize {
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

    fn clock(&self, at: usize) -> Option<usize> {
        let is_clock = self.number(at, 1..=2, 24)
            && self.sign(at) == Some(':')
            && self.number(at + 1, 2..=2, 59);
        if !is_clock {
            return None;
        }
        let has_seconds = self.sign(at + 1) == Some(':') && self.number(at + 2, 2..=2, 60);
        Some(if has_seconds { at + 2 } else { at + 1 })
    }

    /// `13,800,138,000`.
    fn thousands(&self, at: usize) -> Option<usize> {
        let first = self.arabic(at)?;
        if first.len() > 3 || first.digits.starts_with('0') || self.follows_comma(at) {
            return None;
        }
        let mut last = at;
        while self.sign(last) == Some(',') && self.arabic(last + 1).is_some_and(|g| g.len() == 3) {
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

    /// An IPv4 address. One with the digits of a mobile number is believed only if it is private
    /// or announced.
    fn address(&self, at: usize) -> Option<usize> {
        let last = at + 3;
        let is_octet = |at: usize| {
            self.number(at, 1..=3, 255) && !self.groups.get(at).is_some_and(Group::starts_with_zero)
        };
        let is_address = (at..=last).all(is_octet)
            && (at..last).all(|at| self.sign(at) == Some('.'))
            && self.sign(last) != Some('.')
            && at.checked_sub(1).and_then(|before| self.sign(before)) != Some('.');
        if !is_address {
            return None;
        }
        let value = |at: usize| self.groups.get(at).and_then(Group::value).unwrap_or(0);
        let is_private = match (value(at), value(at + 1)) {
            (10 | 127, _) | (192, 168) => true,
            (172, second) => (16..32).contains(&second),
            _ => false,
        };
        let digits: usize = (at..=last)
            .filter_map(|at| self.groups.get(at))
            .map(Group::len)
            .sum();
        let from = self.groups.get(at)?.from;
        if digits == 11 && !is_private && !context::is_address(self.text, from) {
            return None;
        }
        let has_port = self.sign(last) == Some(':') && self.number(last + 1, 2..=5, 65_535);
        Some(if has_port { last + 1 } else { last })
    }

    /// An ISBN with its check digit.
    fn book(&self, at: usize) -> Option<usize> {
        let mut digits = String::new();
        let mut last = at;
        loop {
            digits.push_str(&self.arabic(last)?.digits);
            if digits.len() == 13 && is_isbn13(&digits) {
                return Some(last);
            }
            let end = self.groups.get(last)?.to;
            let check = match self.text.at(end) {
                '-' | ' ' => self.text.at(end + 1),
                other => other,
            };
            let with_check = match check {
                'x' => format!("{digits}x"),
                _ => digits.clone(),
            };
            let is_announced = || {
                let from = self.groups.get(at).map_or(0, |group| group.from);
                context::is_book(self.text, from)
            };
            if with_check.len() == 10 && is_isbn10(&with_check) && is_announced() {
                return Some(last);
            }
            if digits.len() >= 13 || !matches!(self.sign(last), Some('-' | ' ')) {
                return None;
            }
            last += 1;
        }
    }

    /// A digest or a UUID in hexadecimal digits.
    fn hash(&self, at: usize) -> Option<usize> {
        let from = self.groups.get(at)?.from;
        let is_part = |c: char| c.is_ascii_hexdigit() || c == '-';
        let start = self.text.run_back(from, is_part);
        let end = self.text.run(from, is_part);
        let token = self.text.text(start, end);
        let lengths: Vec<usize> = token.split('-').map(str::len).collect();
        let letters = token.chars().filter(char::is_ascii_lowercase).count();
        let is_hash = match *lengths {
            [32 | 40 | 64 | 96 | 128] | [8, 4, 4, 4, 12] => letters >= 3,
            _ => false,
        };
        if !is_hash || self.text.before(start).is_ascii_alphanumeric() {
            return None;
        }
        let inside = self
            .groups
            .get(at..)?
            .iter()
            .take_while(|group| group.to <= end);
        // None where a numeral goes on behind the token.
        Some(at + inside.count().checked_sub(1)?)
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

    /// Dotted numbers: `1.2.3`, `v120.0.6099.109`.
    fn version(&self, at: usize) -> Option<usize> {
        let mut last = at;
        while self.sign(last) == Some('.') && self.arabic(last + 1).is_some() {
            last += 1;
        }
        let groups = self.groups.get(at..=last)?;
        let first = groups.first()?;
        let is_short = groups.len() <= 5
            && groups.iter().all(|group| group.len() <= 5)
            && groups.iter().any(|group| group.len() <= 2)
            && !first.starts_with_zero();
        let is_named = context::is_version(self.text, first.from);
        (is_short && (groups.len() >= 3 || (is_named && groups.len() == 2))).then_some(last)
    }

    fn decimal(&self, at: usize) -> Option<usize> {
        let whole = self.arabic(at)?;
        let is_decimal = self.sign(at) == Some('.')
            && self.arabic(at + 1).is_some()
            && whole.len() + self.groups.get(at + 1)?.len() <= 12
            && !whole.starts_with_zero()
            && self.sign(at + 1) != Some('.')
            && at.checked_sub(1).and_then(|before| self.sign(before)) != Some('.');
        is_decimal.then_some(at + 1)
    }

    /// What is announced as an order, a patent, a standard, with what belongs to it.
    fn reference(&self, at: usize) -> Option<usize> {
        let first = self.arabic(at)?;
        // A code may have letters before its digits.
        let code = self
            .text
            .run_back(first.from, |c| c.is_ascii_alphabetic() || c == '-');
        let is_announced = context::is_reference(self.text, first.from)
            || (code < first.from && context::is_reference(self.text, code));
        if !is_announced {
            return None;
        }
        let mut last = at;
        while let Some(next) = self.arabic(last + 1) {
            let end = self.groups.get(last)?.to;
            let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '.');
            let between = self.text.text(end, next.from);
            let is_list = matches!(between.as_str(), "、" | "," | ", " | " / ")
                && next.len() <= 6
                && self.groups.get(last)?.len() <= 6;
            if !is_list && (next.from - end > 4 || !between.chars().all(is_code)) {
                break;
            }
            last += 1;
        }
        Some(last)
    }

    /// `10.1145/3297858.3304051`: a digital object identifier.
    fn doi(&self, at: usize) -> Option<usize> {
        let is_doi = self.arabic(at)?.digits == "10"
            && self.sign(at) == Some('.')
            && self
                .arabic(at + 1)
                .is_some_and(|registrant| (4..=5).contains(&registrant.len()))
            && self.text.at(self.groups.get(at + 1)?.to) == '/';
        if !is_doi {
            return None;
        }
        let start = self.groups.get(at + 1)?.to;
        let end = self.text.run(start, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_')
        });
        let inside = self
            .groups
            .get(at + 2..)?
            .iter()
            .take_while(|group| group.to <= end);
        Some(at + 1 + inside.count())
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
        let start = self.text.run_back(group.from, is_part);
        let end = self.text.run(group.to, is_part);
        let has_letter = self
            .text
            .characters(start, end)
            .any(|c| c.is_ascii_lowercase());
        let numbers = self
            .groups
            .iter()
            .filter(|g| g.from >= start && g.to <= end);
        has_letter && numbers.count() <= 3
    }
}

fn is_isbn13(digits: &str) -> bool {
    let weighted = digits.bytes().enumerate().map(|(at, digit)| {
        let value = u32::from(digit.saturating_sub(b'0'));
        if at % 2 == 0 { value } else { 3 * value }
    });
    (digits.starts_with("978") || digits.starts_with("979")) && weighted.sum::<u32>() % 10 == 0
}

fn is_isbn10(digits: &str) -> bool {
    let weighted = digits.chars().zip((1..=10).rev()).map(|(digit, weight)| {
        let value = digit.to_digit(10).unwrap_or(10);
        value * weight
    });
    weighted.sum::<u32>() % 11 == 0
}
