//! The account of an address without its domain: `lena.vasquez (gmail)`.
//!
//! By itself an account may be a name or a word, so it counts only near a word for its provider or for
//! mail.
//!
//! What must never be here: a match over two values of a body. A name, and a masked address with its
//! domain in the next field, tell nothing.

use super::forms::{Certainty, Form, Stream, letters_and_digits};
use memchr::memmem;
use std::ops::Range;

/// So many bytes of letters and digits may stand between an account and its provider.
const REACH: usize = 32;
/// And between an account and a word for mail.
const SHORT_REACH: usize = 12;

/// Shorter accounts are parts of many words.
const ACCOUNT: usize = 4;
/// And these of some that stand near a word for mail.
const LONG_ACCOUNT: usize = 6;

/// Words for mail, with small letters.
const MAIL: [&str; 2] = ["mail", "箱"];

/// A character of what providers are called in Chinese: one is enough, and few are searched for.
const CALLED: [(&str, &str); 8] = [
    ("gmail", "歌"),
    ("163", "易"),
    ("126", "易"),
    ("yeah", "易"),
    ("qq", "鹅"),
    ("foxmail", "狐"),
    ("sina", "浪"),
    ("sohu", "狐"),
];

/// What is said for a full stop in an account.
const DOTS: [&str; 6] = ["", "dot", "点", "point", "punto", "punkt"];

/// The forms of an address's account, if that is long enough.
pub(super) fn accounts(local: &str, domain: &str) -> Vec<Form> {
    let local = local.split('+').next().unwrap_or_default();
    let length = letters_and_digits(local).chars().count();
    let provider = letters_and_digits(domain.split('.').next().unwrap_or_default());
    if length < ACCOUNT || provider.is_empty() {
        return Vec::new();
    }
    let called = CALLED.iter().filter(|(name, _)| *name == provider);
    let called = called.map(|(_, called)| (*called).to_owned());
    let mail = MAIL.into_iter().filter(|_| length >= LONG_ACCOUNT);
    let mut near: Vec<String> = called.chain(mail.map(str::to_owned)).collect();
    near.push(provider);
    let words: Vec<String> = local.split('.').map(letters_and_digits).collect();
    let dots = DOTS
        .iter()
        .take(if words.len() > 1 { DOTS.len() } else { 1 });
    let forms = dots.map(|dot| Form {
        bytes: words.join(dot).into_bytes(),
        stream: Stream::Text,
        certainty: Certainty::Beside,
        near: near.clone(),
    });
    forms.collect()
}

/// An account that stands at a place of a stream, with what makes it one; none if nothing near it in
/// its value does.
pub(super) fn with_provider(
    form: &Form,
    stream: &[u8],
    value: &Range<usize>,
    account: Range<usize>,
) -> Option<Range<usize>> {
    let words = || {
        form.near.iter().map(|word| match MAIL.contains(&&**word) {
            true => (word.as_bytes(), SHORT_REACH),
            false => (word.as_bytes(), REACH),
        })
    };
    let behind = words().filter_map(|(word, reach)| {
        let to = (account.end + reach + word.len()).min(value.end);
        let after = stream.get(account.end..to)?;
        Some(account.end + memmem::find(after, word)? + word.len())
    });
    let ahead = words().filter_map(|(word, reach)| {
        let from = account.start.saturating_sub(reach + word.len());
        let from = from.max(value.start);
        Some(from + memmem::rfind(stream.get(from..account.start)?, word)?)
    });
    let (behind, ahead) = (behind.max(), ahead.min());
    let is_one = behind.is_some() || ahead.is_some();
    is_one.then(|| ahead.unwrap_or(account.start)..behind.unwrap_or(account.end))
}
