//! The search of all forms in all streams.
//!
//! What must never be here: a way to pass over a sure match. Only tails and short numbers are
//! looked at again.

use super::KnownKind;
use super::forms::{Certainty, Form, Stream};
use super::streams::Streams;
use crate::fingerprints::Fingerprints;
use crate::scrub::digits::{Reading, groups};
use crate::scrub::fold::Folded;
use crate::scrub::han;
use crate::scrub::innocent::Strength;
use crate::scrub::numbers::{Gap, Numbers};
use aho_corasick::Span;
use aho_corasick::packed::{Config, MatchKind, Searcher};
use memchr::memmem::Finder;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The forms of all values, ready to be searched for.
#[derive(Default)]
pub(super) struct Needles {
    text: Forms,
    digits: Forms,
    /// The Chinese characters in them.
    han: Fingerprints,
}

impl Needles {
    /// The forms of each value, with its kind.
    pub(super) fn new<'v>(values: impl Iterator<Item = (KnownKind, &'v [Form])>) -> Self {
        let mut text = Vec::new();
        let mut digits = Vec::new();
        for (value, (kind, forms)) in values.enumerate() {
            for form in forms {
                let forms = match form.stream {
                    Stream::Text => &mut text,
                    Stream::Digits => &mut digits,
                };
                forms.push(Needle {
                    pair: form.bytes.first_chunk().map_or(0, pair_of),
                    form: form.clone(),
                    kind,
                    value,
                });
            }
        }
        let han = text.iter().flat_map(|needle| {
            let text = str::from_utf8(&needle.form.bytes).unwrap_or_default();
            let near = needle.form.near.iter().map(String::as_str);
            near.chain([text]).flat_map(str::chars)
        });
        Self {
            han: han::fingerprints(han),
            text: Forms::new(text),
            digits: Forms::new(digits),
        }
    }

    /// The Chinese characters that forms have.
    pub(super) fn han(&self) -> &Fingerprints {
        &self.han
    }
}

/// A search for some of the values.
pub(super) struct Search<'k> {
    pub(super) needles: &'k Needles,
    /// The numbers of the values that are passed over.
    pub(super) passed: Vec<usize>,
    /// Digits of issued numbers.
    pub(super) issued: &'k [String],
    /// Whether accounts of addresses count where they stand beside a provider.
    pub(super) with_accounts: bool,
}

/// Where a match stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Text,
    /// The digits, of all values or of those without a date.
    Digits,
    /// The digits of each path.
    Paths,
    LookAlikes,
    Numerals,
}

/// A value that is found, at bytes of a stream.
#[derive(Clone, Debug)]
pub(super) struct Match {
    pub(super) kind: KnownKind,
    pub(super) place: Place,
    pub(super) span: Range<usize>,
    /// The same with what makes it a value: an account's provider.
    pub(super) reach: Range<usize>,
}

impl Search<'_> {
    /// The kind of the first value that is found.
    pub(super) fn first(&self, streams: &Streams) -> Option<KnownKind> {
        let found = self.each(streams, |found| ControlFlow::Break(found.kind));
        found.break_value()
    }

    /// Everything that is found.
    pub(super) fn all(&self, streams: &Streams) -> Vec<Match> {
        let mut matches = Vec::new();
        let _: ControlFlow<()> = self.each(streams, |found| {
            matches.push(found);
            ControlFlow::Continue(())
        });
        matches
    }

    /// Whether a form is searched for.
    fn is_meant(&self, needle: &Needle) -> bool {
        let is_issued = || {
            let mut issued = self.issued.iter();
            needle.form.certainty == Certainty::Tail
                && issued.any(|number| number.as_bytes().ends_with(&needle.form.bytes))
        };
        let is_account = needle.form.certainty == Certainty::Beside;
        !self.passed.contains(&needle.value) && !is_issued() && (self.with_accounts || !is_account)
    }

    fn each<B>(
        &self,
        streams: &Streams,
        mut found: impl FnMut(Match) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let mut search = |forms: &Forms,
                          stream: &[u8],
                          place: Place,
                          accepts: &dyn Fn(&Form, usize, usize) -> bool| {
            forms.each(stream, |needle, from| {
                let to = from + needle.form.bytes.len();
                if !self.is_meant(needle) || !accepts(&needle.form, from, to) {
                    return ControlFlow::Continue(());
                }
                let reach = match needle.form.certainty {
                    Certainty::Beside => streams.with_provider(&needle.form, from..to),
                    _ => Some(from..to),
                };
                match reach {
                    Some(reach) => found(Match {
                        kind: needle.kind,
                        place,
                        span: from..to,
                        reach,
                    }),
                    None => ControlFlow::Continue(()),
                }
            })
        };
        let (text, digits) = (&self.needles.text, &self.needles.digits);
        search(text, &streams.text, Place::Text, &|_, _, _| true)?;
        // A value may hold a number a thousand times, and each time all of it would be read.
        let judged = RefCell::new(BTreeMap::new());
        search(digits, &streams.digits, Place::Digits, &|form, from, to| {
            form.certainty == Certainty::Sure
                || streams.value_of(from, to).is_some_and(|(number, text)| {
                    let key = (number, form.certainty, form.bytes.clone());
                    let mut judged = judged.borrow_mut();
                    *judged.entry(key).or_insert_with(|| is_number(form, text))
                })
        })?;
        let is_sure = |form: &Form, _: usize, _: usize| form.certainty == Certainty::Sure;
        if let Some(undated) = &streams.undated {
            search(digits, undated, Place::Digits, &is_sure)?;
        }
        search(digits, &streams.by_path(), Place::Paths, &is_sure)?;
        if let Some(look_alikes) = &streams.look_alikes {
            search(digits, look_alikes, Place::LookAlikes, &is_sure)?;
        }
        // Which value a numeral came from is not kept: a tail in numerals counts by itself.
        if let Some(numerals) = &streams.numerals {
            search(digits, numerals, Place::Numerals, &|form, _, _| {
                form.certainty != Certainty::Short
            })?;
        }
        ControlFlow::Continue(())
    }
}

/// Whether a tail or a short number is one in a value, and not a date or a part of something longer.
fn is_number(form: &Form, text: &str) -> bool {
    let folded = Folded::new(text);
    let numbers = Numbers::new(&folded, groups(&folded, Reading::Plain), &[]);
    let number = String::from_utf8_lossy(&form.bytes).into_owned();
    numbers
        .runs(Gap::Loose, 64)
        .into_iter()
        .any(|(first, last, digits)| {
            let is_number = match form.certainty {
                Certainty::Short => digits == number,
                _ => digits.contains(&number),
            };
            is_number && !numbers.is_outweighed(first, last, Strength::Strong)
        })
}

/// So many beginnings go into one engine.
const CHUNK: usize = 48;

/// An engine looks for so many bytes of a form at the most; what stands there decides the rest.
const BEGINNING: usize = 4;

/// After so many bytes engines have paid for themselves; before that, search is by pairs.
const LONG: usize = 32 << 10;

/// A form of a value.
struct Needle {
    /// Its first two bytes; every form has as many.
    pair: u16,
    form: Form,
    kind: KnownKind,
    /// The number of its value.
    value: usize,
}

/// Forms with what searches for them all at once. Some are searched for once, others in every body
/// of a candidate, so what is cheap to build comes first.
struct Forms {
    /// In the order of their pairs.
    needles: Vec<Needle>,
    /// A bit for each pair that a form begins with, and for those like it.
    pairs: [u64; PAIRS],
    /// And for each that comes after that pair.
    next_pairs: [u64; PAIRS],
    engines: OnceLock<Vec<Engine>>,
    /// Bytes that were searched, for all who share this.
    searched: AtomicUsize,
}

enum Engine {
    Packed(Searcher),
    /// Where the processor has no wide comparisons.
    Each(Vec<Finder<'static>>),
}

/// Words of bits for pairs of seven bits a byte, which tells all pairs of ASCII apart.
const PAIRS: usize = 1 << 8;

#[inline]
fn pair_of(bytes: &[u8; 2]) -> u16 {
    let [first, second] = *bytes;
    u16::from(first & 0x7F) | u16::from(second & 0x7F) << 7
}

fn set(pairs: &mut [u64; PAIRS], pair: u16) {
    if let Some(bits) = pairs.get_mut(usize::from(pair >> 6)) {
        *bits |= 1_u64 << (pair & 63);
    }
}

#[inline]
fn has(pairs: &[u64; PAIRS], pair: u16) -> bool {
    let bits = pairs.get(usize::from(pair >> 6)).copied();
    bits.unwrap_or(u64::MAX) >> (pair & 63) & 1 == 1
}

impl Default for Forms {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Forms {
    fn new(mut needles: Vec<Needle>) -> Self {
        let mut pairs = [0; PAIRS];
        let mut next_pairs = [0; PAIRS];
        for needle in &needles {
            set(&mut pairs, needle.pair);
            match needle.form.bytes.get(2..).and_then(<[u8]>::first_chunk) {
                Some(next) => set(&mut next_pairs, pair_of(next)),
                None => next_pairs = [u64::MAX; PAIRS],
            }
        }
        needles.sort_by_key(|needle| needle.pair);
        Self {
            needles,
            pairs,
            next_pairs,
            engines: OnceLock::new(),
            searched: AtomicUsize::new(0),
        }
    }

    /// Calls `found` for every form that stands in a stream, with where it begins.
    fn each<B>(
        &self,
        stream: &[u8],
        mut found: impl FnMut(&Needle, usize) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        if self.needles.is_empty() {
            return ControlFlow::Continue(());
        }
        if self.engines.get().is_none() {
            let before = self.searched.fetch_add(stream.len(), Ordering::Relaxed);
            if before.saturating_add(stream.len()) < LONG {
                return self.by_pairs(stream, &mut found);
            }
        }
        for engine in self.engines.get_or_init(|| self.engines()) {
            let mut from = 0;
            while let Some(start) = engine.next(stream, from) {
                // Every form that stands here, not only the one that the engine names.
                self.here(stream, start, &mut found)?;
                from = start + 1;
            }
        }
        ControlFlow::Continue(())
    }

    fn by_pairs<B>(
        &self,
        stream: &[u8],
        found: &mut impl FnMut(&Needle, usize) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        for (at, four) in stream.windows(4).enumerate() {
            let [a, b, c, d] = *four else { continue };
            if has(&self.pairs, pair_of(&[a, b])) && has(&self.next_pairs, pair_of(&[c, d])) {
                self.here(stream, at, found)?;
            }
        }
        for at in stream.len().saturating_sub(3)..stream.len() {
            self.here(stream, at, found)?;
        }
        ControlFlow::Continue(())
    }

    /// Calls `found` for every form that begins at a position of the stream.
    fn here<B>(
        &self,
        stream: &[u8],
        at: usize,
        found: &mut impl FnMut(&Needle, usize) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let rest = stream.get(at..).unwrap_or_default();
        let pair = rest.first_chunk().map_or(0, pair_of);
        let first = self.needles.partition_point(|needle| needle.pair < pair);
        let needles = self.needles.get(first..).unwrap_or_default().iter();
        for needle in needles.take_while(|needle| needle.pair == pair) {
            if rest.starts_with(&needle.form.bytes) {
                found(needle, at)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Many forms begin alike, and shorter ones have engines of their own: an engine looks only for
    /// as much as all of its beginnings have.
    fn engines(&self) -> Vec<Engine> {
        let forms = self.needles.iter().map(|needle| &needle.form.bytes);
        let mut beginnings: Vec<&[u8]> = forms
            .map(|bytes| bytes.get(..BEGINNING).unwrap_or(bytes))
            .collect();
        beginnings.sort_unstable_by_key(|bytes| (bytes.len(), *bytes));
        beginnings.dedup();
        let alike = beginnings.chunk_by(|one, other| one.len() == other.len());
        let engines = alike.flat_map(|all| all.chunks(CHUNK)).map(|patterns| {
            let packed = Config::new()
                .match_kind(MatchKind::LeftmostFirst)
                .builder()
                .extend(patterns)
                .build();
            match packed {
                Some(searcher) => Engine::Packed(searcher),
                None => {
                    let finders = patterns.iter().map(|p| Finder::new(*p).into_owned());
                    Engine::Each(finders.collect())
                }
            }
        });
        engines.collect()
    }
}

impl Engine {
    /// Where the next match begins.
    fn next(&self, stream: &[u8], from: usize) -> Option<usize> {
        match self {
            Self::Packed(searcher) => {
                let found = searcher.find_in(stream, Span::from(from..stream.len()));
                found.map(|found| found.start())
            }
            Self::Each(finders) => {
                let rest = stream.get(from..).unwrap_or_default();
                let found = finders.iter().filter_map(|finder| finder.find(rest));
                found.min().map(|at| from + at)
            }
        }
    }
}
