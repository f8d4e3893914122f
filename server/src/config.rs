//! The configuration: one TOML file, every key of which is known or an error.
//!
//! `docs/serve.md` tells all of it. Here is its shape, and what can be checked without any other
//! file; what it refers to is loaded by [`crate::live`]. Paths are relative to the file's folder.

mod address;
mod identity;
mod limits;
mod obligations;
mod route;
mod tls;
mod tracing;

pub use address::{Address, Peers};
pub use identity::{AnonymousConfig, ContextConfig, HeaderConfig, IdentityConfig, JwtConfig};
pub use limits::LimitsConfig;
pub use obligations::{ObligationsConfig, WatermarkConfig};
pub use route::{ListConfig, QueryView, RouteConfig, ViewConfig};
pub use tls::{TlsConfig, TlsDoor};
pub use tracing::TracingConfig;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it listens. Needs a restart to change.
    #[serde(default)]
    pub server: ServerConfig,
    /// What the reverse proxy stands before.
    pub upstream: Option<UpstreamConfig>,
    /// The packs that routes name.
    #[serde(default, rename = "pack")]
    pub packs: Vec<PackConfig>,
    /// How it is known who asks.
    #[serde(default)]
    pub identity: IdentityConfig,
    /// Where the parts of the context come from, by their names.
    #[serde(default)]
    pub context: BTreeMap<String, ContextConfig>,
    /// Where facts come from.
    #[serde(default)]
    pub facts: FactsConfig,
    /// Which paths there are. What is not here is not found.
    #[serde(default, rename = "route")]
    pub routes: Vec<RouteConfig>,
    /// The decision point of AuthZEN; there is none if absent.
    pub authzen: Option<AuthzenConfig>,
    /// What is done about each obligation. One that is not here cannot be met, and refuses.
    #[serde(default)]
    pub obligations: ObligationsConfig,
    /// Where spans go; there are none if absent. Needs a restart to change.
    pub tracing: Option<TracingConfig>,
    /// How much of everything.
    #[serde(default)]
    pub limits: LimitsConfig,
}

/// Listeners.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// The reverse proxy, HTTP/1.1 and HTTP/2.
    pub proxy: Option<Address>,
    /// Decisions over HTTP: AuthZEN, `forward_auth`, `auth_request`, `ext_authz`.
    pub decisions: Option<Address>,
    /// Envoy's `ext_authz` and `ext_proc` over gRPC.
    pub grpc: Option<Address>,
    /// HAProxy's agent protocol.
    pub spoe: Option<Address>,
    /// Facts, reload, health and metrics; loopback, a Unix socket, or TLS with certificates of the
    /// callers.
    pub admin: Option<Address>,
    /// TLS on doors; none speaks it if absent.
    pub tls: Option<TlsConfig>,
    /// Who may ask for decisions: addresses and networks. A Unix socket's peers always may.
    #[serde(default = "Peers::loopback")]
    pub peers: Peers,
    /// Threads; as many as there are processors if absent.
    pub threads: Option<usize>,
    /// How often files are looked at for changes; never if absent.
    pub watch_seconds: Option<u64>,
}

/// What the reverse proxy stands before.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamConfig {
    /// `http://` or `https://`, host and port, no path.
    pub url: String,
    /// Whether it speaks HTTP/2 without negotiating.
    #[serde(default)]
    pub http2: bool,
    /// Headers of the client's that go up on enforced routes; none else does.
    #[serde(default)]
    pub forward_headers: Vec<String>,
}

/// A pack: a folder that is compiled here, a compiled guest, or a precompiled bundle.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackConfig {
    /// How routes call it.
    pub name: String,
    /// A pack's folder.
    pub folder: Option<PathBuf>,
    /// The output of `privet build`.
    pub wasm: Option<PathBuf>,
    /// The output of `privet build --aot`; needs `digest`.
    pub bundle: Option<PathBuf>,
    /// SHA-256 of `wasm` or `bundle`, in hexadecimal.
    pub digest: Option<String>,
    /// The lowest revision that is taken.
    #[serde(default)]
    pub min_revision: u64,
}

/// The decision point of AuthZEN.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthzenConfig {
    /// How its callers reach it, for the metadata document: `https://pdp.example`.
    pub url: String,
    /// The packs that decide.
    pub packs: Vec<String>,
}

/// Where facts come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactsConfig {
    /// A file of `{entities, resources, pairs}`.
    pub file: Option<PathBuf>,
    /// Whether the admin endpoint may put and delete facts. Default false.
    #[serde(default)]
    pub admin: bool,
    /// A member of the upstream's body that holds facts; it is removed from what is sent.
    pub envelope: Option<String>,
}

/// Milliseconds.
pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, a key that is unknown or of the wrong kind, and what does not go
    /// together.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let mut config = Self::parse(&text).with_context(|| path.display().to_string())?;
        config.resolve(path.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    /// Reads the text of a file. Paths stay as they are.
    ///
    /// # Errors
    ///
    /// As [`Config::read`].
    pub fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    /// Whether there is a door at all. A gateway that enforces in its own process needs none.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn listens(&self) -> Result<()> {
        let server = &self.server;
        let listeners = [&server.proxy, &server.decisions, &server.grpc, &server.spoe];
        if listeners.iter().all(|l| l.is_none()) {
            bail!("server: nothing listens; set one of `proxy`, `decisions`, `grpc`, `spoe`");
        }
        Ok(())
    }

    fn resolve(&mut self, folder: &Path) {
        let FactsConfig { file, .. } = &mut self.facts;
        let obligations = &mut self.obligations;
        let mut all: Vec<&mut PathBuf> = Vec::new();
        all.extend(file);
        for pack in &mut self.packs {
            all.extend(&mut pack.folder);
            all.extend(&mut pack.wasm);
            all.extend(&mut pack.bundle);
        }
        all.extend(&mut obligations.record);
        all.extend(&mut obligations.notify_candidate);
        all.extend(&mut obligations.relay_lease);
        all.extend(&mut obligations.alert);
        if let Some(watermark) = &mut obligations.watermark {
            all.extend([&mut watermark.key, &mut watermark.ledger]);
        }
        if let Some(tls) = &mut self.server.tls {
            all.extend([&mut tls.certificate, &mut tls.key]);
            all.extend(&mut tls.client_ca);
        }
        if let Some(jwt) = &mut self.identity.jwt {
            all.extend(&mut jwt.jwks_file);
        }
        for path in all {
            *path = folder.join(&*path);
        }
    }

    fn check(&self) -> Result<()> {
        let server = &self.server;
        server.check_tls()?;
        if server.proxy.is_some() && self.upstream.is_none() {
            bail!("upstream: the proxy needs one");
        }
        for (index, pack) in self.packs.iter().enumerate() {
            let at = |what: &str| format!("pack `{}`: {what}", pack.name);
            if self.packs.iter().take(index).any(|p| p.name == pack.name) {
                bail!(at("a second one of that name"));
            }
            let sources = [&pack.folder, &pack.wasm, &pack.bundle];
            if sources.iter().filter(|s| s.is_some()).count() != 1 {
                bail!(at("set one of `folder`, `wasm`, `bundle`"));
            }
            match (&pack.digest, &pack.folder, &pack.bundle) {
                (None, _, Some(_)) => bail!(at("a bundle is machine code: pin its `digest`")),
                (Some(_), Some(_), _) => bail!(at("a folder has no digest")),
                _ => {}
            }
        }
        if self.facts.envelope.as_deref().is_some_and(str::is_empty) {
            bail!("facts.envelope: the name is empty");
        }
        if let Some(authzen) = &self.authzen {
            if authzen.packs.is_empty() {
                bail!("authzen.packs: none decides");
            }
            let known = |name: &&String| self.packs.iter().any(|p| p.name == **name);
            if let Some(name) = authzen.packs.iter().find(|n| !known(n)) {
                bail!("authzen.packs: there is no pack `{name}`");
            }
        }
        if let Some(tracing) = &self.tracing {
            tracing.check()?;
        }
        self.identity.check()?;
        for (name, context) in &self.context {
            context
                .check(self.identity.jwt.is_some())
                .with_context(|| format!("context.{name}"))?;
            if name == "view" || name == "now" {
                bail!("context.{name}: set by the gateway alone");
            }
        }
        for route in &self.routes {
            route
                .check(self)
                .with_context(|| format!("route `{}`", route.path))?;
        }
        Ok(())
    }
}
