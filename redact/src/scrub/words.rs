//! Digits as English words (`one three eight`, `double zero`, `thirty-eight`, `eight thousand`)
//! and as pinyin syllables (`yao san ba`).
//!
//! What must never be here: a word inside another. A word is a whole run of letters, or a run that
//! is nothing but such words.

use super::beginnings::Beginnings;
use super::fold::Folded;
use std::sync::LazyLock;

/// Digits read at a position and where their words end.
pub(crate) struct Spoken {
    pub(crate) digits: String,
    pub(crate) to: usize,
    /// Pinyin syllables are also ordinary words; they count only as a whole number.
    pub(crate) is_pinyin: bool,
}

const DIGITS: [(&str, u8); 13] = [
    ("zero", 0),
    ("oh", 0),
    ("nought", 0),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("niner", 9),
];

const TEENS: [(&str, u8); 10] = [
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
];

const TENS: [(&str, u8); 8] = [
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
];

const PINYIN: [(&str, u8); 17] = [
    ("ling", 0),
    ("dong", 0),
    ("yao", 1),
    ("yi", 1),
    ("er", 2),
    ("liang", 2),
    ("san", 3),
    ("si", 4),
    ("wu", 5),
    ("liu", 6),
    ("lu", 6),
    ("qi", 7),
    ("guai", 7),
    ("ba", 8),
    ("jiu", 9),
    ("gou", 9),
    ("kou", 9),
];

/// Spanish, French, German, Portuguese. They are ordinary words too, so they count as pinyin does.
const FOREIGN: [(&str, u8); 37] = [
    ("cero", 0),
    ("null", 0),
    ("uno", 1),
    ("um", 1),
    ("un", 1),
    ("eins", 1),
    ("ein", 1),
    ("dos", 2),
    ("dois", 2),
    ("deux", 2),
    ("zwei", 2),
    ("zwo", 2),
    ("tres", 3),
    ("trois", 3),
    ("drei", 3),
    ("cuatro", 4),
    ("quatro", 4),
    ("quatre", 4),
    ("vier", 4),
    ("cinco", 5),
    ("cinq", 5),
    ("funf", 5),
    ("fuenf", 5),
    ("seis", 6),
    ("sechs", 6),
    ("siete", 7),
    ("sete", 7),
    ("sept", 7),
    ("sieben", 7),
    ("ocho", 8),
    ("oito", 8),
    ("huit", 8),
    ("acht", 8),
    ("nueve", 9),
    ("nove", 9),
    ("neuf", 9),
    ("neun", 9),
];

/// What words do that say a digit more than once.
const TIMES: [(&str, u8); 3] = [("double", 2), ("triple", 3), ("treble", 3)];

static BEGINNINGS: LazyLock<Beginnings> = LazyLock::new(|| {
    let tables: [&[(&str, u8)]; 6] = [&DIGITS, &TEENS, &TENS, &PINYIN, &FOREIGN, &TIMES];
    Beginnings::new(tables.into_iter().flatten().map(|(word, _)| *word))
});

/// Whether a run of letters may begin with a word. Some others do too.
fn may_begin(text: &Folded, from: usize) -> bool {
    match is_letter(text.at(from + 1)) {
        // None of them has a letter beyond ASCII.
        true => BEGINNINGS.may_begin([0, 1, 2].map(|on| byte_of(text.at(from + on)))),
        false => text.at(from) == 'o',
    }
}

fn byte_of(character: char) -> u8 {
    u8::try_from(character).unwrap_or(0)
}

/// The value of a whole word in a table.
fn value(table: &[(&str, u8)], word: &str) -> Option<u8> {
    let found = table.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value)
}

fn is_letter(character: char) -> bool {
    character.is_ascii_lowercase()
}

/// The word that starts after at most a few blanks or hyphens, and where it ends.
fn next_word(text: &Folded, from: usize) -> (String, usize) {
    let start = text.run(from, |c| c.is_whitespace() || c == '-');
    let end = text.run(start, is_letter);
    match start - from <= 3 {
        true => (text.text(start, end), end),
        false => (String::new(), from),
    }
}

/// Reads the digits whose words start at a position, which must be the start of a run of letters.
pub(crate) fn read(text: &Folded, from: usize) -> Option<Spoken> {
    // Most words are none of these, whatever they go on with.
    if !may_begin(text, from) {
        return None;
    }
    let end = text.run(from, is_letter);
    // The longest of the words, glued three times over, and no more.
    if end == from || end - from > 80 {
        return None;
    }
    let word = text.text(from, end);
    let spoken = |digits: String, to| {
        Some(Spoken {
            digits,
            to,
            is_pinyin: false,
        })
    };
    if let Some(times) = value(&TIMES, &word).map(usize::from) {
        let (next, to) = next_word(text, end);
        if let Some(digit) = value(&DIGITS, &next).or((next == "o").then_some(0)) {
            return spoken(digit.to_string().repeat(times), to);
        }
        let after = text.run(end, char::is_whitespace);
        let digit = text.at(after);
        return match digit.is_ascii_digit() && !text.at(after + 1).is_ascii_digit() {
            true => spoken(digit.to_string().repeat(times), after + 1),
            false => None,
        };
    }
    if word == "o" {
        return spoken("0".to_owned(), end);
    }
    if let Some(digit) = value(&DIGITS, &word) {
        let (next, to) = next_word(text, end);
        return match next.as_str() {
            "thousand" => spoken(format!("{digit}000"), to),
            "hundred" => hundreds(text, digit, to),
            _ => spoken(digit.to_string(), end),
        };
    }
    if let Some(number) = below_hundred(text, from, end) {
        return Some(number);
    }
    glued(&word, &DIGITS, 3)
        .map(|digits| (digits, false))
        .or_else(|| glued(&word, &PINYIN, 1).map(|digits| (digits, true)))
        .or_else(|| value(&FOREIGN, &word).map(|digit| (digit.to_string(), true)))
        .or_else(|| glued(&word, &FOREIGN, 3).map(|digits| (digits, true)))
        .map(|(digits, is_pinyin)| Spoken {
            digits,
            to: end,
            is_pinyin,
        })
}

fn below_hundred(text: &Folded, from: usize, end: usize) -> Option<Spoken> {
    let word = text.text(from, end);
    let spoken = |number: u8, to| {
        Some(Spoken {
            digits: number.to_string(),
            to,
            is_pinyin: false,
        })
    };
    if let Some(number) = value(&TEENS, &word) {
        return spoken(number, end);
    }
    let tens = value(&TENS, &word)?;
    let (next, to) = next_word(text, end);
    match value(&DIGITS, &next).filter(|digit| *digit > 0) {
        Some(digit) => spoken(tens + digit, to),
        None => spoken(tens, end),
    }
}

fn hundreds(text: &Folded, digit: u8, to: usize) -> Option<Spoken> {
    let (next, after) = next_word(text, to);
    let from = match next.as_str() {
        "and" => after,
        _ => to,
    };
    let (rest, _) = next_word(text, from);
    let start = text.run(from, |c| c.is_whitespace() || c == '-');
    let below = below_hundred(text, start, start + rest.len());
    let (tens, to) = match below {
        Some(below) => (below.digits, below.to),
        None => ("00".to_owned(), to),
    };
    Some(Spoken {
        digits: format!("{digit}{tens:0>2}"),
        to,
        is_pinyin: false,
    })
}

/// A word that is nothing but words of the table, at least so many.
fn glued(word: &str, table: &[(&str, u8)], at_least: usize) -> Option<String> {
    let mut digits = String::new();
    let mut rest = word;
    while !rest.is_empty() {
        let first = rest.bytes().next();
        let longest = table
            .iter()
            .filter(|(name, _)| name.bytes().next() == first && rest.starts_with(name));
        let (name, digit) = longest.max_by_key(|(name, _)| name.len())?;
        digits.push(char::from(b'0' + digit));
        rest = rest.get(name.len()..)?;
    }
    (digits.len() >= at_least).then_some(digits)
}

/// All number words but pinyin with how many digits each may write. For the quick look.
pub(super) fn numbers() -> impl Iterator<Item = (&'static str, usize)> {
    let digits = DIGITS.iter().chain(&FOREIGN).map(|(word, _)| (*word, 1));
    let tens = TEENS.iter().chain(&TENS).map(|(word, _)| (*word, 2));
    let others = [
        ("double", 2),
        ("triple", 3),
        ("treble", 3),
        ("hundred", 2),
        ("thousand", 3),
    ];
    tens.chain(digits).chain(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Behind two letters that are a word anything may stand, behind others what belongs there.
    #[test]
    fn most_words_are_let_go_by_their_beginning() {
        for (text, may_be) in [
            ("yi", true),
            ("yin", true),
            ("three", true),
            ("threw", true),
            ("the", false),
            ("that", false),
            ("o", true),
            ("a", false),
        ] {
            assert_eq!(may_begin(&Folded::new(text), 0), may_be, "{text}");
        }
        for (word, _) in DIGITS.iter().chain(&TEENS).chain(&TENS).chain(&PINYIN) {
            let read = read(&Folded::new(word), 0);
            assert!(read.is_some_and(|read| read.to == word.len()), "{word}");
        }
        for (word, _) in &FOREIGN {
            assert!(read(&Folded::new(word), 0).is_some(), "{word}");
        }
    }

    #[test]
    fn words() {
        for (text, digits, rest) in [
            ("one three", "1", " three"),
            ("double zero one", "00", " one"),
            ("triple 8", "888", ""),
            ("thirty-eight", "38", ""),
            ("thirty zero", "30", " zero"),
            ("eight thousand", "8000", ""),
            ("one hundred and thirty eight", "138", ""),
            ("onethreeeight", "138", ""),
            ("yaosanba", "138", ""),
            ("yao san", "1", " san"),
        ] {
            let folded = Folded::new(text);
            let read = read(&folded, 0).unwrap();
            let after = folded.text(read.to, folded.len());
            assert_eq!((read.digits.as_str(), after.as_str()), (digits, rest));
        }
        assert!(read(&Folded::new("phone"), 0).is_none());
    }
}
