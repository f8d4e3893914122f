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

/// The kind of the first value that is found.
pub(super) fn find<'v>(
    values: impl Iterator<Item = &'v Value>,
    streams: &Streams,
    issued: &[String],
) -> Option<KnownKind> {
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
    let (text, digits) = (Needles::new(text), Needles::new(digits));
    if let Some(kind) = text.first(&streams.text, |_, _, _| true) {
        return Some(kind);
    }
    let first = digits.first(&streams.digits, |form, from, to| {
        is_meant(form, streams.value_of(from, to))
    });
    if first.is_some() {
        return first;
    }
    let is_sure = |form: &Form, _, _| form.certainty == Certainty::Sure;
    let others = [&streams.undated, &streams.look_alikes];
    let others = others.into_iter().flatten().chain(streams.by_path.values());
    for stream in others {
        if let Some(kind) = digits.first(stream, is_sure) {
            return Some(kind);
        }
    }
    // Which value a numeral came from is not kept: a tail in numerals counts by itself.
    let numerals = streams.numerals.as_ref()?;
    digits.first(numerals, |form, _, _| form.certainty != Certainty::Short)
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

    /// The kind of the first match that a test accepts; it gets the form and where it stands.
    fn first(
        &self,
        stream: &[u8],
        accepts: impl Fn(&Form, usize, usize) -> bool,
    ) -> Option<KnownKind> {
        for engine in &self.engines {
            let mut from = 0;
            while let Some(start) = engine.next(stream, from) {
                // Every form that stands here, not only the one that the engine names.
                let rest = stream.get(start..).unwrap_or_default();
                for (form, kind) in &self.forms {
                    let is_here = rest.starts_with(&form.bytes);
                    if is_here && accepts(form, start, start + form.bytes.len()) {
                        return Some(*kind);
                    }
                }
                from = start + 1;
            }
        }
        None
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
