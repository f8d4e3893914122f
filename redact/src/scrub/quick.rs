//! One pass over the bytes that proves of most texts that they hold no contact.
//!
//! Every rule of the detector needs one of these: seven digits, numerals or number words within
//! reach of each other; eleven numerals and their homophones in a row; a sign or word that an
//! address, a link or an account is known by; a character that folding would change. What has none
//! of them is copied as it is.
//!
//! What must never be here: a proof by what is likely. A test runs the detector with and without
//! this over every case, and a property over generated texts.

mod wide;
mod words;

use super::domain::{is_provider, is_top};
use super::email::{is_glued, stands_for_at};
use super::han;
use crate::block::{self, BLOCK, Block, Piece, place_of};
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
/// So many signs are not passed over to what stands behind them.
const MANY_SIGNS: usize = 64;
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
            let is_looked_at = matches!(
                self.byte(at + place) | 0x20,
                b'a' | b'o' | b'b' | b'q' | b'v' | b'w'
            );
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

    /// Whether the letters that end here end in a domain.
    fn is_domain(&self, end: usize) -> bool {
        let before = self.bytes.get(..end).unwrap_or_default();
        matches!(
            before,
            [.., b'c' | b'C', b'o' | b'O', b'm' | b'M'] | [.., b'c' | b'C', b'n' | b'N']
        ) && self.is_glued(end)
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

    /// A full stop before what may be the end of a domain.
    fn is_dot(&self, at: usize) -> bool {
        if !self.byte(at + 1).is_ascii_alphanumeric() {
            // `example . com`, `example[.]com`
            return (is_part_sign(self.before(at)) || self.is_after_bracket(at))
                && (is_part_sign(self.byte(at + 1)) || self.is_bracket(at + 1));
        }
        let is_label = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let rest = self.bytes.get(at + 1..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| !is_label(byte))
            .unwrap_or(rest.len());
        let label = self.text.get(at + 1..at + 1 + length).unwrap_or_default();
        let has_path = self.byte(at + 1 + length) == b'/';
        let is_web = self
            .bytes
            .get(at.saturating_sub(3)..at)
            .is_some_and(|w| w.eq_ignore_ascii_case(b"www"));
        // `g . c o m`, `x.c o m`: single letters may be a label.
        is_web
            || length == 1
            || (has_path && length <= 6)
            || (length <= 14 && is_top(&label.to_ascii_lowercase()))
            || label
                .get(..4)
                .is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
    }

    /// Whether the sign from one position to another may be the dot between two parts of a domain.
    fn is_between_parts(&self, at: usize, end: usize) -> bool {
        (self.before(at).is_ascii() || self.is_after_bracket(at))
            && (self.byte(end).is_ascii() || self.is_bracket(end))
    }

    /// A wide round bracket.
    fn is_bracket(&self, at: usize) -> bool {
        let three = self.bytes.get(at..at + 3).unwrap_or_default();
        matches!(three, [0xEF, 0xBC, 0x88 | 0x89])
    }

    fn is_after_bracket(&self, at: usize) -> bool {
        at.checked_sub(3).is_some_and(|at| self.is_bracket(at))
    }

    fn is_encoded(&self, at: usize) -> bool {
        super::encoded::read(self.text.get(at..).unwrap_or_default()).is_some()
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

    /// `zhang163com`, where the letters end.
    fn is_glued(&self, end: usize) -> bool {
        let before = self.bytes.get(..end).unwrap_or_default();
        let length = before
            .iter()
            .rev()
            .take(32)
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            .count();
        let run = self.text.get(end - length..end).unwrap_or_default();
        is_glued(&run.to_ascii_lowercase())
    }

    /// `zhang#gmail`: with a domain behind it the full stop there is enough.
    fn is_sign(&self, at: usize) -> bool {
        stands_for_at(char::from(self.byte(at))) && self.is_before_provider(at + 1)
    }

    /// `at gmail`
    fn is_before_provider(&self, end: usize) -> bool {
        let rest = self.text.get(end..).unwrap_or_default();
        let mut characters = rest.char_indices().take(MANY_SIGNS);
        let Some((from, _)) = characters.find(|(_, c)| is_alphanumeric(*c)) else {
            // More may come behind so many signs, and they are not read again for each of them.
            return rest.chars().nth(MANY_SIGNS).is_some();
        };
        let rest = rest.get(from..).unwrap_or_default();
        let length = rest
            .bytes()
            .position(|byte| !byte.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        is_provider(&rest.get(..length).unwrap_or_default().to_ascii_lowercase())
    }
}

/// Characters beyond ASCII that fold to themselves: Chinese, Japanese and Korean letters, and the
/// punctuation around them.
fn is_usual(character: char) -> bool {
    match character {
        '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' => true,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => true,
        '·' | '–' | '—' | '‘' | '’' | '“' | '”' | '•' | '…' => true,
        '、' | '。' | '《' | '》' | '「' | '」' | '【' | '】' => true,
        '！' | '（' | '）' | '，' | '：' | '；' | '？' => true,
        _ => character.is_ascii(),
    }
}

/// As `char` has it, quicker for what most characters are.
fn is_alphanumeric(character: char) -> bool {
    han::is_han(character) || character.is_alphanumeric()
}

fn starts_with_word(text: &[u8], word: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// What may stand between a part of a domain and its dot.
fn is_part_sign(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\n' | b'\r' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'_'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The class of a byte is a table, the signs are another file's: they must be the same.
    #[test]
    fn signs_are_those_of_addresses() {
        for byte in 0x20..0x7F {
            let is_sign = matches!(class(byte), Class::Sign | Class::Encoded);
            let is_encoded = matches!(byte, b'%' | b'\\');
            assert_eq!(is_sign && !is_encoded, stands_for_at(char::from(byte)));
        }
    }
}
