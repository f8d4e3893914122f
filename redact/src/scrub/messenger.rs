//! Accounts of messengers and social networks, known by the words before them.
//!
//! What must never be here: the name of a network alone as a reason. "微信支付" is work, not a
//! contact: an account has to follow.

use super::finding::{FindingKind, Hit};
use super::fold::Folded;
use super::glyphs::han_digit;
use marked::{account_behind, is_bare, is_counted, is_marked, is_period};
use words::{BY_FIRST, CUES, Cue, FILLERS, WORK};

mod marked;
mod words;

pub(crate) fn find(text: &Folded) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let hit = cue(text, at).and_then(|(kind, end)| {
            let before = || account_before(text, kind, at, end);
            account(text, kind, at, end).or_else(before)
        });
        match hit {
            Some(hit) => {
                at = hit.to.max(at + 1);
                hits.push(hit);
            }
            None => at += 1,
        }
    }
    hits
}

/// The longest cue that begins at a position, and where it ends. Signs between its characters are
/// passed over.
fn cue(text: &Folded, at: usize) -> Option<(Cue, usize)> {
    let first = text.at(at);
    let is_latin = |c: char| c.is_ascii_lowercase();
    if first == '\0' || is_latin(first) && is_latin(text.before(at)) {
        return None;
    }
    let ends = BY_FIRST
        .beginning(first)
        .iter()
        .filter_map(|(_, word, kind)| {
            let end = cue_end(text, at, word)?;
            let goes_on = is_latin(text.before(end)) && is_latin(text.at(end));
            let is_inside = goes_on && (kind != &Cue::Certain || is_latin(first));
            (!is_inside).then_some((*kind, end))
        });
    ends.max_by_key(|(_, end)| *end)
}

fn cue_end(text: &Folded, at: usize, word: &str) -> Option<usize> {
    let mut position = at;
    let is_latin = word.is_ascii();
    for (index, expected) in word.chars().enumerate() {
        if index > 0 && !is_latin && text.at(position) != expected {
            let after = text.run(position, |c| {
                !c.is_alphanumeric() && !matches!(c, '\n' | ',' | '，' | '。' | ':')
            });
            if after - position <= 3 {
                position = after;
            }
        }
        if text.at(position) != expected {
            return None;
        }
        position += 1;
    }
    Some(position)
}

fn account(text: &Folded, kind: Cue, cue: usize, cue_end: usize) -> Option<Hit> {
    let mut at = cue_end;
    let (mut is_pointed, mut has_filler) = (false, false);
    if let Some(hit) = account_behind(text, kind, cue_end) {
        return Some(hit);
    }
    // Signs and fillers, a few of them.
    for _ in 0..6 {
        let after = text.run(at, |c| {
            !c.is_alphanumeric() && !matches!(c, '\n' | '。' | '@' | ',' | '，')
        });
        let signs = text.slice(at, after);
        if signs.len() > 8 {
            return None;
        }
        is_pointed |= signs.iter().any(|unit| {
            matches!(
                unit.character,
                ':' | '=' | '>' | '→' | '(' | '[' | '【' | '"' | '“' | '「' | '#' | '-' | '~'
            )
        });
        at = after;
        match filler(text, at) {
            Some(end) => {
                has_filler = true;
                at = end;
            }
            None => break,
        }
    }
    if text.at(at) == '@' {
        is_pointed = true;
        at += 1;
        // `微博 @张三`
        let to = text.run(at, |c| c.is_alphanumeric() && !c.is_ascii());
        if kind == Cue::Doubtful && (2..=12).contains(&(to - at)) {
            return Some(Hit {
                from: at - 1,
                to,
                kind: FindingKind::Messenger,
                rule: "cue-account",
            });
        }
    }
    let to = account_end(text, at);
    let digits = text.characters(at, to).filter(|c| is_digit(*c)).count();
    let length = text
        .characters(at, to)
        .filter(|c| c.is_alphanumeric())
        .count();
    let letters = length - digits;
    let word = text.text(at, to);
    let is_capital = text.is_capital(at);
    let is_one_word = letters == length && !word.contains(['_', '-', '.']);
    let is_number = letters == 0 && (5..=15).contains(&digits) && !is_period(&word);
    let is_mixed = letters > 0
        && text.at(at).is_ascii_alphanumeric()
        && (5..=30).contains(&length)
        && (!is_one_word || is_pointed || has_filler);
    let is_named = is_one_word && (5..=30).contains(&length);
    // Every part of it: `mini-program` is work, `oyj_design` is somebody.
    let is_work = word.split(['-', '.', '_']).all(|w| WORK.contains(&w));
    let is_account = match kind {
        _ if is_number && is_counted(text, to) => false,
        Cue::Certain | Cue::Doubtful if is_number => is_pointed || has_filler || at - cue_end <= 2,
        Cue::Certain => {
            let is_likely = digits > 0 || is_pointed || has_filler || word.contains('_');
            (is_mixed && is_likely && !(is_work && digits == 0))
                || (is_named && !is_capital && !is_work && !is_followed_by_word(text, to))
        }
        Cue::Doubtful => {
            is_mixed
                && !is_work
                && (is_pointed
                    || has_filler
                    || (digits >= 2 && text.at(at).is_ascii_lowercase() && length >= 6))
        }
        Cue::Mail => {
            is_mixed && !is_one_word && !is_work && (is_pointed || has_filler || at == cue_end + 1)
        }
        Cue::Common => {
            let is_said =
                is_pointed && (text.has(cue_end, ":") || has_filler || text.has(cue_end, "("));
            let is_named_so = has_filler && matches!(text.at(cue), 'h' | 'u');
            let is_said = is_said || is_named_so || has_id(text, cue_end, at);
            let is_said = is_said || is_bare(text, cue, cue_end, at, &word);
            is_said
                && !is_work
                && (is_number
                    || (is_mixed
                        && (digits >= 1 || word.contains('_') || has_id(text, cue_end, at))))
        }
    };
    // What stands for an account that was hidden before.
    let is_hidden = word == "hidden" && text.before(at) == '[';
    let is_mail = matches!(text.at(cue), '邮' | '信' | '郵' | 'e' | 'm');
    let cue_is_latin = text.at(cue).is_ascii();
    let is_named_so = is_pointed || (!cue_is_latin && digits >= 2 && letters >= 3);
    if is_hidden || !is_account || (is_mail && (!is_named_so || is_one_word && length < 6)) {
        return None;
    }
    Some(Hit {
        from: at,
        to,
        kind: FindingKind::Messenger,
        rule: if is_number {
            "cue-number"
        } else {
            "cue-account"
        },
    })
}

/// An account that its network stands behind: `zsf8888（微信）`, `zsf8888 is my wechat`.
fn account_before(text: &Folded, kind: Cue, cue: usize, cue_end: usize) -> Option<Hit> {
    if matches!(kind, Cue::Common | Cue::Mail) {
        return None;
    }
    let is_sign = |c: char| !c.is_alphanumeric() && !matches!(c, '\n' | '。' | ';');
    let mut to = text.run_back(cue, is_sign);
    let is_bracketed = matches!(text.before(cue), '(' | '[' | '【' | '「' | '/')
        && matches!(
            text.at(cue_end),
            ')' | ']' | '】' | '」' | '号' | '同' | '/' | '\0'
        );
    let mut is_said = is_bracketed;
    for word in ["my", "我的", "is", "是", "为", "就是", "on", "via"] {
        let start = to.checked_sub(word.chars().count());
        if let Some(start) = start.filter(|start| text.has(*start, word)) {
            is_said = true;
            to = text.run_back(start, is_sign);
        }
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let from = text.run_back_within(to, MOST, is_part);
    let length = to - from;
    let digits = text
        .characters(from, to)
        .filter(char::is_ascii_digit)
        .count();
    let has_sign = text.characters(from, to).any(|c| c == '_');
    let is_said = is_said
        || (kind == Cue::Certain
            && is_marked(&text.text(from, to))
            && cue - to <= 2
            && !text
                .at(text.run(cue_end, |c| "号同號".contains(c)))
                .is_alphanumeric());
    let is_account = match digits == length {
        true => (5..=12).contains(&digits) && !is_period(&text.text(from, to)),
        false => {
            (5..=30).contains(&length)
                && (digits > 0 || has_sign)
                && !is_period(&text.text(from, to))
        }
    };
    (is_said && is_account).then_some(Hit {
        from,
        to,
        kind: FindingKind::Messenger,
        rule: "account-then-cue",
    })
}

fn has_id(text: &Folded, from: usize, to: usize) -> bool {
    (from..to).any(|at| text.has(at, "id") || text.has(at, "号") || text.at(at) == '@')
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit() || han_digit(character).is_some()
}

fn is_followed_by_word(text: &Folded, to: usize) -> bool {
    text.at(to) == ' ' && text.at(to + 1).is_ascii_lowercase()
}

fn filler(text: &Folded, at: usize) -> Option<usize> {
    let ends = FILLERS.at(text, at).filter_map(|(word, end)| {
        let is_inside =
            word.is_ascii() && (text.at(end).is_ascii_alphanumeric() || text.at(end) == '_');
        (!is_inside).then_some(end)
    });
    ends.max()
}

/// No account is so long, with the signs inside it.
const MOST: usize = 128;

/// The end of an account: letters, digits and the signs inside it; single characters apart count
/// as one.
fn account_end(text: &Folded, from: usize) -> usize {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || han_digit(c).is_some();
    let mut end = text.run_within(from, MOST, is_part);
    while end - from < MOST {
        let signs = text.run_within(end, 3, |c| {
            matches!(c, '-' | '.' | '_' | '*' | '/' | '|' | '·' | '~' | '#')
        });
        let blanks = text.run_within(end, 3, |c| c == ' ');
        let next = signs.max(blanks);
        if next == end || next - end > 2 || !is_part(text.at(next)) {
            break;
        }
        let after = text.run_within(next, MOST, is_part);
        let is_apart = blanks > end;
        let are_digits = text.characters(from, end).all(|c| !c.is_alphabetic())
            && text.characters(next, after).all(is_digit);
        let are_single = after - next <= 2 && end - text.run_back(end, is_part) <= 2;
        let is_name_and_number = next == end + 1
            && end - from <= 12
            && text.characters(from, end).all(|c| c.is_ascii_lowercase())
            && text.characters(next, after).all(is_digit);
        if is_apart && !are_digits && !are_single && !is_name_and_number {
            break;
        }
        end = after;
    }
    end
}

/// The cues of Latin letters, and whether each is a common word. For the quick look.
pub(super) fn latin_cues() -> impl Iterator<Item = (&'static str, bool)> {
    let is_latin = |word: &str| {
        word.chars()
            .all(|c| c.is_ascii_lowercase() || matches!(c, ' ' | '-'))
    };
    let latin = CUES.iter().filter(move |(word, _)| is_latin(word));
    latin.map(|(word, kind)| (*word, matches!(kind, Cue::Common)))
}

/// The cues that begin with a Chinese character. For the quick look.
pub(super) fn han_cues() -> impl Iterator<Item = &'static str> {
    let words = CUES.iter().map(|(word, _)| *word);
    words.filter(|word| word.starts_with(|c: char| !c.is_ascii()))
}
