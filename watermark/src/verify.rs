//! What became of a mark: valid, altered, absent, or signed by a key that is not known.
//!
//! Exactly one of the four, for any bytes. *Altered* goes before *unknown key*: a document that
//! contradicts its own proof was altered, whoever signed it. *Absent* is only a document without
//! anything of a proof: damage to a proof, to its name or to the JSON around it is an alteration.
//! What must never be here: a panic, or a way to `Valid` past the signature.

use crate::claims::Claims;
use crate::document::{canonical, digest, parse};
use crate::jws::{PREFIX, Proof, looks_like_proof};
use crate::key::PublicKeys;
use serde_json::Value;
use std::fmt;

/// What became of a mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The document is, but for white space, order of members and escapes, what was signed.
    Valid(Box<Claims>),
    /// There is a proof, and the document is not what was signed. Its claims are not to be believed.
    Altered(Altered),
    /// There is no proof. Nobody has signed this.
    Absent,
    /// The proof agrees with the document but names a key that is not among those given.
    UnknownKey {
        /// The key's id.
        key_id: String,
    },
}

/// How a document was seen to be altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Altered {
    /// It holds parts of a mark but is not JSON that has one canonical form.
    Unreadable,
    /// The proof is not where it belongs, or is no proof any more.
    ProofDamaged,
    /// Proof and watermark do not name the same mark and key.
    MarksDisagree,
    /// The signature is not that of the key.
    Signature,
    /// The document is not the one that was signed.
    Content,
}

impl fmt::Display for Altered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "parts of a mark, but no JSON with one reading",
            Self::ProofDamaged => "the proof is damaged or displaced",
            Self::MarksDisagree => "proof and watermark do not belong together",
            Self::Signature => "the signature is not that of the key it names",
            Self::Content => "the content is not what was signed",
        })
    }
}

/// Verifies a document against the keys that are trusted.
pub fn verify(bytes: &[u8], keys: &PublicKeys) -> Verdict {
    let Ok(mut document) = parse(bytes) else {
        return match holds_parts(bytes) {
            true => Verdict::Altered(Altered::Unreadable),
            false => Verdict::Absent,
        };
    };
    let watermark = document.pointer("/meta/watermark").cloned();
    let proof = document
        .get_mut("meta")
        .and_then(Value::as_object_mut)
        .and_then(|meta| meta.remove("proof"));
    let is_ours = watermark.as_ref().is_some_and(is_watermark);
    match proof {
        Some(Value::String(text)) if looks_like_proof(&text) => {
            judge(&document, &text, watermark.as_ref(), keys)
        }
        Some(_) if is_ours => Verdict::Altered(Altered::ProofDamaged),
        _ if holds_proof(&document) => Verdict::Altered(Altered::ProofDamaged),
        _ => Verdict::Absent,
    }
}

/// Judges a document, its proof taken out, by that proof.
fn judge(document: &Value, proof: &str, watermark: Option<&Value>, keys: &PublicKeys) -> Verdict {
    let Some(proof) = Proof::read(proof) else {
        return Verdict::Altered(Altered::ProofDamaged);
    };
    let says = |member: &str, value: &str| {
        let said = watermark.and_then(|w| w.get(member));
        said.and_then(Value::as_str) == Some(value)
    };
    let agrees = proof.key_id == proof.claims.kid
        && says("type", crate::FORMAT)
        && says("keyId", &proof.key_id)
        && says("markId", &proof.claims.mark_id.to_string());
    if !agrees {
        return Verdict::Altered(Altered::MarksDisagree);
    }
    let signed = proof.is_signed_by_one_of(keys);
    if signed == Some(false) {
        return Verdict::Altered(Altered::Signature);
    }
    let is_signed_content =
        canonical(document).is_ok_and(|bytes| digest(&bytes) == proof.claims.document);
    match (is_signed_content, signed) {
        (false, _) => Verdict::Altered(Altered::Content),
        (true, Some(true)) => Verdict::Valid(Box::new(proof.claims)),
        (true, _) => Verdict::UnknownKey {
            key_id: proof.key_id,
        },
    }
}

fn is_watermark(value: &Value) -> bool {
    value.get("type").is_some_and(|t| t == crate::FORMAT)
}

/// Whether a proof stands anywhere in a value, as a string or as a name.
fn holds_proof(value: &Value) -> bool {
    match value {
        Value::String(text) => looks_like_proof(text),
        Value::Array(items) => items.iter().any(holds_proof),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| looks_like_proof(name) || holds_proof(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether bytes that are no document hold the start of a proof or the type of a watermark.
fn holds_parts(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains(PREFIX) || text.contains(&format!("\"{}\"", crate::FORMAT))
}
