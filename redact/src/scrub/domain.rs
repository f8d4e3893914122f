//! Domain names, with dots as signs (`.`, `。`) or in words (`dot`, `点`), and letters apart or not.
//!
//! What must never be here: what stands before a domain. An address is `email`'s, a path `link`'s.

use super::fold::Folded;
use super::lexicon::Lexicon;
use std::sync::LazyLock;

/// A domain read at a position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Domain {
    pub(crate) to: usize,
    /// Where the last label begins.
    pub(crate) top: usize,
    /// Whether a dot was written in words or beside blanks.
    pub(crate) is_spelled: bool,
}

/// Top-level domains that addresses in résumés have. Endings of common file names are left out
/// (`.md`, `.py`, `.sh`, `.rs`, `.ts`): with a path behind, any ending is a web address.
const TOPS: &[&str] = &[
    "ac",
    "academy",
    "ae",
    "agency",
    "ai",
    "am",
    "app",
    "art",
    "asia",
    "at",
    "au",
    "be",
    "biz",
    "blog",
    "br",
    "build",
    "by",
    "ca",
    "careers",
    "cc",
    "center",
    "ch",
    "city",
    "cl",
    "click",
    "cloud",
    "club",
    "cn",
    "co",
    "codes",
    "com",
    "community",
    "company",
    "cool",
    "cv",
    "cz",
    "de",
    "design",
    "dev",
    "digital",
    "dk",
    "do",
    "edu",
    "email",
    "engineer",
    "engineering",
    "es",
    "eu",
    "expert",
    "fi",
    "fm",
    "fr",
    "fun",
    "fyi",
    "gg",
    "global",
    "gov",
    "gr",
    "group",
    "guru",
    "hk",
    "host",
    "hu",
    "icu",
    "id",
    "ie",
    "il",
    "im",
    "in",
    "info",
    "ink",
    "int",
    "io",
    "ir",
    "is",
    "it",
    "jobs",
    "jp",
    "kim",
    "kr",
    "la",
    "land",
    "lang",
    "law",
    "li",
    "life",
    "link",
    "live",
    "lol",
    "love",
    "ltd",
    "lu",
    "me",
    "media",
    "mil",
    "mn",
    "mo",
    "mobi",
    "moe",
    "ms",
    "mx",
    "my",
    "name",
    "net",
    "network",
    "news",
    "ninja",
    "nl",
    "no",
    "nu",
    "nz",
    "one",
    "online",
    "org",
    "page",
    "ph",
    "photo",
    "photography",
    "pl",
    "plus",
    "pm",
    "press",
    "pro",
    "pt",
    "pub",
    "pw",
    "red",
    "ren",
    "ro",
    "rocks",
    "ru",
    "run",
    "sa",
    "se",
    "sg",
    "shop",
    "show",
    "si",
    "site",
    "sk",
    "so",
    "social",
    "software",
    "solutions",
    "space",
    "st",
    "store",
    "studio",
    "su",
    "systems",
    "team",
    "tech",
    "technology",
    "tel",
    "th",
    "to",
    "today",
    "tokyo",
    "tools",
    "top",
    "tr",
    "tv",
    "tw",
    "ua",
    "uk",
    "us",
    "video",
    "vip",
    "vn",
    "wang",
    "website",
    "wiki",
    "win",
    "work",
    "works",
    "world",
    "ws",
    "wtf",
    "xin",
    "xyz",
    "za",
    "zone",
];

/// Providers that everybody knows without their domain.
static PROVIDERS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(&[
        "gmail",
        "googlemail",
        "outlook",
        "hotmail",
        "live",
        "msn",
        "yahoo",
        "ymail",
        "icloud",
        "protonmail",
        "proton",
        "qq",
        "vip",
        "foxmail",
        "163",
        "126",
        "139",
        "189",
        "sina",
        "sohu",
        "yeah",
        "tom",
        "aliyun",
        "21cn",
        "naver",
        "gmx",
        "zoho",
        "fastmail",
        "tutanota",
        "yandex",
    ])
});

pub(crate) fn is_top(label: &str) -> bool {
    TOPS.binary_search(&label).is_ok() || label.starts_with("xn--")
}

pub(crate) fn is_provider(label: &str) -> bool {
    let first = label.chars().next().unwrap_or_default();
    let mut providers = PROVIDERS.beginning(first).iter();
    providers.any(|(_, name, ())| *name == label)
}

/// Whether the label at a position is a provider.
pub(crate) fn is_provider_at(text: &Folded, from: usize) -> bool {
    let mut providers = PROVIDERS.at(text, from);
    providers.any(|(_, end)| !is_label(text.at(end)))
}

pub(crate) fn is_label(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-'
}

/// What is written or said for a dot.
static DOTS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(&[
        ".", "。", "·", "•", "dot", "点", "點", "丶", "punto", "ponto", "punkt",
    ])
});

/// The end of a dot at a position: a sign, a word, with a few blanks and brackets around it; and
/// whether it is more than a plain full stop.
pub(crate) fn dot(text: &Folded, from: usize) -> Option<(usize, bool)> {
    let is_around = |c: char| {
        matches!(
            c,
            ' ' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '_' | '\n'
        )
    };
    if text.at(from) == '.' && is_label(text.at(from + 1)) {
        return Some((from + 1, false));
    }
    if is_hyphenated_dot(text, from) {
        return Some((from + 5, true));
    }
    let start = text.run(from, is_around);
    if start - from > 3 {
        return None;
    }
    for (sign, end) in DOTS.at(text, start) {
        let is_word = sign.len() >= 3 && sign.is_ascii();
        let after = text.run(end, is_around);
        let stands_alone = (start > from && after > end) || text.at(start).is_ascii_punctuation();
        // A blank after a full stop ends a sentence, unless there is one before it too.
        let is_dot = match sign {
            "." => start > from && after > end,
            _ => !is_word || stands_alone,
        };
        if is_dot && after - end <= 3 && is_label(text.at(after)) {
            return Some((after, true));
        }
    }
    None
}

/// `gmail-dot-com`
fn is_hyphenated_dot(text: &Folded, at: usize) -> bool {
    text.has(at, "-dot-") && is_label(text.at(at + 5))
}

/// The end of a run of a label's characters, up to a dot in words.
fn run(text: &Folded, from: usize) -> usize {
    let to = text.run(from, is_label);
    (from..to)
        .find(|at| is_hyphenated_dot(text, *at))
        .unwrap_or(to)
}

/// A label has 63 characters at the most (RFC 1035).
const MOST: usize = 63;

/// The end of a label: a run, or single characters with one blank between (`g m a i l`).
fn label(text: &Folded, from: usize) -> usize {
    let to = run(text, from);
    if to != from + 1 {
        return to;
    }
    let mut end = to;
    while end - from < 2 * MOST
        && text.at(end) == ' '
        && is_label(text.at(end + 1))
        && !is_label(text.at(end + 2))
    {
        end += 2;
    }
    end
}

/// Reads a domain of at least two labels, the last a known top.
pub(crate) fn read(text: &Folded, from: usize) -> Option<Domain> {
    let mut at = label(text, from);
    let mut found = None;
    let mut is_spelled = at > from + 1 && text.slice(from, at).iter().any(|u| u.character == ' ');
    if at == from {
        return None;
    }
    for _ in 0..8 {
        let Some((next, spelled)) = dot(text, at) else {
            break;
        };
        let mut end = run(text, next);
        if end == next + 1 {
            end = label(text, next);
        }
        if end == next {
            break;
        }
        is_spelled |= spelled;
        let name: String = text.characters(next, end).filter(|c| *c != ' ').collect();
        if is_top(&name) {
            found = Some(Domain {
                to: end,
                top: next,
                is_spelled,
            });
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tops_are_sorted() {
        assert!(TOPS.is_sorted());
    }

    #[test]
    fn domains() {
        for (text, to) in [
            ("example.com", 11),
            ("example.co.uk/x", 13),
            ("example dot com", 15),
            ("example点com", 11),
            ("example。com", 11),
            ("g m a i l . c o m", 17),
            ("example (dot) com", 17),
            ("example-dot-com", 15),
            ("example punto com", 17),
        ] {
            let folded = Folded::new(text);
            assert_eq!(read(&folded, 0).map(|domain| domain.to), Some(to), "{text}");
        }
        for text in ["node.js", "end. In", "dotcom", "3.14", "a"] {
            assert!(read(&Folded::new(text), 0).is_none(), "{text}");
        }
    }
}
