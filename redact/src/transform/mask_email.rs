//! `mask:email`: the first character and the domain.
//!
//! What must never be here: a domain that is the person's own; it would undo the
//! mask.

use super::fold::fold;
use std::borrow::Cow;

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
    let mut address = fold(address)?.to_lowercase();
    if !address.is_ascii() && address.contains('\u{3002}') {
        address = address.replace('\u{3002}', ".");
    }
    let (local, domain) = address.trim().split_once('@')?;
    let local = local.split('+').next().unwrap_or_default();
    if domain.is_empty() || !is_one_word(domain) || !has_labels(domain) || !is_one_word(local) {
        return None;
    }
    let mut characters = local.chars();
    let first = characters
        .next()
        .filter(|first| first.is_ascii_alphanumeric() && characters.next().is_some());
    let domain: &str = if is_plain_host(domain) && !is_own(domain, local, own_names) {
        domain
    } else {
        HIDDEN_DOMAIN
    };
    let mut shown = String::with_capacity("z***@".len() + domain.len());
    shown.extend(first);
    shown.push_str("***@");
    shown.push_str(domain);
    Some(shown)
}

/// Whether nothing in it parts it, or belongs to more than an address.
fn is_one_word(text: &str) -> bool {
    let is_sign = |c: char| {
        matches!(
            c,
            '@' | '"' | '<' | '>' | '(' | ')' | ',' | ':' | ';' | '\\' | '[' | ']' | '/'
        )
    };
    // Most have nothing to be asked about.
    text.bytes().all(is_plain) || !text.contains(|c: char| is_sign(c) || c.is_whitespace())
}

/// What hosts are written with (RFC 1123, section 2.1), in small letters.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.')
}

/// Whether it is two labels or more, none of them empty.
fn has_labels(domain: &str) -> bool {
    let bytes = domain.as_bytes();
    let is_empty = |pair: &[u8]| matches!(pair, [b'.', b'.']);
    bytes.contains(&b'.')
        && bytes.first() != Some(&b'.')
        && bytes.last() != Some(&b'.')
        && !bytes.windows(2).any(is_empty)
}

/// Whether the domain may be shown as far as its form goes.
fn is_plain_host(domain: &str) -> bool {
    domain.len() <= 253
        && domain.bytes().filter(u8::is_ascii_digit).count() <= 6
        && domain.bytes().all(is_plain)
        && !domain.starts_with('-')
}

/// Whether a label of the domain, but for the last, holds a word of the local
/// part or of a name, or the other way round.
fn is_own(domain: &str, local: &str, own_names: &[String]) -> bool {
    let names: Vec<String> = own_names
        .iter()
        .map(|name| fold(name).unwrap_or_default().to_lowercase())
        .collect();
    let (labels, _) = domain.rsplit_once('.').unwrap_or_default();
    let texts = || names.iter().map(String::as_str).chain([local]);
    labels.split('.').map(bare).any(|label| {
        texts().any(|text| {
            // What one of its words holds, all of it holds.
            let whole = bare(text);
            let mut words = text.split(|c: char| !c.is_alphanumeric());
            holds(&whole, &label) || holds(&label, &whole) || words.any(|w| holds(&label, w))
        })
    })
}

/// Whether a word of three letters or more stands in another.
fn holds(outer: &str, inner: &str) -> bool {
    outer.len() >= inner.len() && inner.chars().nth(2).is_some() && outer.contains(inner)
}

/// The letters and digits of a text.
fn bare(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Cow::Borrowed(text);
    }
    let mut bare = String::with_capacity(text.len());
    bare.extend(text.chars().filter(|c| c.is_alphanumeric()));
    Cow::Owned(bare)
}
