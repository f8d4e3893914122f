//! `pseudonym`: a keyed stand-in for a value, and the tag of `mask:name-strict`.
//!
//! What must never be here: a stand-in without a key. Numbers and names are few
//! enough to try them all.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::facts::Facts;
use super::fold::fold;
use super::mask_name::mask_name;
use super::phone_region::PhoneRegion;

/// The fewest bytes of a key.
pub const MIN_KEY_BYTES: usize = 16;

/// Bytes of a pseudonym: 128 bits, so that a billion candidates have different
/// ones.
const SHOWN_BYTES: usize = 16;

/// The secret of one audience. Who has it can tell whose pseudonym it is by
/// trying, so it stays with the platform. `Debug` does not show it.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// A key; none if it has fewer than [`MIN_KEY_BYTES`].
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mac = Hmac::new_from_slice(bytes).ok()?;
        (bytes.len() >= MIN_KEY_BYTES).then_some(Self(mac))
    }

    /// HMAC-SHA-256 (RFC 2104) of a value of a class. The class and its length
    /// go first, so that one value under two classes cannot be joined.
    fn digest(&self, class: &str, value: &str) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(b"privet pseudonym 1\0");
        mac.update(&u64::try_from(class.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(class.as_bytes());
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// Shows 32 hexadecimal digits that depend on key, class and the exact text.
/// None without a key.
pub fn pseudonym(class: &str, text: &str, key: Option<&Key>) -> Option<String> {
    let digest = key?.digest(class, text);
    Some(hexadecimal(digest.get(..SHOWN_BYTES)?))
}

/// Shows `候选人#7f3a` for a name: nothing of it but a tag by which the viewer
/// can tell two candidates on one page apart, of 16 bits, so that many people
/// share one; without a key the word alone. Outside China the word is
/// `Candidate`. None for what is no name.
pub fn mask_name_strict(name: &str, facts: &Facts) -> Option<String> {
    // Whatever `mask:name` refuses to call a name is none.
    mask_name(name)?;
    let word = match facts.phone_region {
        PhoneRegion::Other => "Candidate",
        PhoneRegion::Unknown | PhoneRegion::China => "候选人",
    };
    Some(match &facts.key {
        Some(key) => {
            let digest = key.digest("mask:name-strict", fold(name)?.trim());
            format!("{word}#{}", hexadecimal(digest.get(..2)?))
        }
        None => word.to_owned(),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
