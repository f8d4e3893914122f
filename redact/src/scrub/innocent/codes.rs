//! Internet addresses, book numbers, digests, versions, references: numbers that name something.
//!
//! What must never be here: a number that dials.

use super::{MODEL, Numbers};
use crate::scrub::context;
use crate::scrub::digits::Group;

/// More than the longest digest has, of 512 bits.
const LONGEST_HASH: usize = 140;

/// A version has so many numbers at the most.
const VERSION: usize = 5;

impl Numbers<'_> {
    /// An IPv4 address. One with the digits of a mobile number is believed only if it is private
    /// or announced.
    pub(super) fn address(&self, at: usize) -> Option<usize> {
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
    pub(super) fn book(&self, at: usize) -> Option<usize> {
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
    pub(super) fn hash(&self, at: usize) -> Option<usize> {
        let from = self.groups.get(at)?.from;
        let is_part = |c: char| c.is_ascii_hexdigit() || c == '-';
        // A longer token is none, and is not read from each of its digits.
        let start = self.text.run_back_within(from, LONGEST_HASH, is_part);
        let end = self.text.run_within(from, LONGEST_HASH, is_part);
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

    /// Dotted numbers: `1.2.3`, `v120.0.6099.109`.
    pub(super) fn version(&self, at: usize) -> Option<usize> {
        let mut last = at;
        while last - at < VERSION && self.sign(last) == Some('.') && self.arabic(last + 1).is_some()
        {
            last += 1;
        }
        let groups = self.groups.get(at..=last)?;
        let first = groups.first()?;
        let is_short = groups.len() <= VERSION
            && groups.iter().all(|group| group.len() <= 5)
            && groups.iter().any(|group| group.len() <= 2)
            && !first.starts_with_zero();
        let is_named = context::is_version(self.text, first.from);
        (is_short && (groups.len() >= 3 || (is_named && groups.len() == 2))).then_some(last)
    }

    pub(super) fn decimal(&self, at: usize) -> Option<usize> {
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
    pub(super) fn reference(&self, at: usize) -> Option<usize> {
        let first = self.arabic(at)?;
        // A code may have letters before its digits.
        let is_code = |c: char| c.is_ascii_alphabetic() || c == '-';
        let code = self.text.run_back_within(first.from, MODEL, is_code);
        let is_announced = context::is_reference(self.text, first.from)
            || (code < first.from
                && first.from - code < MODEL
                && context::is_reference(self.text, code));
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
    pub(super) fn doi(&self, at: usize) -> Option<usize> {
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
