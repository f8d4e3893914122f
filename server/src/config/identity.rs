//! Who asks: signed tokens, headers of a trusted peer, or nobody known.
//!
//! Only the shape; tokens are verified in [`crate::identity`].

use super::Peers;
use anyhow::{Result, bail};
use privet_gateway::uid::Uid;
use serde::Deserialize;
use std::path::PathBuf;

/// The ways, of which at most one of `jwt` and `headers`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// Signed tokens (RFC 7519).
    pub jwt: Option<JwtConfig>,
    /// Headers that a trusted peer sets.
    pub headers: Option<HeaderConfig>,
    /// Who somebody is that brings no credentials. Without it such a request is refused. Wrong
    /// credentials are always refused.
    pub anonymous: Option<AnonymousConfig>,
}

/// Signed tokens, in `Authorization: Bearer`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwtConfig {
    /// A file with a JWK set (RFC 7517).
    pub jwks_file: Option<PathBuf>,
    /// Where a JWK set is got: `https:`, or `http:` on this machine.
    pub jwks_url: Option<String>,
    /// How often the URL is asked again.
    #[serde(default = "five_minutes")]
    pub jwks_seconds: u64,
    /// The algorithms that are taken: `EdDSA`, `ES256`, `ES384`, `RS256`, `PS256` and their like.
    pub algorithms: Vec<String>,
    /// `iss` must be this.
    pub issuer: String,
    /// `aud` must have this.
    pub audience: String,
    /// How far clocks may differ.
    #[serde(default)]
    pub leeway_seconds: u64,
    /// The claim with the id of the principal.
    #[serde(default = "sub")]
    pub principal_id: String,
    /// The claim with the type of the principal.
    pub principal_type_claim: Option<String>,
    /// The types that may be claimed; the only one is the type of all where there is no claim.
    pub principal_types: Vec<String>,
}

fn five_minutes() -> u64 {
    300
}

fn sub() -> String {
    "sub".to_owned()
}

/// Headers that a trusted peer sets. From any other peer they are not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderConfig {
    /// Who is trusted.
    pub peers: Peers,
    /// Whether whoever connects to a Unix socket is trusted.
    #[serde(default)]
    pub unix_peers: bool,
    /// The header with the id of the principal.
    pub principal_id: String,
    /// The header with the type of the principal.
    pub principal_type_header: Option<String>,
    /// The types that may be named; the only one is the type of all where there is no header.
    pub principal_types: Vec<String>,
}

/// Who somebody is that brings no credentials.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnonymousConfig {
    /// The principal.
    pub principal: Uid,
}

/// Where a part of the context comes from; exactly one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextConfig {
    /// The type of the entity that the part is.
    pub entity: String,
    /// A claim of the token: its value is the id.
    pub claim: Option<String>,
    /// A header that only the trusted peer of `identity.headers` may set.
    pub trusted_header: Option<String>,
    /// A header that the client may set: what it declares. Needs `values`.
    pub declared_header: Option<String>,
    /// A parameter of the query that the client may set. Needs `values`, unless policies check it.
    pub query: Option<String>,
    /// A place of the route's path.
    pub path: Option<String>,
    /// The ids that may be declared; any other is as none.
    pub values: Option<Vec<String>>,
    /// A fixed set of ids: the part is a set.
    pub set: Option<Vec<String>>,
}

impl IdentityConfig {
    pub(super) fn check(&self) -> Result<()> {
        if self.jwt.is_some() && self.headers.is_some() {
            bail!("identity: tokens or headers, not both");
        }
        if let Some(jwt) = &self.jwt {
            if jwt.jwks_file.is_some() == jwt.jwks_url.is_some() {
                bail!("identity.jwt: set one of `jwks_file` and `jwks_url`");
            }
            if jwt.algorithms.is_empty() {
                bail!("identity.jwt.algorithms: pin at least one");
            }
            if jwt.issuer.is_empty() || jwt.audience.is_empty() {
                bail!("identity.jwt: `issuer` and `audience` must say something");
            }
            types(
                "identity.jwt",
                &jwt.principal_types,
                jwt.principal_type_claim.is_some(),
            )?;
        }
        if let Some(headers) = &self.headers {
            let named = headers.principal_type_header.is_some();
            types("identity.headers", &headers.principal_types, named)?;
        }
        Ok(())
    }
}

fn types(place: &str, types: &[String], named: bool) -> Result<()> {
    match (types.len(), named) {
        (0, _) => bail!("{place}.principal_types: name at least one"),
        (2.., false) => bail!("{place}.principal_types: several, and nothing tells which"),
        _ => Ok(()),
    }
}

impl ContextConfig {
    pub(super) fn check(&self, has_tokens: bool) -> Result<()> {
        let Self {
            claim,
            trusted_header,
            declared_header,
            query,
            path,
            values,
            set,
            ..
        } = self;
        let sources = [claim, trusted_header, declared_header, query, path];
        let given = sources.iter().filter(|s| s.is_some()).count();
        if given + usize::from(set.is_some()) != 1 {
            bail!(
                "set exactly one of `claim`, `trusted_header`, `declared_header`, `query`, `path`, `set`"
            );
        }
        if declared_header.is_some() && values.is_none() {
            bail!("what a client declares needs `values`");
        }
        if claim.is_some() && !has_tokens {
            bail!("a claim, and there are no tokens");
        }
        Ok(())
    }
}
