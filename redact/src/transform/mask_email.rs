//! `mask:email`: the first character and the domain.
//!
//! What must never be here: a domain that is the person's own; it would undo the
//! mask.

use super::fold::fold;

/// The domain shown for one that must not be: reserved by RFC 2606, so that the
/// result is still an address in form (RFC 5321) and never anybody's.
const HIDDEN_DOMAIN: &str = "masked.invalid";

/// Masks an e-mail address: `zhangsan@example.com` → `z***@example.com`.
///
/// The first character is shown if it is an ASCII letter or digit and there are
/// more before any `+` tag. The domain is hidden (`***@masked.invalid`) if it
/// shares a word of three letters or more with the local part or with one of
/// `own_names`, holds more than six digits (a telephone number would fit), or is
/// not written in ASCII. None if it is not one address.
pub fn mask_email(address: &str, own_names: &[String]) -> Option<String> {
    let address = fold(address)?.to_lowercase().replace('\u{3002}', ".");
    let (local, domain) = address.trim().split_once('@')?;
    let local = local.split('+').next().unwrap_or_default();
    let is_word = |text: &str| {
        !text.is_empty()
            && !text.contains(|c: char| c.is_whitespace() || "@\"<>(),:;\\[]/".contains(c))
    };
    let labels: Vec<&str> = domain.split('.').collect();
    if !is_word(domain) || labels.len() < 2 || labels.contains(&"") {
        return None;
    }
    if !local.is_empty() && !is_word(local) {
        return None;
    }
    let mut characters = local.chars();
    let first = characters
        .next()
        .filter(|first| first.is_ascii_alphanumeric() && characters.next().is_some());
    let domain = if is_plain_host(domain) && !is_own(&labels, local, own_names) {
        domain
    } else {
        HIDDEN_DOMAIN
    };
    Some(match first {
        Some(first) => format!("{first}***@{domain}"),
        None => format!("***@{domain}"),
    })
}

/// Whether the domain may be shown as far as its form goes.
fn is_plain_host(domain: &str) -> bool {
    domain.len() <= 253
        && domain.bytes().filter(u8::is_ascii_digit).count() <= 6
        && domain
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        && !domain.starts_with('-')
}

/// Whether a label of the domain, but for the last, holds a word of the local
/// part or of a name, or the other way round.
fn is_own(labels: &[&str], local: &str, own_names: &[String]) -> bool {
    let bare = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    let names = own_names
        .iter()
        .map(|name| fold(name).unwrap_or_default().to_lowercase());
    let mut words: Vec<String> = Vec::new();
    for text in names.chain([local.to_owned()]) {
        words.extend(text.split(|c: char| !c.is_alphanumeric()).map(bare));
        words.push(bare(&text));
    }
    let is_long = |word: &str| word.chars().count() >= 3;
    let (_, labels) = labels.split_last().unwrap_or((&"", &[]));
    labels.iter().map(|label| bare(label)).any(|label| {
        words.iter().any(|word| {
            (is_long(word) && label.contains(word.as_str()))
                || (is_long(&label) && word.contains(&label))
        })
    })
}
