//! The keys that tokens are verified with: a JWK set (RFC 7517) of a file, or got from a URL again
//! and again. The last good set stays.
//!
//! Keys for something else than signatures, and symmetric ones, are left out.

use crate::config::{JwtConfig, ms};
use crate::upstream::get;
use anyhow::{Context, Result, bail};
use arc_swap::ArcSwap;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use std::fmt;
use std::sync::Arc;

/// The most bytes of a key set.
const MOST_BYTES: usize = 1 << 20;

/// How long a URL may take.
const PATIENCE_MS: u64 = 5_000;

/// Keys that may be replaced while they are used.
pub struct Keys {
    current: ArcSwap<KeySet>,
    url: Option<String>,
}

/// One set.
pub struct KeySet(Vec<Key>);

struct Key {
    id: Option<String>,
    /// The algorithm that the key is pinned to, if its issuer says.
    algorithm: Option<Algorithm>,
    family: AlgorithmFamily,
    key: DecodingKey,
}

impl Keys {
    pub(super) async fn load(config: &JwtConfig) -> Result<Self> {
        let set = match (&config.jwks_file, &config.jwks_url) {
            (Some(file), _) => {
                let text = std::fs::read(file).with_context(|| file.display().to_string())?;
                KeySet::read(&text).with_context(|| file.display().to_string())?
            }
            (None, Some(url)) => fetch(url).await.with_context(|| url.clone())?,
            (None, None) => bail!("no keys"),
        };
        Ok(Self {
            current: ArcSwap::from_pointee(set),
            url: config.jwks_url.clone(),
        })
    }

    /// The set of this moment.
    pub fn current(&self) -> Arc<KeySet> {
        self.current.load_full()
    }

    /// Gets the set again, where it is of a URL.
    ///
    /// # Errors
    ///
    /// When it cannot be had; the old one stays.
    pub async fn refresh(&self) -> Result<()> {
        if let Some(url) = &self.url {
            let set = fetch(url).await?;
            self.current.store(Arc::new(set));
        }
        Ok(())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.current.load().0.len())
    }
}

async fn fetch(url: &str) -> Result<KeySet> {
    let body = get(url, ms(PATIENCE_MS), MOST_BYTES).await?;
    KeySet::read(&body)
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({})", self.0.len())
    }
}

impl KeySet {
    /// Reads a set.
    ///
    /// # Errors
    ///
    /// What is no set, or has no key that verifies signatures.
    pub fn read(text: &[u8]) -> Result<Self> {
        let set: JwkSet = serde_json::from_slice(text).context("no JWK set")?;
        let keys: Vec<Key> = set.keys.iter().filter_map(Key::read).collect();
        if keys.is_empty() {
            bail!("no public key that verifies signatures");
        }
        Ok(Self(keys))
    }

    /// The key that a token names; without a name, the only one that fits.
    pub fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        let mut fitting = self.0.iter().filter(|key| {
            id.is_none_or(|id| key.id.as_deref() == Some(id))
                && key.family == algorithm.family()
                && key.algorithm.is_none_or(|a| a == algorithm)
        });
        let first = fitting.next()?;
        fitting.next().is_none().then_some(&first.key)
    }
}

impl Key {
    fn read(jwk: &Jwk) -> Option<Self> {
        let common = &jwk.common;
        let uses = [Some(&PublicKeyUse::Signature), None];
        let operations = common.key_operations.as_ref();
        let verifies = operations.is_none_or(|o| o.contains(&KeyOperations::Verify));
        if !uses.contains(&common.public_key_use.as_ref()) || !verifies {
            return None;
        }
        let family = match &jwk.algorithm {
            AlgorithmParameters::EllipticCurve(_) => AlgorithmFamily::Ec,
            AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa,
            AlgorithmParameters::OctetKeyPair(_) => AlgorithmFamily::Ed,
            _ => return None,
        };
        let algorithm = match common.key_algorithm {
            Some(algorithm) => Some(algorithm.to_string().parse().ok()?),
            None => None,
        };
        Some(Self {
            id: common.key_id.clone(),
            algorithm,
            family,
            key: DecodingKey::from_jwk(jwk).ok()?,
        })
    }
}
