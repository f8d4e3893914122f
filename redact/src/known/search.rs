//! The search of all forms in all streams.
//!
//! What must never be here: a way to pass over a sure match. Only tails and short numbers are
//! looked at again.

use super::forms::{Certainty, Form, Stream};
use super::streams::Streams;
use super::{KnownKind, Value};
use crate::scrub::digits::{Reading, groups};
use crate::scrub::fold::Folded;
use crate::scrub::innocent::Strength;
use crate::scrub::numbers::{Gap, Numbers};
use aho_corasick::Span;
use aho_corasick::packed::{Config, MatchKind, Searcher};
use memchr::memmem::Finder;
use std::ops::ControlFlow;

/// Values, ready to be searched for.
pub(super) struct Search<'v> {
    text: Needles<'v>,
    digits: Needles<'v>,
}

/// Where a match stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Text,
    /// The digits, of all values or of some.
    Digits,
    LookAlikes,
    Numerals,
}

/// A value that is found, at bytes of a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub(super) kind: KnownKind,
    pub(super) place: Place,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl<'v> Search<'v> {
    pub(super) fn new(values: impl Iterator<Item = &'v Value>, issued: &[String]) -> Self {
        let mut forms: Vec<(&Form, KnownKind)> = Vec::new();
        for value in values {
            forms.extend(value.forms.iter().map(|form| (form, value.kind)));
        }
        let is_issued = |form: &Form| {
            form.certainty == Certainty::Tail
                && issued
                    .iter()
                    .any(|number| number.as_bytes().ends_with(&form.bytes))
        };
        forms.retain(|(form, _)| !is_issued(form));
        let (text, digits): (Vec<_>, Vec<_>) = forms
            .into_iter()
            .partition(|(form, _)| form.stream == Stream::Text);
        Self {
            text: Needles::new(text),
            digits: Needles::new(digits),
        }
    }

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

    fn each<B>(
        &self,
        streams: &Streams,
        mut found: impl FnMut(Match) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let mut search = |needles: &Needles<'_>,
                          stream: &[u8],
                          place: Place,
                          accepts: &dyn Fn(&Form, usize, usize) -> bool| {
            needles.each(stream, |form, kind, from| {
                let to = from + form.bytes.len();
                match accepts(form, from, to) {
                    true => found(Match {
                        kind,
                        place,
                        from,
                        to,
                    }),
                    false => ControlFlow::Continue(()),
                }
            })
        };
        search(&self.text, &streams.text, Place::Text, &|_, _, _| true)?;
        search(
            &self.digits,
            &streams.digits,
            Place::Digits,
            &|form, from, to| is_meant(form, streams.value_of(from, to)),
        )?;
        let is_sure = |form: &Form, _: usize, _: usize| form.certainty == Certainty::Sure;
        let undated = streams.undated.iter().chain(streams.by_path.values());
        for stream in undated {
            search(&self.digits, stream, Place::Digits, &is_sure)?;
        }
        if let Some(look_alikes) = &streams.look_alikes {
            search(&self.digits, look_alikes, Place::LookAlikes, &is_sure)?;
        }
        // Which value a numeral came from is not kept: a tail in numerals counts by itself.
        if let Some(numerals) = &streams.numerals {
            search(&self.digits, numerals, Place::Numerals, &|form, _, _| {
                form.certainty != Certainty::Short
            })?;
        }
        ControlFlow::Continue(())
    }
}

/// Whether a match is the number and not a date, or a part of something longer. `value` is the
/// one value that the match lies in.
fn is_meant(form: &Form, value: Option<&str>) -> bool {
    if form.certainty == Certainty::Sure {
        return true;
    }
    let Some(text) = value else {
        return false;
    };
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

/// So many forms go into one engine.
const CHUNK: usize = 48;

/// Forms with what searches for them all at once.
struct Needles<'f> {
    forms: Vec<(&'f Form, KnownKind)>,
    engines: Vec<Engine<'f>>,
}

enum Engine<'f> {
    /// Cheap to build, which counts: values differ with every request.
    Packed(Searcher),
    /// Where the processor has no wide comparisons.
    Each(Vec<Finder<'f>>),
}

impl<'f> Needles<'f> {
    fn new(forms: Vec<(&'f Form, KnownKind)>) -> Self {
        let engines = forms.chunks(CHUNK).map(|forms| {
            let patterns = || forms.iter().map(|(form, _)| form.bytes.as_slice());
            let packed = Config::new()
                .match_kind(MatchKind::LeftmostFirst)
                .builder()
                .extend(patterns())
                .build();
            match packed {
                Some(searcher) => Engine::Packed(searcher),
                None => Engine::Each(patterns().map(Finder::new).collect()),
            }
        });
        Self {
            engines: engines.collect(),
            forms,
        }
    }

    /// Calls `found` for every form that stands in a stream, with where it begins.
    fn each<B>(
        &self,
        stream: &[u8],
        mut found: impl FnMut(&Form, KnownKind, usize) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        for engine in &self.engines {
            let mut from = 0;
            while let Some(start) = engine.next(stream, from) {
                // Every form that stands here, not only the one that the engine names.
                let rest = stream.get(start..).unwrap_or_default();
                for (form, kind) in &self.forms {
                    if rest.starts_with(&form.bytes) {
                        found(form, *kind, start)?;
                    }
                }
                from = start + 1;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Engine<'_> {
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
