//! The words of Latin letters that the quick look knows, and whether one may begin somewhere.
//!
//! What must never be here: what is around a word.

use crate::block::Block;
use crate::fingerprints::Fingerprints;
use crate::scrub::beginnings::Beginnings;
use fearless_simd::Simd;
use std::sync::LazyLock;

/// What a word of letters may be.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Cue,
    CommonCue,
    At,
    We,
    Pinyin,
    /// So many digits.
    Number(usize),
}

impl Kind {
    /// Whether it is found at the beginning of a longer run of letters as well.
    fn is_beginning(self) -> bool {
        matches!(self, Self::Number(_) | Self::Pinyin)
    }
}

/// Words to look at, in the order of their first two letters.
pub(super) struct Words {
    /// What words begin with, in small letters.
    beginnings: Fingerprints,
    /// The same for one place.
    threes: Beginnings,
    /// For each pair of letters where its words begin, and where those of the last pair end.
    starts: Vec<u16>,
    words: Vec<(&'static str, Kind)>,
}

pub(super) static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words: Vec<(&'static str, Kind)> = Vec::new();
    for (cue, is_common) in super::super::messenger::latin_cues() {
        let word = cue.split([' ', '-']).next().unwrap_or(cue);
        words.push((
            word,
            if is_common {
                Kind::CommonCue
            } else {
                Kind::Cue
            },
        ));
    }
    words.retain(|(word, _)| *word != "we" && word.len() > 1);
    words.extend([("we", Kind::We), ("at", Kind::At)]);
    words.extend(["dot", "punto", "ponto", "punkt", "arroba", "aroba"].map(|w| (w, Kind::Cue)));
    words.extend(super::super::words::numbers().map(|(word, digits)| (word, Kind::Number(digits))));
    words.extend([("yao", Kind::Pinyin), ("yi", Kind::Pinyin)]);
    // Stable: of two words that both fit the first one given counts.
    words.sort_by_key(|(word, _)| pair_of(word.as_bytes()));
    let starts = (0..=PAIRS).map(|pair| {
        let before = words.partition_point(|(word, _)| pair_of(word.as_bytes()) < pair);
        u16::try_from(before).unwrap_or(u16::MAX)
    });
    let known = words.iter().map(|(word, _)| *word).chain(["www"]);
    let beginnings = known
        .clone()
        .map(|word| [0, 1, 2].map(|place| word.as_bytes().get(place).copied()));
    Words {
        beginnings: Fingerprints::new(beginnings),
        threes: Beginnings::new(known),
        starts: starts.collect(),
        words,
    }
});

const PAIRS: usize = 26 * 26;

/// The number of the first two letters, in small or capital letters.
#[inline]
fn pair_of(word: &[u8]) -> usize {
    match word {
        [first, second, ..] => {
            let letter = |byte: &u8| usize::from((byte | 0x20).wrapping_sub(b'a') & 31);
            letter(first) * 26 + letter(second)
        }
        _ => PAIRS,
    }
}

impl Words {
    /// Where in a block a word may begin; other bytes do too.
    #[inline(always)]
    pub(super) fn candidates<S: Simd>(&self, block: Block<S>) -> u64 {
        self.beginnings.candidates(block.small())
    }

    /// Whether a word may be that begins so, with two letters.
    #[inline]
    pub(super) fn may_begin(&self, three: [u8; 3]) -> bool {
        self.threes.may_begin(three)
    }

    /// The words that begin with the first two letters of this.
    #[inline]
    pub(super) fn of(&self, word: &[u8]) -> &[(&'static str, Kind)] {
        let pair = pair_of(word);
        let start = |pair: usize| self.starts.get(pair).map_or(0, |start| usize::from(*start));
        self.words
            .get(start(pair)..start(pair + 1))
            .unwrap_or_default()
    }

    /// `word` is the small beginning of a word of this length.
    pub(super) fn kind(words: &[(&str, Kind)], word: &[u8], length: usize) -> Option<Kind> {
        let found = words.iter().find(|(known, kind)| match kind {
            kind if kind.is_beginning() => word.starts_with(known.as_bytes()),
            _ => known.len() == length && word == known.as_bytes(),
        });
        found.map(|(_, kind)| *kind)
    }
}
