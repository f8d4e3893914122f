//! [`Lexicon`]: many words, found by the character that they begin with.
//!
//! What must never be here: what is around a word.

use super::fold::Folded;

/// Words, each with what is known of it.
pub(super) struct Lexicon<T: 'static = ()> {
    /// In the order of their first characters; of one character, in the order they were given in.
    entries: Vec<(char, &'static str, T)>,
    /// Where the words of each character of ASCII begin, and then all others.
    starts: Vec<usize>,
}

const ASCII: u8 = 128;

impl<T: Copy> Lexicon<T> {
    pub(super) fn new(words: &[(&'static str, T)]) -> Self {
        let entries = words.iter().filter_map(|(word, known)| {
            let first = word.chars().next()?;
            Some((first, *word, *known))
        });
        let mut entries: Vec<(char, &'static str, T)> = entries.collect();
        entries.sort_by_key(|(first, _, _)| *first);
        let starts = (0..=ASCII).map(|first| {
            let first = char::from(first);
            entries.partition_point(|(other, _, _)| *other < first)
        });
        Self {
            starts: starts.collect(),
            entries,
        }
    }

    /// The words that begin with a character: with it, the word, what is known of it.
    pub(super) fn beginning(&self, first: char) -> &[(char, &'static str, T)] {
        let start = |place: u32| {
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            self.starts.get(place).copied().unwrap_or(0)
        };
        let code = u32::from(first);
        if first.is_ascii() {
            let words = self.entries.get(start(code)..start(code + 1));
            return words.unwrap_or_default();
        }
        let others = self.entries.get(start(u32::from(ASCII))..);
        let others = others.unwrap_or_default();
        let from = others.partition_point(|(other, _, _)| *other < first);
        let rest = others.get(from..).unwrap_or_default();
        let to = rest.partition_point(|(other, _, _)| *other == first);
        rest.get(..to).unwrap_or_default()
    }
}

impl Lexicon {
    pub(super) fn of(words: &[&'static str]) -> Self {
        let words: Vec<(&'static str, ())> = words.iter().map(|word| (*word, ())).collect();
        Self::new(&words)
    }

    /// The words that stand at a position, each with where it ends.
    pub(super) fn at(
        &self,
        text: &Folded,
        position: usize,
    ) -> impl Iterator<Item = (&'static str, usize)> {
        let words = self.beginning(text.at(position)).iter();
        words.filter_map(move |(_, word, ())| {
            let is_there = text.has(position, word);
            is_there.then(|| (*word, position + word.chars().count()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_by_their_first_character() {
        let words = ["b", "码", "ab", "号码", "a", "号", "~", "É"];
        let lexicon = Lexicon::of(&words);
        for first in ('\0'..='\u{FFFF}').chain(['\u{1F600}']) {
            let found = lexicon.beginning(first).iter().map(|(_, word, ())| *word);
            let expected = words.into_iter().filter(|word| word.starts_with(first));
            assert!(found.eq(expected), "{first:?}");
        }
        let text = Folded::new("号码ab");
        assert!(lexicon.at(&text, 0).eq([("号码", 2), ("号", 1)]));
        assert!(lexicon.at(&text, 2).eq([("ab", 4), ("a", 3)]));
        assert!(lexicon.at(&text, 4).eq([]));
    }
}
