//! Certificates of the doors, read anew with each reload: a connection keeps what it began with.
//!
//! TLS 1.2 and 1.3, by rustls with ring. What must never be here: a private key in an error.

use crate::config::{ServerConfig, TlsConfig, TlsDoor};
use crate::listen::Stream;
use anyhow::{Context, Result, bail};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig as Rustls};

/// What doors speak TLS with.
#[derive(Clone)]
pub struct Tls {
    open: Arc<Rustls>,
    /// Where callers show a certificate.
    mutual: Arc<Rustls>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Reads certificate, key and authority; `None` where no door speaks TLS.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or holds nothing of its kind, a key that is not the certificate's.
    pub fn load(config: &ServerConfig) -> Result<Option<Self>> {
        let Some(tls) = &config.tls else {
            return Ok(None);
        };
        Ok(Some(Self {
            open: rustls(tls, None)?,
            mutual: rustls(tls, tls.client_ca.as_deref())?,
        }))
    }

    /// What a door's connections are accepted with.
    pub fn of(&self, door: TlsDoor) -> Arc<Rustls> {
        Arc::clone(match door {
            TlsDoor::Proxy => &self.open,
            TlsDoor::Decisions | TlsDoor::Grpc | TlsDoor::Admin => &self.mutual,
        })
    }
}

fn rustls(tls: &TlsConfig, authority: Option<&Path>) -> Result<Arc<Rustls>> {
    let chain = certificates(&tls.certificate).context("server.tls.certificate")?;
    let key = PrivateKeyDer::from_pem_file(&tls.key);
    // The error might hold a piece of the file.
    let Ok(key) = key else {
        bail!("server.tls.key: {}: no private key", tls.key.display());
    };
    let provider = Arc::new(ring::default_provider());
    let builder = Rustls::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions()?;
    let builder = match authority {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let mut roots = RootCertStore::empty();
            for root in certificates(file).context("server.tls.client_ca")? {
                roots.add(root).context("server.tls.client_ca")?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            let verifier = verifier.build().context("server.tls.client_ca")?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let built = builder.with_single_cert(chain, key);
    let mut config = built.context("server.tls: certificate and key")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let wrong = || file.display().to_string();
    let read = CertificateDer::pem_file_iter(file).with_context(wrong)?;
    let all = read.collect::<Result<Vec<_>, _>>().with_context(wrong)?;
    match all.is_empty() {
        true => bail!("{}: no certificate", file.display()),
        false => Ok(all),
    }
}

/// The stream inside, once both sides agree within that time.
pub async fn accepted(
    stream: Box<dyn Stream>,
    config: Option<Arc<Rustls>>,
    patience: Duration,
) -> Option<Box<dyn Stream>> {
    let Some(config) = config else {
        return Some(stream);
    };
    let agreed = TlsAcceptor::from(config).accept(stream);
    match tokio::time::timeout(patience, agreed).await {
        Ok(Ok(stream)) => Some(Box::new(stream)),
        _ => None,
    }
}
