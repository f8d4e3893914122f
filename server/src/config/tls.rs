//! `[server.tls]`: which doors speak TLS, and with what. The files are read by [`crate::tls`].

use super::ServerConfig;
use anyhow::{Result, bail};
use serde::Deserialize;
use std::path::PathBuf;

/// TLS on doors.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate with those between it and its authority, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// The doors that speak TLS and nothing else.
    pub doors: Vec<TlsDoor>,
    /// The authority, PEM, whose certificates callers of `decisions`, `grpc` and `admin` must show.
    /// Clients of the proxy need none.
    pub client_ca: Option<PathBuf>,
}

/// A door that can speak TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsDoor {
    /// The reverse proxy.
    Proxy,
    /// Decisions over HTTP.
    Decisions,
    /// Envoy's filters.
    Grpc,
    /// Facts, reload, health and metrics.
    Admin,
}

impl TlsDoor {
    /// Its key in `[server]`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            Self::Decisions => "decisions",
            Self::Grpc => "grpc",
            Self::Admin => "admin",
        }
    }
}

impl ServerConfig {
    /// Whether a door speaks TLS.
    pub fn is_tls(&self, door: TlsDoor) -> bool {
        self.tls.as_ref().is_some_and(|t| t.doors.contains(&door))
    }

    /// Whether callers of `decisions`, `grpc` and `admin` show certificates at a door.
    pub fn knows_callers(&self, door: TlsDoor) -> bool {
        let known = self.tls.as_ref().is_some_and(|t| t.client_ca.is_some());
        known && door != TlsDoor::Proxy && self.is_tls(door)
    }

    /// Checks what goes together: who may write facts is known by the machine or by a certificate.
    pub(super) fn check_tls(&self) -> Result<()> {
        for (door, address) in [
            (TlsDoor::Proxy, &self.proxy),
            (TlsDoor::Decisions, &self.decisions),
            (TlsDoor::Grpc, &self.grpc),
            (TlsDoor::Admin, &self.admin),
        ] {
            let name = door.name();
            match address {
                _ if !self.is_tls(door) => {}
                Some(super::Address::Tcp(_)) => {}
                Some(address) => bail!("server.tls.doors: `{name}` listens on {address}"),
                None => bail!("server.tls.doors: there is no door `{name}`"),
            }
        }
        let Some(admin) = self.admin.as_ref().filter(|a| !a.is_local()) else {
            return Ok(());
        };
        match self.knows_callers(TlsDoor::Admin) {
            true => Ok(()),
            false => bail!(
                "server.admin: `{admin}` is neither loopback nor a Unix socket, nor does \
                 server.tls ask there for certificates of `client_ca`"
            ),
        }
    }
}
