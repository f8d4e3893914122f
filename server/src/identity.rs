//! Who asks: a signed token is verified, or a trusted peer's headers are read.
//!
//! What must never be here: a claim of a token that was not verified, a header of a peer that is not
//! trusted, a credential in an error.

mod keys;
mod verified;

pub use keys::{KeySet, Keys};

use crate::config::{HeaderConfig, IdentityConfig, JwtConfig};
use crate::listen::Peer;
use anyhow::{Context, Result};
use hyper::header::{AUTHORIZATION, HeaderMap};
use jsonwebtoken::{Algorithm, Validation};
use privet_gateway::failure::Failure;
use privet_gateway::uid::Uid;
use serde_json::{Map, Value};
use std::sync::Arc;
use verified::Verified;

/// Somebody who may be believed to be who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The principal.
    pub principal: Uid,
    /// The verified claims; none without a token.
    pub claims: Map<String, Value>,
    /// Whether the peer's headers are believed.
    pub is_trusted: bool,
}

/// How callers are identified.
#[derive(Debug)]
pub struct Identity {
    tokens: Option<Tokens>,
    headers: Option<HeaderConfig>,
    anonymous: Option<Uid>,
}

#[derive(Debug)]
struct Tokens {
    config: JwtConfig,
    /// One for each algorithm, since a key fits one family.
    validations: Vec<(Algorithm, Validation)>,
    keys: Arc<Keys>,
    verified: Verified,
}

impl Identity {
    /// Reads keys and checks algorithms.
    ///
    /// # Errors
    ///
    /// An algorithm that is unknown or symmetric, keys that cannot be had.
    pub async fn load(config: &IdentityConfig) -> Result<Self> {
        let tokens = match &config.jwt {
            Some(jwt) => Some(Tokens {
                validations: validations(jwt)?,
                keys: Arc::new(Keys::load(jwt).await.context("identity.jwt")?),
                verified: Verified::default(),
                config: jwt.clone(),
            }),
            None => None,
        };
        Ok(Self {
            tokens,
            headers: config.headers.clone(),
            anonymous: config.anonymous.as_ref().map(|a| a.principal.clone()),
        })
    }

    /// The keys, where tokens are verified.
    pub fn keys(&self) -> Option<Arc<Keys>> {
        self.tokens.as_ref().map(|t| Arc::clone(&t.keys))
    }

    /// The headers that say who asks: they never go up.
    pub fn secret_headers(&self) -> Vec<&str> {
        let headers = self.headers.iter();
        headers
            .flat_map(|h| [Some(&h.principal_id), h.principal_type_header.as_ref()])
            .flatten()
            .map(String::as_str)
            .collect()
    }

    /// Who sends a request.
    ///
    /// # Errors
    ///
    /// [`Failure::Unauthenticated`] for wrong credentials, and for none where nobody is anonymous.
    pub fn caller(&self, headers: &HeaderMap, peer: Peer) -> Result<Caller, Failure> {
        if let Some(tokens) = &self.tokens
            && let Some(token) = bearer(headers)?
        {
            return tokens.verify(token);
        }
        if let Some(config) = &self.headers {
            let is_trusted = match peer {
                Peer::Tcp(address) => config.peers.contains(address),
                Peer::Unix => config.unix_peers,
                Peer::Unknown => false,
            };
            if is_trusted && let Some(caller) = named(config, headers)? {
                return Ok(caller);
            }
        }
        let principal = self.anonymous.clone().ok_or(Failure::Unauthenticated)?;
        Ok(Caller {
            principal,
            claims: Map::new(),
            is_trusted: false,
        })
    }
}

/// The algorithms and claims that are asked for. A shared secret would let whoever verifies also
/// sign, so symmetric algorithms are not taken.
fn validations(config: &JwtConfig) -> Result<Vec<(Algorithm, Validation)>> {
    let read = |name: &String| {
        let algorithm: Algorithm = name
            .parse()
            .ok()
            .filter(|a| !matches!(a, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512))
            .with_context(|| format!("identity.jwt.algorithms: `{name}` is not taken"))?;
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&config.issuer]);
        validation.set_audience(&[&config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        validation.leeway = config.leeway_seconds;
        Ok((algorithm, validation))
    };
    config.algorithms.iter().map(read).collect()
}

/// The one token of a request, if there is one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let Some(value) = single(headers, AUTHORIZATION.as_str())? else {
        return Ok(None);
    };
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(Failure::Unauthenticated),
    }
}

/// The value of a header that stands at most once.
pub(crate) fn single<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Failure> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => one.to_str().map(Some).map_err(|_| Failure::Unauthenticated),
        (Some(_), Some(_)) => Err(Failure::Unauthenticated),
    }
}

/// Whom a trusted peer names.
fn named(config: &HeaderConfig, headers: &HeaderMap) -> Result<Option<Caller>, Failure> {
    let Some(id) = single(headers, &config.principal_id)? else {
        return Ok(None);
    };
    let named = match &config.principal_type_header {
        Some(header) => Some(single(headers, header)?.ok_or(Failure::Unauthenticated)?),
        None => None,
    };
    Ok(Some(Caller {
        principal: principal(&config.principal_types, named, id)?,
        claims: Map::new(),
        is_trusted: true,
    }))
}

/// A principal of one of the types that are admitted.
fn principal(types: &[String], named: Option<&str>, id: &str) -> Result<Uid, Failure> {
    let entity_type = match named {
        Some(named) => types.iter().find(|t| *t == named),
        None => types.first(),
    };
    let entity_type = entity_type.filter(|_| !id.is_empty());
    let entity_type = entity_type.ok_or(Failure::Unauthenticated)?;
    Ok(Uid::new(entity_type, id))
}

impl Tokens {
    /// The caller of a token; one that was verified with these keys is looked up.
    fn verify(&self, token: &str) -> Result<Caller, Failure> {
        let keys = self.keys.current();
        let leeway = i64::try_from(self.config.leeway_seconds).unwrap_or(0);
        let now = crate::ask::now().div_euclid(1000) - leeway;
        if let Some(caller) = self.verified.get(&keys, token, now) {
            return Ok(caller);
        }
        let caller = self.verify_with(&keys, token)?;
        self.verified.put(&keys, token, &caller);
        Ok(caller)
    }

    fn verify_with(&self, keys: &KeySet, token: &str) -> Result<Caller, Failure> {
        let refused = Failure::Unauthenticated;
        let header = jsonwebtoken::decode_header(token).map_err(|_| refused)?;
        // Extensions that must be understood are not (RFC 7515, 4.1.11).
        if header.crit.is_some() {
            return Err(refused);
        }
        let mut pinned = self.validations.iter();
        let (_, validation) = pinned.find(|(a, _)| *a == header.alg).ok_or(refused)?;
        let key = keys
            .find(header.kid.as_deref(), header.alg)
            .ok_or(refused)?;
        let data = jsonwebtoken::decode::<Map<String, Value>>(token, key, validation);
        let claims = data.map_err(|_| refused)?.claims;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let id = text(&self.config.principal_id).ok_or(refused)?;
        let named = match &self.config.principal_type_claim {
            Some(claim) => Some(text(claim).ok_or(refused)?),
            None => None,
        };
        Ok(Caller {
            principal: principal(&self.config.principal_types, named, id)?,
            claims,
            is_trusted: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::json;

    /// A key of RFC 8037, appendix A, as PKCS #8 has it.
    const PRIVATE: [u8; 48] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20, 0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
        0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c,
        0xae, 0x7f, 0x60,
    ];

    const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    async fn identity(keys: &Value, algorithms: &[&str]) -> Identity {
        let name = format!("privet-keys-{}-{:p}.json", std::process::id(), keys);
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, keys.to_string()).unwrap();
        let config: IdentityConfig = serde_json::from_value(json!({"jwt": {
            "jwks_file": file, "algorithms": algorithms, "issuer": "i", "audience": "a",
            "leeway_seconds": 0, "principal_type_claim": "kind", "principal_types": ["Recruiter"],
        }}))
        .unwrap();
        let identity = Identity::load(&config).await.unwrap();
        std::fs::remove_file(file).unwrap();
        identity
    }

    fn key(id: &str, more: &Value) -> Value {
        let mut key = json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": PUBLIC});
        for (name, value) in more.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    fn caller(identity: &Identity, header: &Header, claims: &Value) -> Result<Caller, Failure> {
        let key = EncodingKey::from_ed_der(&PRIVATE);
        let token = jsonwebtoken::encode(header, claims, &key).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        identity.caller(&headers, Peer::Unix)
    }

    fn header(id: Option<&str>) -> Header {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = id.map(str::to_owned);
        header
    }

    #[tokio::test]
    async fn claims_are_checked() {
        let keys = json!({"keys": [key("k", &json!({}))]});
        let identity = identity(&keys, &["EdDSA"]).await;
        let now = crate::ask::now() / 1000;
        let good = json!({"iss": "i", "aud": ["x", "a"], "exp": now + 60, "sub": "r", "kind": "Recruiter"});
        let named = caller(&identity, &header(Some("k")), &good).unwrap();
        assert_eq!(named.principal, Uid::new("Recruiter", "r"));
        // Without the name of a key the only one that fits is taken.
        assert!(caller(&identity, &header(None), &good).is_ok());
        assert!(caller(&identity, &header(Some("other")), &good).is_err());
        for (claim, value) in [
            ("iss", json!("j")),
            ("iss", json!(null)),
            ("aud", json!("b")),
            ("aud", json!([])),
            ("exp", json!(now - 1)),
            ("exp", json!(null)),
            ("exp", json!("never")),
            ("nbf", json!(now + 60)),
            ("sub", json!("")),
            ("sub", json!(7)),
            ("kind", json!("Candidate")),
            ("kind", json!(null)),
        ] {
            let mut claims = good.clone();
            match value.is_null() {
                true => drop(claims.as_object_mut().unwrap().remove(claim)),
                false => claims[claim] = value.clone(),
            }
            let refused = caller(&identity, &header(Some("k")), &claims);
            assert_eq!(refused, Err(Failure::Unauthenticated), "{claim} {value}");
        }
        let mut critical = header(Some("k"));
        critical.crit = Some(vec!["exp".to_owned()]);
        assert!(caller(&identity, &critical, &good).is_err());
    }

    #[tokio::test]
    async fn algorithms_and_uses_are_pinned() {
        let now = crate::ask::now() / 1000;
        let good =
            json!({"iss": "i", "aud": "a", "exp": now + 60, "sub": "r", "kind": "Recruiter"});
        let other = json!({"kty": "EC", "crv": "P-256", "kid": "e",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
        let keys = json!({"keys": [key("k", &json!({})), other]});
        let only = identity(&keys, &["ES256"]).await;
        assert!(caller(&only, &header(Some("k")), &good).is_err());
        let both = identity(&keys, &["ES256", "EdDSA"]).await;
        assert!(caller(&both, &header(Some("k")), &good).is_ok());
        // A key for something else than signatures, or two that fit.
        let encrypting = json!({"keys": [key("k", &json!({"use": "enc"})), key("l", &json!({}))]});
        let encrypting = identity(&encrypting, &["EdDSA"]).await;
        assert!(caller(&encrypting, &header(Some("k")), &good).is_err());
        let two = json!({"keys": [key("k", &json!({})), key("l", &json!({}))]});
        let two = identity(&two, &["EdDSA"]).await;
        assert!(caller(&two, &header(None), &good).is_err());
        assert!(caller(&two, &header(Some("l")), &good).is_ok());
        for text in [
            "{}",
            "{\"keys\": []}",
            "{\"keys\": [{\"kty\": \"oct\", \"k\": \"AAAA\"}]}",
            "x",
        ] {
            assert!(KeySet::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
