//! E-mail addresses, the sign between their halves written in any way.
//!
//! What must never be here: the syntax of RFC 5322 as a condition. What a reader would take for an
//! address is one.

use super::domain::{self, is_provider};
use super::finding::{FindingKind, Hit};
use super::fold::Folded;
pub(super) use unsigned::is_glued;

mod unsigned;

/// What stands for `@`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// The sign itself.
    Sign,
    /// `(at)`, `艾特`, `圈a`.
    Spelled,
    /// The bare word, which is also a preposition.
    Word,
}

/// Words before `at` that are no account: `worked at example.com`.
const PREPOSITIONAL: &[&str] = &[
    "work",
    "worked",
    "working",
    "works",
    "engineer",
    "developer",
    "intern",
    "internship",
    "manager",
    "analyst",
    "designer",
    "scientist",
    "architect",
    "lead",
    "leader",
    "director",
    "employed",
    "role",
    "position",
    "experience",
    "years",
    "team",
    "based",
    "look",
    "available",
    "hosted",
    "live",
    "here",
    "more",
    "consultant",
    "specialist",
    "administrator",
    "researcher",
    "tester",
    "programmer",
    "job",
    "was",
    "am",
    "is",
    "are",
    "interned",
    "interning",
    "commerce",
    "joined",
    "employee",
    "product",
    "marketing",
    "sales",
    "service",
    "services",
    "systems",
    "platform",
];

pub(crate) fn find(text: &Folded) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let hit = sign(text, at)
            .and_then(|(kind, from, to)| address(text, kind, from, to))
            .or_else(|| unsigned::find(text, at));
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

/// Whether a sign between letters or digits may stand in the place of `@`. The quick look asks too.
pub(super) fn stands_for_at(sign: char) -> bool {
    match sign {
        '#' | '*' | '$' | '&' | '^' | '!' | '~' | '=' => true,
        // Dashes, quotation marks and points part words; any other symbol may stand for it.
        '·' | '\u{2010}'..='\u{2027}' | '\u{3001}'..='\u{301F}' | '，' | '：' | '；' => false,
        _ => !sign.is_ascii() && !sign.is_alphanumeric() && !sign.is_whitespace(),
    }
}

/// The sign at a position: its kind, where it begins with its brackets and blanks, where it ends.
fn sign(text: &Folded, at: usize) -> Option<(At, usize, usize)> {
    let is_around = |c: char| {
        matches!(
            c,
            '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '_' | '-' | '*' | '"' | '#'
        ) || c.is_whitespace()
    };
    let found = match text.at(at) {
        '@' => (At::Sign, at + 1),
        '艾' | '爱' if text.at(at + 1) == '特' => (At::Spelled, at + 2),
        '小' if text.has(at, "小老鼠") => (At::Spelled, at + 3),
        '圈' if text.at(at + 1) == 'a' => (At::Spelled, at + 2),
        'a' if is_word(text, at, "arroba") => (At::Spelled, at + 6),
        'a' if is_word(text, at, "aroba") => (At::Spelled, at + 5),
        'a' if text.at(at + 1) == 't' => {
            let is_word = !text.before(at).is_alphanumeric() && !text.at(at + 2).is_alphanumeric();
            if !is_word {
                return None;
            }
            let is_bracketed = matches!(text.before(at), '(' | '[' | '{' | '<' | '_' | '*')
                || (text.before(at) == ' ' && matches!(text.before(at - 1), '(' | '[' | '{' | '<'));
            let end = match text.has(at + 2, " the rate") {
                true => at + 11,
                false => at + 2,
            };
            (if is_bracketed { At::Spelled } else { At::Word }, end)
        }
        // `zhang(a)example.com`
        'a' if matches!(text.before(at), '(' | '[') && matches!(text.at(at + 1), ')' | ']') => {
            (At::Word, at + 1)
        }
        // Another sign in the place of it: `zhang#example.com`.
        sign if stands_for_at(sign) => {
            let is_inside =
                text.before(at).is_ascii_alphanumeric() && text.at(at + 1).is_ascii_alphanumeric();
            if !is_inside {
                return None;
            }
            (At::Word, at + 1)
        }
        _ => return None,
    };
    let from = text.run_back(at, is_around);
    let to = text.run(found.1, is_around);
    if at - from > 4 || to - found.1 > 4 {
        return None;
    }
    Some((found.0, from, to))
}

fn is_word(text: &Folded, at: usize, word: &str) -> bool {
    text.has(at, word)
        && !text.before(at).is_alphanumeric()
        && !text.at(at + word.len()).is_alphanumeric()
}

fn address(text: &Folded, kind: At, sign_from: usize, sign_to: usize) -> Option<Hit> {
    let from = match local(text, sign_from) {
        Some(from) => from,
        // A name in another script, where a domain says that it is an address.
        None if kind == At::Sign => {
            let from = text.run_back(sign_from, char::is_alphanumeric);
            let top = international(text, sign_to);
            if from == sign_from || (top.is_none() && domain::read(text, sign_to).is_none()) {
                return None;
            }
            from
        }
        None => return None,
    };
    if let Some(to) = international(text, sign_to).filter(|_| kind == At::Sign) {
        return Some(Hit {
            from,
            to,
            kind: FindingKind::Email,
            rule: "address",
        });
    }
    let domain = domain::read(text, sign_to);
    let run = text.run(sign_to, |c| domain::is_label(c) || matches!(c, '.' | '_'));
    let first = text.run(sign_to, domain::is_label);
    let name = text.text(sign_to, first);
    let to = match (kind, domain) {
        (At::Word, Some(domain)) => {
            let word = text.text(from, sign_from);
            if !domain.is_spelled && PREPOSITIONAL.contains(&word.as_str()) {
                return None;
            }
            domain.to
        }
        (_, Some(domain)) => domain.to,
        (At::Word, None) if PREPOSITIONAL.contains(&text.text(from, sign_from).as_str()) => {
            return None;
        }
        _ if is_provider(&name) && kind != At::Sign => first,
        (At::Word, None) => return None,
        (At::Spelled, None) if run == sign_to => return None,
        (At::Spelled, None) => run,
        (At::Sign, None) => sign_alone(text, from, sign_to, run)?,
    };
    Some(Hit {
        from,
        to: path_end(text, to),
        kind: FindingKind::Email,
        rule: match kind {
            At::Sign => "address",
            At::Spelled => "address-spelled",
            At::Word => "address-in-words",
        },
    })
}

/// The end of a domain under one of the Chinese tops: `例子.中国`.
fn international(text: &Folded, from: usize) -> Option<usize> {
    let end = text.run(from, |c| c.is_alphanumeric() || c == '-');
    if end == from || text.at(end) != '.' {
        return None;
    }
    let mut tops = ["中国", "中國", "公司", "网络", "網絡", "在线", "集团"].into_iter();
    let top = tops.find(|top| text.has(end + 1, top))?;
    Some(end + 1 + top.chars().count())
}

/// An address without a known domain behind its sign, where it is none of a program's spellings:
/// `recall@10`, `react@17.0.2`.
fn sign_alone(text: &Folded, from: usize, sign_to: usize, run: usize) -> Option<usize> {
    let name = text.text(sign_to, run);
    if is_provider(&name) {
        return Some(run);
    }
    if name.is_empty() {
        let is_word = |c: char| c.is_alphanumeric() && !c.is_ascii();
        let to = text.run(sign_to, is_word);
        let says_mail = text
            .characters(sign_to, to)
            .any(|c| matches!(c, '邮' | '箱' | '点' | '郵'));
        return says_mail.then_some(to.min(sign_to + 8));
    }
    let is_number = name.starts_with(|c: char| c.is_ascii_digit());
    let is_rank = name.len() <= 2;
    let is_scope = from == sign_to;
    (!is_number && !is_rank && !is_scope).then_some(run)
}

/// Where the account before a sign begins. None if there is none.
fn local(text: &Folded, to: usize) -> Option<usize> {
    let is_part = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'' | '=')
    };
    // `"zhang san"@example.com`
    if text.at(to) == '"' {
        let opened = text.run_back(to, |c| !matches!(c, '"' | '\n'));
        if text.before(opened) == '"' && (1..=40).contains(&(to - opened)) {
            return Some(opened - 1);
        }
    }
    let mut from = text.run_back(to, is_part);
    if from == to {
        // A number in Chinese numerals; fewer of them are a part of a name.
        let start = text.run_back(to, |c| super::glyphs::han_digit(c).is_some());
        return (to - start >= 5).then_some(start);
    }
    if !text.characters(from, to).any(char::is_alphanumeric) {
        return None;
    }
    // `z h a n g @ …`
    if to - from == 1 {
        while text.before(from) == ' '
            && from >= 2
            && is_part(text.at(from - 2))
            && (from == 2 || !is_part(text.at(from - 3)))
        {
            from -= 2;
        }
    }
    // `zhang dot san at …`
    for _ in 0..3 {
        let Some(before) = spelled_dot_back(text, from) else {
            break;
        };
        let start = text.run_back(before, is_part);
        if start == before {
            break;
        }
        from = start;
    }
    while matches!(text.at(from), '.' | '-' | '\'' | '=') && from < to {
        from += 1;
    }
    Some(from)
}

/// Where a dot in words that ends at a position begins.
fn spelled_dot_back(text: &Folded, to: usize) -> Option<usize> {
    let is_around = |c: char| matches!(c, ' ' | '(' | ')' | '[' | ']' | '{' | '}' | '_');
    let end = text.run_back(to, is_around);
    for word in [
        "dot",
        "点",
        "underscore",
        "下划线",
        "dash",
        ".",
        "punto",
        "ponto",
        "punkt",
    ] {
        let start = end.checked_sub(word.chars().count());
        if let Some(start) = start.filter(|start| text.has(*start, word)) {
            let before = text.run_back(start, is_around);
            let stands_alone = !word.is_ascii() || (before < start && end < to);
            return stands_alone.then_some(before);
        }
    }
    None
}

/// What is glued to an address belongs to it.
fn path_end(text: &Folded, to: usize) -> usize {
    match text.at(to) {
        '/' | '?' => text.run(to, |c| {
            c.is_ascii_graphic() && !matches!(c, ')' | ']' | '"' | ',' | ';')
        }),
        _ => to,
    }
}
