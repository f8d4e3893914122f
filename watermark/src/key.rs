//! Keys: a private one that signs, public ones that verify, both as JSON Web Keys (RFC 7517) of
//! Ed25519 (RFC 8037).
//!
//! What must never be here: a private key in a `Debug`, an error, or in memory after its use.

mod file;

use crate::document::parse;
use crate::error::KeyError;
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// The key that signs marks. Its `Debug` shows the id alone; the memory is cleared when it is
/// dropped.
pub struct PrivateKey {
    key: SigningKey,
    id: String,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.id)
    }
}

/// A private JSON Web Key.
#[derive(Deserialize)]
struct PrivateJwk {
    kty: String,
    crv: String,
    x: String,
    d: Zeroizing<String>,
    kid: Option<String>,
}

impl PrivateKey {
    /// A new key from the operating system's random numbers. Its id is its thumbprint (RFC 7638).
    ///
    /// # Errors
    ///
    /// When the operating system has none.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice())
            .map_err(|error| KeyError::new(format_args!("no random numbers: {error}")))?;
        Ok(Self::new(SigningKey::from_bytes(&seed), None))
    }

    fn new(key: SigningKey, id: Option<String>) -> Self {
        let id = id.unwrap_or_else(|| thumbprint(&key.verifying_key()));
        Self { key, id }
    }

    /// Reads a private JSON Web Key: `{"kty":"OKP","crv":"Ed25519","x":…,"d":…,"kid":…}`. Without
    /// `kid` the id is the thumbprint.
    ///
    /// # Errors
    ///
    /// Another kind of key, or `x` that is not the public key of `d`.
    pub fn from_jwk(text: &str) -> Result<Self, KeyError> {
        // The parser's own message might quote the key.
        let jwk: PrivateJwk = serde_json::from_str(text).map_err(|_| {
            KeyError::new("not a private JSON Web Key with the members kty, crv, x and d")
        })?;
        if (jwk.kty.as_str(), jwk.crv.as_str()) != ("OKP", "Ed25519") {
            return Err(KeyError::new(
                "the key is not of the kind OKP, curve Ed25519",
            ));
        }
        let seed = BASE64URL_NOPAD.decode(jwk.d.as_bytes()).map(Zeroizing::new);
        let seed = seed
            .ok()
            .and_then(|seed| <[u8; 32]>::try_from(seed.as_slice()).ok());
        let Some(seed) = seed.map(Zeroizing::new) else {
            return Err(KeyError::new("`d` is not 32 bytes of base64url"));
        };
        let key = SigningKey::from_bytes(&seed);
        if encode(&key.verifying_key()) != jwk.x {
            return Err(KeyError::new("`x` is not the public key of `d`"));
        }
        if jwk.kid.as_deref() == Some("") {
            return Err(KeyError::new("`kid` is empty"));
        }
        Ok(Self::new(key, jwk.kid))
    }

    /// The private JSON Web Key.
    pub fn to_jwk(&self) -> Zeroizing<String> {
        let d = Zeroizing::new(BASE64URL_NOPAD.encode(self.key.as_bytes()));
        let (id, x) = (json!(self.id), encode(&self.key.verifying_key()));
        Zeroizing::new(format!(
            "{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":{id},\"x\":\"{x}\",\"d\":\"{}\"}}\n",
            *d
        ))
    }

    /// The key's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public key as a JSON Web Key.
    pub fn public_jwk(&self) -> Value {
        json!({
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
            "kid": self.id, "x": encode(&self.key.verifying_key()),
        })
    }

    /// A set (JWKS) of this public key alone.
    pub fn public_jwks(&self) -> String {
        json!({ "keys": [self.public_jwk()] }).to_string()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

fn encode(key: &VerifyingKey) -> String {
    BASE64URL_NOPAD.encode(key.as_bytes())
}

/// The thumbprint of an Ed25519 key (RFC 7638 and RFC 8037, appendix A.3).
fn thumbprint(key: &VerifyingKey) -> String {
    let members = format!(
        "{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{}\"}}",
        encode(key)
    );
    BASE64URL_NOPAD.encode(&Sha256::digest(members))
}

/// The keys whose signatures are trusted, by id.
#[derive(Debug, Clone, Default)]
pub struct PublicKeys {
    keys: BTreeMap<String, VerifyingKey>,
}

/// A public JSON Web Key.
#[derive(Deserialize)]
struct PublicJwk {
    kid: Option<String>,
    x: String,
}

impl PublicKeys {
    /// Reads a set of JSON Web Keys. Keys of other kinds are passed over (RFC 7517, section 5).
    ///
    /// # Errors
    ///
    /// No such set, a private key in it, an id that stands twice, an Ed25519 key that is none.
    pub fn from_json(text: &str) -> Result<Self, KeyError> {
        let set = parse(text.as_bytes()).map_err(KeyError::new)?;
        let Some(list) = set.get("keys").and_then(Value::as_array) else {
            return Err(KeyError::new("not a set of JSON Web Keys: no array `keys`"));
        };
        let mut keys = BTreeMap::new();
        for (i, jwk) in list.iter().enumerate() {
            let refuse = |what: &str| Err(KeyError::new(format_args!("keys[{i}]: {what}")));
            let is = |member: &str, value: &str| jwk.get(member).is_some_and(|v| v == value);
            if !is("kty", "OKP") || !is("crv", "Ed25519") {
                continue;
            }
            if jwk.get("d").is_some() {
                return refuse("a private key; only public ones belong into a set");
            }
            let Ok(jwk) = PublicJwk::deserialize(jwk) else {
                return refuse("`x`, or a `kid` that is a string, is missing");
            };
            let bytes = BASE64URL_NOPAD.decode(jwk.x.as_bytes()).ok();
            let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
            let Some(key) = key.filter(|key| !key.is_weak()) else {
                return refuse("`x` is no Ed25519 public key");
            };
            let id = jwk.kid.unwrap_or_else(|| thumbprint(&key));
            if keys.insert(id, key).is_some() {
                return refuse("its `kid` stands twice");
            }
        }
        Ok(Self { keys })
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether the signature is that of the key; none without a key of that id.
    pub(crate) fn verify(&self, id: &str, message: &[u8], signature: &[u8]) -> Option<bool> {
        let key = self.keys.get(id)?;
        let signature = Signature::from_slice(signature);
        Some(signature.is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::{PrivateKey, PublicKeys};

    /// RFC 8037, appendix A.
    const RFC: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    #[test]
    fn the_key_of_the_rfc() {
        let key = PrivateKey::from_jwk(RFC).unwrap();
        assert_eq!(key.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = data_encoding::BASE64URL_NOPAD.encode(&key.sign(message));
        assert_eq!(
            signature,
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn a_key_is_read_as_it_is_written_and_never_shown() {
        let key = PrivateKey::generate().unwrap();
        let text = key.to_jwk();
        let again = PrivateKey::from_jwk(&text).unwrap();
        assert_eq!(again.public_jwk(), key.public_jwk());
        let secret: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(!format!("{key:?}").contains(secret["d"].as_str().unwrap()));
        assert_eq!(PublicKeys::from_json(&key.public_jwks()).unwrap().len(), 1);
    }

    #[test]
    fn what_is_refused() {
        for (text, what) in [
            ("", "private JSON Web Key"),
            (r#"{"kty":"EC","crv":"P-256","x":"","d":""}"#, "Ed25519"),
            (&RFC.replace("nWGx", "nWGy"), "`x` is not"),
            (&RFC.replace("nWGxne", "nW"), "`d` is not"),
            (
                &RFC.replace("\"kty\"", "\"kid\":\"\",\"kty\""),
                "`kid` is empty",
            ),
        ] {
            let message = PrivateKey::from_jwk(text).unwrap_err().to_string();
            assert!(message.contains(what), "{text}: {message}");
            assert!(!message.contains("nWG"), "{message}");
        }
        let public = PrivateKey::from_jwk(RFC).unwrap().public_jwk().to_string();
        for (text, what) in [
            ("[]", "no array `keys`"),
            (&format!("{{\"keys\":[{RFC}]}}"), "keys[0]: a private key"),
            (
                &format!("{{\"keys\":[{public},{public}]}}"),
                "keys[1]: its `kid`",
            ),
            (
                r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]}"#,
                "no Ed25519",
            ),
            // The point of order one: it would verify many signatures.
            (
                r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#,
                "no Ed25519",
            ),
        ] {
            let message = PublicKeys::from_json(text).unwrap_err().to_string();
            assert!(message.contains(what), "{text}: {message}");
        }
        let other = r#"{"keys":[{"kty":"RSA","n":"x","e":"AQAB"}]}"#;
        assert!(PublicKeys::from_json(other).unwrap().is_empty());
    }
}
