//! W5: the signature, a compact JWS (RFC 7515) with EdDSA (RFC 8037).
//!
//! The payload is the canonical claims, so every JOSE library verifies it; the claims carry the
//! document's digest. What must never be here: a second algorithm to choose from, a header that says
//! more than three things, a text that stands for the same bytes as another one.

use crate::claims::Claims;
use crate::document::canonical;
use crate::error::MarkError;
use crate::key::{PrivateKey, PublicKeys};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::json;

const TYPE: &str = "privet-watermark+jws";
const ALGORITHM: &str = "EdDSA";

/// The start of every proof: the header up to its key id, in base64url.
pub(crate) const PREFIX: &str = "eyJhbGciOiJFZERTQSIsImtpZCI6";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// The proof of claims.
pub(crate) fn sign(claims: &Claims, key: &PrivateKey) -> Result<String, MarkError> {
    let header = json!({"alg": ALGORITHM, "kid": key.id(), "typ": TYPE});
    let header = BASE64URL_NOPAD.encode(&canonical(&header)?);
    let payload = BASE64URL_NOPAD.encode(&canonical(&json!(claims))?);
    let signed = format!("{header}.{payload}");
    let signature = BASE64URL_NOPAD.encode(&key.sign(signed.as_bytes()));
    Ok(format!("{signed}.{signature}"))
}

/// A proof that was read, but not verified.
#[derive(Debug)]
pub(crate) struct Proof<'a> {
    pub(crate) key_id: String,
    pub(crate) claims: Claims,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Proof<'a> {
    /// Reads a proof; none if it is not one that [`sign`] could have written.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
        if header.alg != ALGORITHM || header.typ != TYPE {
            return None;
        }
        Some(Self {
            key_id: header.kid,
            claims: serde_json::from_slice(&decode(payload)?).ok()?,
            signed,
            signature: decode(signature)?,
        })
    }

    /// Whether the signature is that of the key with the proof's key id; none without such a key.
    pub(crate) fn is_signed_by_one_of(&self, keys: &PublicKeys) -> Option<bool> {
        keys.verify(&self.key_id, self.signed.as_bytes(), &self.signature)
    }
}

/// Whether a text is a proof by its header, whatever became of the rest.
pub(crate) fn looks_like_proof(text: &str) -> bool {
    let header = text.split('.').next().and_then(decode);
    let header = header.and_then(|h| serde_json::from_slice::<Header>(&h).ok());
    header.is_some_and(|header| header.typ == TYPE)
}

/// Strict base64url (RFC 4648, section 3.5): no padding, no bits left over.
fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}
