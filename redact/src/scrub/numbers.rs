//! Groups of digits, what is innocent among them, and what stands between two.
//!
//! What must never be here: a rule. Rules ask this for runs of groups and say what they are.

use super::digits::Group;
use super::fold::Folded;
use super::innocent::{self, Innocent, Strength};

/// The digits of a text with all that rules ask about them.
pub(crate) struct Numbers<'t> {
    pub(crate) text: &'t Folded,
    pub(crate) groups: Vec<Group>,
    innocent: Vec<Option<Innocent>>,
}

/// What stands between two groups of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gap {
    /// At most three blanks, dashes, dots or brackets.
    Tight,
    /// Any signs, no letters.
    Loose,
    /// Something else, or too much.
    Apart,
}

/// What is said for a separator.
const SPOKEN_SEPARATORS: &[&str] = &[
    "杠", "横", "横杠", "横线", "减", "空格", "空", "点", "转", "再", "然后", "后面", "接", "接着",
    "和", "dash", "hyphen", "minus", "space", "dot", "then", "and", "point",
];

impl<'t> Numbers<'t> {
    /// `allowed` are the digits of issued numbers.
    pub(crate) fn new(text: &'t Folded, groups: Vec<Group>, allowed: &[String]) -> Self {
        let mut numbers = Self {
            text,
            innocent: vec![None; groups.len()],
            groups,
        };
        for found in innocent::find(text, &numbers.groups) {
            numbers.mark(found);
        }
        if !allowed.is_empty() {
            for (first, last, digits) in numbers.runs(Gap::Loose, 24) {
                let is_allowed = |number: &String| {
                    digits
                        .strip_suffix(number.as_str())
                        .is_some_and(|prefix| matches!(prefix, "" | "86" | "0086" | "0"))
                };
                if allowed.iter().any(is_allowed) {
                    numbers.mark(Innocent {
                        first,
                        last,
                        strength: Strength::Allowed,
                    });
                }
            }
        }
        numbers
    }

    fn mark(&mut self, innocent: Innocent) {
        let covered = self.innocent.get_mut(innocent.first..=innocent.last);
        for slot in covered.unwrap_or_default() {
            *slot = Some(innocent);
        }
    }

    pub(crate) fn innocent(&self, group: usize) -> Option<Innocent> {
        self.innocent.get(group).copied().flatten()
    }

    /// Whether a group has an innocent form at least so strong.
    pub(crate) fn is_innocent(&self, group: usize, strength: Strength) -> bool {
        self.innocent(group)
            .is_some_and(|found| found.strength >= strength)
    }

    /// Whether innocent forms speak against a run of groups: they cover it, or it would cut one.
    pub(crate) fn is_outweighed(&self, first: usize, last: usize, strength: Strength) -> bool {
        let strong = |group| {
            self.innocent(group)
                .filter(|found| found.strength >= strength)
        };
        let cuts = strong(first).is_some_and(|found| found.first < first)
            || strong(last).is_some_and(|found| found.last > last);
        let is_covered = (first..=last).all(|group| strong(group).is_some());
        let is_allowed = (first..=last).any(|group| self.is_innocent(group, Strength::Allowed));
        cuts || is_covered || is_allowed
    }

    /// Whether a run only comes about by joining a whole date, a time, or a private Internet address to
    /// digits with more than a blank or a dash between.
    pub(crate) fn joins_a_date(&self, first: usize, last: usize) -> bool {
        let digits = |group: usize| {
            let group = self.groups.get(group);
            group.map_or("", |group| group.digits.as_str())
        };
        let whole = |group| {
            self.innocent(group).filter(|found| {
                let year = Some(digits(found.first)).filter(|digits| digits.len() == 4);
                let year = year.and_then(|year| year.parse::<u16>().ok());
                // As those of a life's work are.
                let is_date = year.is_some_and(|year| (1950..2050).contains(&year));
                let is_private = matches!(
                    (digits(found.first), digits(found.first + 1)),
                    ("192", "168") | ("127", "0")
                );
                let colon = self
                    .groups
                    .get(found.first)
                    .map(|group| self.text.at(group.to));
                let is_clock = colon == Some(':');
                found.strength == Strength::Strong
                    && found.last > found.first
                    && (is_date || is_private || is_clock)
                    && !self.has_marks(found)
            })
        };
        // What has pieces of a number on both sides is one itself.
        let goes_on = |before: usize, group: usize| {
            (first..last).contains(&before) && !self.is_innocent(group, Strength::Strong)
        };
        (first..last).any(|group| {
            let ends = whole(group).is_some_and(|found| {
                let before = found.first.checked_sub(1);
                found.last == group && !before.is_some_and(|before| goes_on(before, before))
            });
            let begins = whole(group + 1).is_some_and(|found| {
                found.first == group + 1 && !goes_on(found.last, found.last + 1)
            });
            (ends || begins) && self.gap(group) == Gap::Loose
        })
    }

    /// Whether something is in an innocent form that is not seen, or seen on its digits: nobody writes
    /// a date so.
    fn has_marks(&self, found: &Innocent) -> bool {
        let span = self.span(found.first, found.last);
        let units = span.map_or(&[][..], |(from, to)| self.text.slice(from, to));
        let inside = units.split_last().map_or(units, |(_, inside)| inside);
        inside.iter().any(|unit| unit.is_marked)
    }

    pub(crate) fn gap(&self, group: usize) -> Gap {
        let (Some(one), Some(next)) = (self.groups.get(group), self.groups.get(group + 1)) else {
            return Gap::Apart;
        };
        let (from, to) = (one.to, next.from);
        let between = self.text.slice(from, to);
        let is_tight = |c: char| {
            matches!(
                c,
                ' ' | '-' | '.' | '(' | ')' | '~' | '_' | '·' | '\u{2010}'
                    ..='\u{2015}' | '\u{2212}'
            )
        };
        if between.len() <= 3 && between.iter().all(|unit| is_tight(unit.character)) {
            return Gap::Tight;
        }
        let signs = between
            .iter()
            .filter(|unit| !unit.character.is_whitespace())
            .count();
        if between.iter().all(|unit| !unit.character.is_alphanumeric()) {
            return match signs <= 8 && between.len() <= 40 {
                true => Gap::Loose,
                false => Gap::Apart,
            };
        }
        if signs > 8 {
            return Gap::Apart;
        }
        let words: String = between
            .iter()
            .map(|unit| unit.character)
            .filter(|character| character.is_alphanumeric())
            .collect();
        match SPOKEN_SEPARATORS.contains(&words.as_str()) {
            true => Gap::Loose,
            false => Gap::Apart,
        }
    }

    /// All runs of groups whose gaps are at most so wide and whose digits at most so many: first,
    /// last, digits.
    pub(crate) fn runs(&self, widest: Gap, most: usize) -> Vec<(usize, usize, String)> {
        let gaps: Vec<Gap> = (0..self.groups.len()).map(|at| self.gap(at)).collect();
        let mut runs = Vec::new();
        for first in 0..self.groups.len() {
            let mut digits = String::new();
            for (last, group) in self.groups.iter().enumerate().skip(first) {
                digits.push_str(&group.digits);
                if digits.len() > most {
                    break;
                }
                runs.push((first, last, digits.clone()));
                if gaps.get(last).is_none_or(|gap| *gap > widest) {
                    break;
                }
            }
        }
        runs
    }

    /// The lengths of the groups of a run.
    pub(crate) fn shape(&self, first: usize, last: usize) -> Vec<usize> {
        let groups = self.groups.get(first..=last).unwrap_or_default();
        groups.iter().map(Group::len).collect()
    }

    /// Where a run begins and ends in the text.
    pub(crate) fn span(&self, first: usize, last: usize) -> Option<(usize, usize)> {
        Some((self.groups.get(first)?.from, self.groups.get(last)?.to))
    }
}
