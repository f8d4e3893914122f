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
mod tests;
