//! One pass over the bytes that proves of most texts that they hold no contact.
//!
//! Every rule of the detector needs one of these: seven digits, numerals or number words within
//! reach of each other; eleven numerals and their homophones in a row; a sign or word that an
//! address, a link or an account is known by; a character that folding would change. What has none
//! of them is copied as it is.
//!
//! What must never be here: a proof by what is likely. A test runs the detector with and without
//! this over every case, and a property over generated texts.

mod signs;
mod wide;
mod words;

use super::han;
use crate::block::{self, BLOCK, Block, Piece, place_of};
use crate::ideographs::is_unified;
use fearless_simd::{Level, Simd, dispatch};
use words::{Kind, WORDS, Words};

/// What a text may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) may_hold_contact: bool,
    pub(super) may_hold_invisible: bool,
}

/// So many digits make the shortest number that a rule takes without a cue.
const DIGITS: usize = 7;
/// So many numerals make a mobile number.
const HOMOPHONES: usize = 11;
/// Bytes between two digits of one number at the most: 40 characters of three.
const REACH: usize = 128;

/// What a byte of ASCII may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Letter,
    Digit,
    Dot,
    Colon,
    Encoded,
    /// It may stand in the place of `@`.
    Sign,
    /// Always looked at: `@`, controls.
    Look,
    Wide,
}

static CLASSES: [Class; 256] = classes();

#[expect(clippy::indexing_slicing, reason = "the index is a byte")]
const fn classes() -> [Class; 256] {
    let mut classes = [Class::Plain; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'.' => Class::Dot,
            b':' => Class::Colon,
            b'&' | b'%' | b'\\' => Class::Encoded,
            b'#' | b'*' | b'$' | b'^' | b'!' | b'~' | b'=' => Class::Sign,
            b'\t' | b'\n' | b'\r' => Class::Plain,
            b'@' | 0..=0x1F | 0x7F => Class::Look,
            0x80.. => Class::Wide,
            _ => Class::Plain,
        };
        byte += 1;
    }
    classes
}

#[inline]
fn class(byte: u8) -> Class {
    let class = CLASSES.get(usize::from(byte));
    class.copied().unwrap_or(Class::Wide)
}

/// Looks at a text.
pub(super) fn look(text: &str) -> Look {
    let mut quick = Quick {
        bytes: text.as_bytes(),
        text,
        han: han::table(),
        flagged: han::flagged(),
        words: &WORDS,
        digits: 0,
        last_digit: 0,
        numerals: 0,
        numerals_end: usize::MAX,
    };
    let found = dispatch!(Level::new(), simd => quick.run(simd));
    Look {
        may_hold_contact: found != Found::Nothing,
        may_hold_invisible: found == Found::Strange,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    /// Something that a rule may take.
    Something,
    /// A character that folding changes, or that may show as nothing.
    Strange,
}

struct Quick<'t> {
    bytes: &'t [u8],
    text: &'t str,
    han: &'static han::Table,
    flagged: &'static han::Set,
    words: &'static Words,
    /// Digits in reach of each other so far.
    digits: usize,
    last_digit: usize,
    /// Numerals and their homophones in a row so far.
    numerals: usize,
    numerals_end: usize,
}

impl Quick<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b' ')
    }

    fn before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(b' ', |at| self.byte(at))
    }

    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S) -> Found {
        let mut at = 0;
        while at < self.bytes.len() {
            let piece = Piece::at(self.bytes, at);
            match self.block(Block::new(simd, &piece.bytes), &piece) {
                Some(Found::Nothing) => {}
                // What is strange further on matters too: it is taken out.
                Some(Found::Something) if self.is_strange_from(at) => return Found::Strange,
                Some(found) => return found,
                None => return Found::Strange,
            }
            at = piece.base + piece.end;
        }
        Found::Nothing
    }

    /// What a block holds that begins at a position. Most of what texts are made of is passed over
    /// first; the rest is looked at by itself, in its order. None if something is strange.
    #[inline(always)]
    fn block<S: Simd>(&mut self, block: Block<S>, piece: &Piece) -> Option<Found> {
        let (at, part) = (piece.base, piece.mask());
        let is_letter = |byte: u8| u64::from(class(byte) == Class::Letter);
        let letters = block.letters();
        let begins = part & letters & !(letters << 1 | is_letter(self.before(at)));
        let ends =
            part & letters & !(letters >> 1 | is_letter(self.byte(at + BLOCK)) << (BLOCK - 1));
        let mut domains = ends & block.m_and_n();
        while domains != 0 {
            let end = at + place_of(domains) + 1;
            domains &= domains - 1;
            if self.is_domain(end) {
                return Some(Found::Something);
            }
        }
        let mut places = part & !(letters | block.gaps());
        let mut singles = begins & ends;
        let mut rest = begins & !singles;
        if rest != 0 {
            rest &= self.words.candidates(block);
        }
        while rest != 0 {
            let place = place_of(rest);
            rest &= rest - 1;
            places |= u64::from(self.may_be_word(at + place)) << place;
        }
        while singles != 0 {
            let place = place_of(singles);
            singles &= singles - 1;
            // Of an article only in brackets, and so on: these are as common as words.
            let is_looked_at = match self.byte(at + place) | 0x20 {
                b'o' | b'q' | b'v' | b'w' => true,
                b'a' => matches!(self.before(at + place), b'(' | b'[' | 0x80..),
                b'b' => !self.byte(at + place + 1).is_ascii(),
                _ => false,
            };
            places |= u64::from(is_looked_at) << place;
        }
        let wide = block.wide() & part;
        if wide != 0 {
            // What goes on behind the block is looked at in any case.
            let han = block.han() & part & block::below(BLOCK - 2);
            let others = wide & !block.inner() & !han;
            places = places & !wide | self.without_signs(at, others);
            places |= self.han_places(&piece.bytes, han, places);
        }
        while places != 0 {
            let place = at + place_of(places);
            places &= places - 1;
            if self.is_something(place)? {
                return Some(Found::Something);
            }
        }
        Some(Found::Nothing)
    }

    /// Whether there is something to look at where a word begins, or at another character. None if
    /// it is strange.
    fn is_something(&mut self, at: usize) -> Option<bool> {
        let byte = self.byte(at);
        Some(match class(byte) {
            Class::Letter => self.word(at),
            Class::Wide => return self.wide(at),
            // `+v…` is a cue however the word goes on.
            Class::Plain => byte == b'+' && self.byte(at + 1) | 0x20 == b'v',
            Class::Digit => self.digit(at),
            Class::Dot => self.is_dot(at),
            Class::Colon => self.byte(at + 1) == b'/' && self.byte(at + 2) == b'/',
            Class::Encoded => self.is_encoded(at) || self.is_sign(at),
            Class::Sign => self.is_sign(at),
            Class::Look => (byte == b'@').then_some(true)?,
        })
    }

    #[inline]
    fn three(&self, at: usize) -> Option<&[u8; 3]> {
        self.bytes.get(at..).and_then(<[u8]>::first_chunk)
    }

    /// Whether one of the words to look at may begin as the letters here do, two at least.
    #[inline]
    fn may_be_word(&self, at: usize) -> bool {
        self.three(at)
            .is_none_or(|three| self.words.may_begin(*three))
    }

    fn is_strange_from(&self, at: usize) -> bool {
        let rest = self.text.get(at..).unwrap_or(self.text);
        rest.chars().any(|character| match character.is_ascii() {
            true => character.is_ascii_control() && !matches!(character, '\t' | '\n' | '\r'),
            false => !is_usual(character),
        })
    }

    /// Counts digits within reach.
    fn count(&mut self, at: usize, digits: usize) -> bool {
        if at.saturating_sub(self.last_digit) > REACH {
            self.digits = 0;
        }
        self.digits += digits;
        self.last_digit = at;
        self.digits >= DIGITS
    }

    fn digit(&mut self, at: usize) -> bool {
        // Letters like digits before and after one may be digits.
        let is_like = |byte: u8| {
            matches!(
                byte | 0x20,
                b'o' | b'l' | b'i' | b's' | b'z' | b'b' | b'g' | b'q'
            ) || matches!(byte, b'|' | b'!' | b'$')
        };
        let before = (1..=11).take_while(|back| at >= *back && is_like(self.byte(at - back)));
        let after = (1..=11).take_while(|on| is_like(self.byte(at + on)));
        let digits = 1 + before.count() + after.count();
        self.numeral(at, 1);
        self.count(at, digits) || self.numerals >= HOMOPHONES
    }

    fn numeral(&mut self, at: usize, length: usize) {
        self.numerals = match self.numerals_end == at {
            true => self.numerals + 1,
            false => 1,
        };
        self.numerals_end = at + length;
    }

    /// Whether a run of letters is a word to look at.
    fn word(&mut self, at: usize) -> bool {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let is_letter = |byte: &&u8| class(**byte) == Class::Letter;
        let length = rest.iter().take_while(is_letter).count();
        let first = rest.first().map_or(b' ', |byte| byte | 0x20);
        if length == 1 {
            return match first {
                b'o' => self.count(at, 1),
                b'v' | b'w' | b'q' => true,
                b'b' => rest.get(1..4) == Some("站".as_bytes()),
                // `zhang(a)gmail`
                b'a' => {
                    let is_inside = matches!(self.before(at), b'(' | b'[');
                    (is_inside || self.is_after_bracket(at)) && self.is_before_provider(at + 1)
                }
                _ => false,
            };
        }
        if first == b'w' && starts_with_word(rest, b"www") {
            return true;
        }
        let words = self.words.of(rest);
        let mut buffer = [0; 16];
        let taken = rest.get(..length.min(16)).unwrap_or_default();
        for (to, from) in buffer.iter_mut().zip(taken) {
            *to = from.to_ascii_lowercase();
        }
        let word = buffer.get(..taken.len()).unwrap_or_default();
        let after = rest.get(length..).unwrap_or_default();
        match Words::kind(words, word, length) {
            Some(Kind::Cue) => true,
            Some(Kind::CommonCue) => {
                after.iter().take(24).any(|byte| {
                    matches!(
                        byte,
                        b':' | b'='
                            | b'('
                            | b'@'
                            | b'#'
                            | b'>'
                            | b'"'
                            | b'['
                            | b'-'
                            | b'~'
                            | 0x80..
                    )
                }) || starts_with_word(after, b"id")
            }
            Some(Kind::At) => {
                matches!(
                    self.before(at),
                    b'(' | b'[' | b'{' | b'<' | b'_' | b'*' | 0x80..
                ) || (self.before(at) == b' '
                    && matches!(self.byte(at.saturating_sub(2)), b'(' | b'[' | b'{' | b'<'))
                    || self.is_before_provider(at + length)
            }
            Some(Kind::We) => after
                .get(1..5)
                .is_some_and(|next| next.eq_ignore_ascii_case(b"chat")),
            Some(Kind::Number(digits)) => self.count(at, digits.max(length / 3)),
            Some(Kind::Pinyin) => {
                let next = rest
                    .iter()
                    .skip(2)
                    .find(|byte| !matches!(byte, b' ' | b'-' | b'o' | b'O'));
                next.is_some_and(|byte| {
                    matches!(
                        byte | 0x20,
                        b's' | b'w' | b'l' | b'q' | b'b' | b'j' | b'g' | b'k'
                    )
                })
            }
            None => false,
        }
    }
}

/// Characters beyond ASCII that fold to themselves: Chinese, Japanese and Korean letters, and the
/// punctuation around them.
fn is_usual(character: char) -> bool {
    match character {
        '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' => true,
        '\u{3400}'..='\u{4DBF}' | '\u{AC00}'..='\u{D7A3}' => true,
        _ if is_unified(character) => true,
        '·' | '–' | '—' | '‘' | '’' | '“' | '”' | '•' | '…' => true,
        '、' | '。' | '《' | '》' | '「' | '」' | '【' | '】' => true,
        '！' | '（' | '）' | '，' | '：' | '；' | '？' => true,
        _ => character.is_ascii(),
    }
}

/// As `char` has it, quicker for what most characters are.
fn is_alphanumeric(character: char) -> bool {
    is_unified(character) || character.is_alphanumeric()
}

fn starts_with_word(text: &[u8], word: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}
