//! Codes in any text: a pasted paragraph, a whole document, its JSON with escapes.
//!
//! What must never be here: a guess. A code counts when its check sum holds; what is too damaged for
//! that is kept for [`Trace::suspects`], which says how sure it is.

use super::{ALPHABET, LENGTH, Symbol, at, read};
use crate::mark_id::MarkId;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Missing characters that are filled in by trying all values: at twelve, a chance run of characters
/// passes for a code once in a million.
const MAX_MISSING: usize = 12;

/// Fewer characters say too little to be compared with a ledger.
const MIN_DAMAGED: usize = 24;

/// What the invisible characters of a text say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The codes whose check sum holds, by mark id.
    pub codes: Vec<FoundCode>,
    /// Runs that are no whole code.
    pub(super) damaged: Vec<Run>,
}

/// A code that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCode {
    /// The mark id it carries.
    pub mark_id: MarkId,
    /// How often it was found.
    pub copies: usize,
    /// How many of these were whole.
    pub whole: usize,
}

/// Characters of one damaged code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// Each character with the least place that it can have.
    pub(super) symbols: Vec<(usize, bool)>,
}

impl Trace {
    /// Reads a text. JSON's escapes of the code's characters (`\u200b`) are read as well.
    pub fn of(text: &str) -> Self {
        let text = &unescaped(text);
        let mut found = BTreeMap::<MarkId, FoundCode>::new();
        let mut add = |mark_id: MarkId, whole: bool| {
            let code = found.entry(mark_id).or_insert(FoundCode {
                mark_id,
                copies: 0,
                whole: 0,
            });
            code.copies += 1;
            code.whole += usize::from(whole);
        };
        let mut damaged = Vec::new();
        let visible = |c: char| Symbol::read(c).is_none();
        for run in text.split(visible).filter(|run| !run.is_empty()) {
            let symbols: Vec<Symbol> = run.chars().filter_map(Symbol::read).collect();
            let mut rest = symbols.as_slice();
            let mut left = Vec::new();
            while let Some((first, behind)) = rest.split_first() {
                match whole(rest) {
                    Some((mark_id, behind)) => {
                        add(mark_id, true);
                        damaged.extend(runs(&std::mem::take(&mut left)));
                        rest = behind;
                    }
                    None => {
                        left.push(*first);
                        rest = behind;
                    }
                }
            }
            damaged.extend(runs(&left));
        }
        damaged.retain(|run| match run.repaired() {
            Some(mark_id) => {
                add(mark_id, false);
                false
            }
            None => run.symbols.len() >= MIN_DAMAGED,
        });
        Self {
            codes: found.into_values().collect(),
            damaged,
        }
    }

    /// Whether the text holds no code and nothing like one.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.damaged.is_empty()
    }

    /// Number of runs that look like damaged codes.
    pub fn damaged(&self) -> usize {
        self.damaged.len()
    }
}

/// The text with the escapes of the code's characters resolved.
fn unescaped(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for character in ALPHABET {
        for escape in [
            format!("\\u{:04x}", u32::from(character)),
            format!("\\u{:04X}", u32::from(character)),
        ] {
            if text.contains(&escape) {
                text = Cow::Owned(text.replace(&escape, &character.to_string()));
            }
        }
    }
    text
}

/// The code at the start of a run, and what is behind it.
fn whole(symbols: &[Symbol]) -> Option<(MarkId, &[Symbol])> {
    let (code, behind) = symbols.split_first_chunk::<LENGTH>()?;
    let in_phase = code.iter().enumerate().all(|(i, s)| s.phase == i % 4);
    let word = code.iter().fold(0, |word, s| word << 1 | u128::from(s.bit));
    let id = in_phase.then(|| read(word)).flatten()?;
    Some((id, behind))
}

/// Places the characters, and begins a new run where one would be longer than a code.
fn runs(symbols: &[Symbol]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut run = Vec::new();
    for symbol in symbols {
        let next = match run.last() {
            Some((place, _)) => place + 1,
            None => 0,
        };
        let place = next + (symbol.phase + 4 - next % 4) % 4;
        if place < LENGTH {
            run.push((place, symbol.bit));
        } else {
            runs.push(Run {
                symbols: std::mem::take(&mut run),
            });
            run.push((symbol.phase, symbol.bit));
        }
    }
    runs.push(Run { symbols: run });
    runs
}

impl Run {
    /// Whether the places are certain: nothing fits between the last one and the end of the code
    /// but what the phases show to be missing.
    pub(super) fn is_placed(&self) -> bool {
        self.symbols
            .last()
            .is_some_and(|(place, _)| place + 4 >= LENGTH)
    }

    /// The id, when few characters are missing.
    fn repaired(&self) -> Option<MarkId> {
        if !self.is_placed() || self.symbols.len() + MAX_MISSING < LENGTH {
            return None;
        }
        let places = self.symbols.iter();
        let (seen, known) = places.fold((0, 0), |(seen, known), (place, bit)| {
            let value = if *bit { at(*place) } else { 0 };
            (seen | at(*place), known | value)
        });
        let missing: Vec<u128> = (0..LENGTH).map(at).filter(|bit| seen & bit == 0).collect();
        (0..1_u32 << missing.len()).find_map(|values| {
            let set = missing
                .iter()
                .enumerate()
                .filter(|(i, _)| values >> i & 1 == 1);
            read(set.fold(known, |word, (_, bit)| word | bit))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Trace;
    use crate::mark_id::MarkId;
    use crate::zero_width::code;

    const ID: MarkId = MarkId::from_bytes(*b"\x12\x34\x56\x78\x9a\xbc\xde\xf0\x0f\xa5\x5a\xc3");

    #[test]
    fn codes_side_by_side() {
        let other = MarkId::from_bytes([7; 12]);
        let text = ["a", &code(ID), &code(other), "b", &code(ID)].concat();
        let trace = Trace::of(&text);
        let found: Vec<_> = trace.codes.iter().map(|c| (c.mark_id, c.copies)).collect();
        assert_eq!(found, [(other, 1), (ID, 2)]);
        assert_eq!(trace.damaged(), 0);
    }

    #[test]
    fn every_missing_character_is_filled_in() {
        let whole: Vec<char> = code(ID).chars().collect();
        for missing in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged.remove(missing);
            let trace = Trace::of(&damaged.iter().collect::<String>());
            assert_eq!(trace.codes.len(), 1, "{missing}");
            assert_eq!((trace.codes[0].mark_id, trace.codes[0].whole), (ID, 0));
        }
        let some = whole.iter().enumerate().filter(|(i, _)| i % 11 != 5);
        let trace = Trace::of(&some.map(|(_, c)| *c).collect::<String>());
        assert_eq!(trace.codes[0].mark_id, ID);
    }

    #[test]
    fn escapes_are_read() {
        let code = code(ID);
        let escapes = code.chars().map(|c| format!("\\u{:04x}", u32::from(c)));
        let trace = Trace::of(&format!(
            "{{\"summary\":\"a{}\"}}",
            escapes.collect::<String>()
        ));
        assert_eq!(trace.codes[0].mark_id, ID);
    }

    #[test]
    fn emoji_and_persian_are_no_codes() {
        let trace = Trace::of("👩\u{200d}🔬 می\u{200c}خواهم \u{2060}\u{200b}");
        assert!(trace.is_empty());
        assert!(Trace::of(&"\u{200b}".repeat(1000)).codes.is_empty());
    }
}
