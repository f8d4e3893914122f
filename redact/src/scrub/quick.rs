//! One pass over the bytes that proves of most texts that they hold no contact.
//!
//! Every rule of the detector needs one of these: seven digits, numerals or number words within
//! reach of each other; eleven numerals and their homophones in a row; a sign or word that an
//! address, a link or an account is known by; a character that folding would change. What has none
//! of them is copied as it is.
//!
//! What must never be here: a proof by what is likely. A test runs the detector with and without
//! this over every case, and a property over generated texts.

use super::domain::{is_provider, is_top};
use super::email::{is_glued, stands_for_at};
use super::glyphs::{han_digit, han_power};
use super::han;
use std::sync::LazyLock;

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
        words: &WORDS,
        digits: 0,
        last_digit: 0,
        numerals: 0,
        numerals_end: usize::MAX,
    };
    let found = quick.run();
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
    han: &'static [u8],
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

    fn run(&mut self) -> Found {
        let mut found = Found::Nothing;
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            let (is_something, length) = match class(*byte) {
                Class::Plain => (false, 1),
                // `+v…` is a cue however the word goes on.
                Class::Letter if *byte | 0x20 == b'v' && self.before(at) == b'+' => (true, 1),
                Class::Letter => self.word(at),
                Class::Digit => (self.digit(at), 1),
                Class::Dot => (self.is_dot(at), 1),
                Class::Colon => (self.byte(at + 1) == b'/' && self.byte(at + 2) == b'/', 1),
                Class::Encoded => (self.is_encoded(at) || self.is_sign(at), 1),
                Class::Sign => (self.is_sign(at), 1),
                Class::Look if *byte == b'@' => (true, 1),
                Class::Look => return Found::Strange,
                Class::Wide => match self.wide(at) {
                    Some(wide) => wide,
                    None => return Found::Strange,
                },
            };
            // What is strange further on matters too: it is taken out.
            if is_something {
                found = Found::Something;
                return match self.is_strange_from(at) {
                    true => Found::Strange,
                    false => found,
                };
            }
            at += length;
        }
        found
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
            let is_around = |byte: u8| {
                matches!(
                    byte,
                    b' ' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'_'
                )
            };
            return is_around(self.before(at)) && is_around(self.byte(at + 1));
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

    fn is_encoded(&self, at: usize) -> bool {
        super::encoded::read(self.text.get(at..).unwrap_or_default()).is_some()
    }

    /// A run of letters: whether it is a word to look at, and its length.
    fn word(&mut self, at: usize) -> (bool, usize) {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let is_letter = |byte: &&u8| class(**byte) == Class::Letter;
        let length = rest.iter().take_while(is_letter).count();
        let first = rest.first().map_or(b' ', |byte| byte | 0x20);
        if length == 1 {
            return match first {
                b'o' => (self.count(at, 1), 1),
                b'v' | b'w' | b'q' => (true, 1),
                b'b' => (rest.get(1..4) == Some("站".as_bytes()), 1),
                // `zhang(a)gmail`
                b'a' => (
                    matches!(self.before(at), b'(' | b'[') && self.is_before_provider(at + 1),
                    1,
                ),
                _ => (false, 1),
            };
        }
        if let Some([.., b'c' | b'C', b'o' | b'O', b'm' | b'M'] | [.., b'c' | b'C', b'n' | b'N']) =
            rest.get(..length)
            && self.is_glued(at + length)
        {
            return (true, length);
        }
        if first == b'w' && starts_with_word(rest, b"www") {
            return (true, length);
        }
        if !self.words.begins(rest, length) {
            return (false, length);
        }
        let words = self.words.of(rest);
        let mut buffer = [0; 16];
        let taken = rest.get(..length.min(16)).unwrap_or_default();
        for (to, from) in buffer.iter_mut().zip(taken) {
            *to = from.to_ascii_lowercase();
        }
        let word = buffer.get(..taken.len()).unwrap_or_default();
        let after = rest.get(length..).unwrap_or_default();
        let is_found = match Words::kind(words, word, length) {
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
        };
        (is_found, length)
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
        let rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c.is_ascii());
        let length = rest
            .bytes()
            .position(|byte| !byte.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        is_provider(&rest.get(..length).unwrap_or_default().to_ascii_lowercase())
    }

    /// A character beyond ASCII: whether to look, and its length. None if it is strange.
    fn wide(&mut self, at: usize) -> Option<(bool, usize)> {
        let (one, two, three) = (self.byte(at), self.byte(at + 1), self.byte(at + 2));
        if one & 0xF0 != 0xE0 {
            // The middle dot; every other one of two or four bytes is looked at.
            let is_around = |byte: u8| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace();
            let is_dot = is_around(self.before(at)) && is_around(self.byte(at + 2));
            return (one == 0xC2 && two == 0xB7).then_some((is_dot, 2));
        }
        let code =
            u32::from(one & 0xF) << 12 | u32::from(two & 0x3F) << 6 | u32::from(three & 0x3F);
        let character = char::from_u32(code)?;
        if !matches!(character, '\u{4E00}'..='\u{9FFF}') {
            let is_around = |byte: u8| {
                byte.is_ascii_alphanumeric()
                    || byte.is_ascii_whitespace()
                    || matches!(byte, b')' | b'(')
            };
            let is_dot = matches!(character, '。' | '•')
                && is_around(self.before(at))
                && is_around(self.byte(at + 3));
            return is_usual(character).then_some((is_dot, 3));
        }
        let han = han::flags(self.han, code).unwrap_or(0);
        if han == 0 {
            return Some((false, 3));
        }
        let mut is_found = false;
        if han & han::NUMERAL != 0 {
            self.numeral(at, 3);
            is_found |= self.numerals >= HOMOPHONES;
        }
        if han & han::DIGIT != 0 {
            is_found |= self.count(at, 1);
        }
        if han & han::POWER != 0 && self.is_after_digit(at) {
            let power = han_power(character).unwrap_or(0);
            is_found |= self.count(at, usize::try_from(power).unwrap_or(DIGITS));
        }
        if han & han::CUE != 0 {
            is_found |= self.is_cue(at, character);
        }
        Some((is_found, 3))
    }

    fn is_after_digit(&self, at: usize) -> bool {
        let before = self
            .text
            .get(..at)
            .and_then(|text| text.chars().next_back());
        before
            .is_some_and(|c| c.is_ascii_digit() || han_digit(c).is_some() || han_power(c).is_some())
    }

    /// Whether a cue begins at a character: its second character comes next, signs passed over.
    fn is_cue(&self, at: usize, character: char) -> bool {
        let rest = self.text.get(at + 3..).unwrap_or_default();
        let mut next = rest
            .chars()
            .filter(|c| c.is_alphanumeric() || !is_usual(*c))
            .take(1);
        let next = next.next().unwrap_or(' ');
        let is_sign = rest.chars().next().is_some_and(|c| !c.is_alphanumeric());
        match character {
            '点' | '點' | '丶' => next.is_ascii_alphanumeric(),
            '微' | '薇'
                if is_sign || next.is_ascii() || matches!(next, '号' | '同' | '我' | '❤') =>
            {
                true
            }
            '圈' => matches!(next, 'a' | 'A'),
            _ => HAN_CUES.iter().any(|(first, second)| {
                *first == character
                    && second.is_none_or(|second| second == next.to_ascii_lowercase())
            }),
        }
    }
}

/// The first two characters of each Chinese cue.
static HAN_CUES: LazyLock<Vec<(char, Option<char>)>> = LazyLock::new(|| {
    let cues = super::messenger::han_cues().chain(["艾特", "爱特", "小老鼠", "身份"]);
    let pairs = cues.filter_map(|cue| {
        let mut characters = cue.chars();
        Some((characters.next()?, characters.next()))
    });
    pairs.collect()
});

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

fn starts_with_word(text: &[u8], word: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// What a word of letters may be.
#[derive(Clone, Copy)]
enum Kind {
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
struct Words {
    /// A bit for each three letters that a longer word may begin with.
    threes: Vec<u64>,
    /// For each pair of letters where its words begin, and where those of the last pair end.
    starts: Vec<u16>,
    words: Vec<(&'static str, Kind)>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words: Vec<(&'static str, Kind)> = Vec::new();
    for (cue, is_common) in super::messenger::latin_cues() {
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
    words.extend(super::words::numbers().map(|(word, digits)| (word, Kind::Number(digits))));
    words.extend([("yao", Kind::Pinyin), ("yi", Kind::Pinyin)]);
    // Stable: of two words that both fit the first one given counts.
    words.sort_by_key(|(word, _)| pair_of(word.as_bytes()));
    let starts = (0..=PAIRS).map(|pair| {
        let before = words.partition_point(|(word, _)| pair_of(word.as_bytes()) < pair);
        u16::try_from(before).unwrap_or(u16::MAX)
    });
    let mut threes = vec![0; THREES];
    for (word, kind) in &words {
        let thirds = match word.as_bytes() {
            [_, _, third, ..] => *third..=*third,
            // A word of two letters goes on with any.
            _ if kind.is_beginning() => b'a'..=b'z',
            _ => continue,
        };
        for third in thirds {
            if let Some(bits) = threes.get_mut(pair_of(word.as_bytes())) {
                *bits |= 1_u64 << (third & 31);
            }
        }
    }
    Words {
        threes,
        starts: starts.collect(),
        words,
    }
});

/// Enough for every number of a pair.
const THREES: usize = 32 * 32;

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
    /// Whether a word may be that this run of so many letters is, or begins with.
    #[inline]
    fn begins(&self, letters: &[u8], length: usize) -> bool {
        match letters {
            [_, _, third, ..] if length > 2 => {
                let bits = self.threes.get(pair_of(letters)).copied();
                bits.unwrap_or(u64::MAX) >> (third & 31) & 1 == 1
            }
            _ => true,
        }
    }

    /// The words that begin with the first two letters of this.
    #[inline]
    fn of(&self, word: &[u8]) -> &[(&'static str, Kind)] {
        let pair = pair_of(word);
        let start = |pair: usize| self.starts.get(pair).map_or(0, |start| usize::from(*start));
        self.words
            .get(start(pair)..start(pair + 1))
            .unwrap_or_default()
    }

    /// `word` is the small beginning of a word of this length.
    fn kind(words: &[(&str, Kind)], word: &[u8], length: usize) -> Option<Kind> {
        let found = words.iter().find(|(known, kind)| match kind {
            kind if kind.is_beginning() => word.starts_with(known.as_bytes()),
            _ => known.len() == length && word == known.as_bytes(),
        });
        found.map(|(_, kind)| *kind)
    }
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
