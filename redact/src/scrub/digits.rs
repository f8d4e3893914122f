//! The digits of a text in groups: runs that nothing interrupts, in any script.
//!
//! What must never be here: a judgement. Whether a group is a telephone number, a date or neither
//! is for others to say.

use super::fold::Folded;
use super::glyphs::{digit_look_alike, han_digit, homophone};
use super::{han, numerals, words};

/// How a group is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// Arabic digits only.
    Arabic,
    /// Chinese numerals, or a mixture.
    Han,
    /// An English word or a few.
    Word,
    /// A pinyin syllable or a few.
    Pinyin,
    /// Letters or signs among digits, or in their place.
    LookAlike,
}

/// Digits in a row.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// ASCII digits.
    pub(crate) digits: String,
    /// Units of the folded text.
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) script: Script,
    /// How many digits are digits and not letters.
    pub(crate) genuine: usize,
}

impl Group {
    pub(crate) fn len(&self) -> usize {
        self.digits.len()
    }

    pub(crate) fn is_arabic(&self) -> bool {
        self.script == Script::Arabic
    }

    /// The value, where it is short enough to have one.
    pub(crate) fn value(&self) -> Option<u64> {
        self.digits.parse().ok()
    }

    pub(crate) fn starts_with_zero(&self) -> bool {
        self.digits.len() > 1 && self.digits.starts_with('0')
    }
}

/// Which letters stand for digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// None do.
    Plain,
    /// `l38OOl38OOO`: in runs that hold nothing else.
    LookAlikes,
}

/// All groups of a text, in order.
pub(crate) fn groups(text: &Folded, reading: Reading) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let starts_run = || !text.before(at).is_alphanumeric();
        let group = match reading {
            Reading::LookAlikes if starts_run() => look_alike(text, at),
            _ => None,
        };
        match group.or_else(|| group_at(text, at)) {
            Some(group) => {
                at = group.to.max(at + 1);
                groups.push(group);
            }
            None => at += 1,
        }
    }
    groups
}

fn group_at(text: &Folded, from: usize) -> Option<Group> {
    let first = text.at(from);
    if first.is_ascii_lowercase() {
        if text.before(from).is_ascii_lowercase() {
            return None;
        }
        let spoken = words::read(text, from)?;
        return Some(Group {
            genuine: spoken.digits.len(),
            digits: spoken.digits,
            from,
            to: spoken.to,
            script: match spoken.is_pinyin {
                true => Script::Pinyin,
                false => Script::Word,
            },
        });
    }
    let mut digits = String::new();
    let mut script = Script::Arabic;
    let mut at = from;
    loop {
        let character = text.at(at);
        if character.is_ascii_digit() {
            digits.push(character);
            at += 1;
            continue;
        }
        if character.is_ascii() {
            break;
        }
        let after_arabic = text.before(at).is_ascii_digit() && !digits.is_empty();
        if let Some(zeros) = numerals::trailing_zeros(character).filter(|_| after_arabic) {
            digits.push_str(zeros);
            script = Script::Han;
            at += 1;
            continue;
        }
        let Some(numeral) = numerals::read(text, at) else {
            break;
        };
        digits.push_str(&numeral.digits);
        script = Script::Han;
        at = numeral.to;
    }
    (!digits.is_empty()).then_some(Group {
        genuine: digits.len(),
        digits,
        from,
        to: at,
        script,
    })
}

/// A run of digits and letters like digits, and of nothing else.
fn look_alike(text: &Folded, from: usize) -> Option<Group> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || digit_look_alike(c).is_some();
    let to = text.run(from, is_part);
    let mut digits = String::new();
    let mut genuine = 0;
    for character in text.characters(from, to) {
        if character.is_ascii_digit() {
            digits.push(character);
            genuine += 1;
        } else {
            digits.push(char::from(b'0' + digit_look_alike(character)?));
        }
    }
    // Without one digit only zeros and ones are believed, and only a few.
    let is_believed = match genuine {
        0 => digits.len() <= 5 && digits.bytes().all(|digit| digit <= b'1'),
        count => count < digits.len(),
    };
    (is_believed && !digits.is_empty()).then_some(Group {
        digits,
        from,
        to,
        script: Script::LookAlike,
        genuine,
    })
}

/// Runs of at least eleven numerals and words that sound like them.
pub(crate) fn homophones(text: &Folded) -> Vec<Group> {
    let table = han::table();
    let digit = |c: char| {
        // None of the others is ASCII.
        if c.is_ascii() {
            return c.to_digit(10).and_then(|digit| u8::try_from(digit).ok());
        }
        let is_passed = han::flags(table, u32::from(c)).is_some_and(|f| f & han::NUMERAL == 0);
        match is_passed {
            true => None,
            false => han_digit(c).or(homophone(c)),
        }
    };
    let mut groups = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if digit(text.at(at)).is_none() {
            at += 1;
            continue;
        }
        let to = text.run(at, |c| digit(c).is_some());
        let sounds = text.characters(at, to).any(|c| homophone(c).is_some());
        if to - at >= 11 && sounds {
            let digits = text.characters(at, to).filter_map(digit);
            groups.push(Group {
                digits: digits.map(|digit| char::from(b'0' + digit)).collect(),
                from: at,
                to,
                script: Script::Han,
                genuine: to - at,
            });
        }
        at = to + 1;
    }
    groups
}
