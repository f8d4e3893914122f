//! TLS on the doors: who must show a certificate, and certificates that change while it runs.

use crate::http::parse;
use crate::scene::{Scene, no_secret, viewer_headers};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

/// An authority of its own name.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    /// Its own certificate, PEM.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// What a server for this machine answers with.
    pub fn server(&self) -> Arc<ServerConfig> {
        let [pem, key] = self.issue();
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder
            .with_safe_default_protocol_versions()
            .expect("versions");
        let builder = builder.with_no_client_auth();
        let config = builder.with_single_cert(vec![certificate(&pem)], key);
        Arc::new(config.expect("its certificate"))
    }

    /// A certificate for this machine and its key, PEM.
    fn issue(&self) -> [String; 2] {
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("names");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        [certificate.pem(), key.serialize_pem()]
    }
}

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")
}

/// A client that believes an authority, with a certificate of its own or without.
fn client(believes: &Authority, own: Option<&[String; 2]>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&believes.pem())).expect("a root");
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .expect("versions");
    let builder = builder.with_root_certificates(roots);
    Arc::new(match own {
        None => builder.with_no_client_auth(),
        Some([pem, key]) => {
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
            let chain = vec![certificate(pem)];
            builder
                .with_client_auth_cert(chain, key)
                .expect("its certificate")
        }
    })
}

fn ask(
    client: &Arc<ClientConfig>,
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> io::Result<crate::http::Reply> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let name = "localhost".try_into().expect("a name");
    let connection = ClientConnection::new(Arc::clone(client), name).expect("a client");
    let mut stream = StreamOwned::new(connection, stream);
    let mut head =
        format!("{method} {path} HTTP/1.1\r\nHost: privet.example\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if bytes.is_empty() => Err(error),
        _ if bytes.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(parse(&bytes)),
    }
}

fn write(scene: &Scene, [certificate, key]: &[String; 2]) {
    scene.write("tls/key.pem", key);
    scene.write("tls/certificate.pem", certificate);
}

#[test]
fn doors_speak_tls_and_certificates_change_with_a_reload() {
    let [server, callers, others] = [(); 3].map(|()| Authority::new());
    // Reachable from elsewhere, which takes certificates of the callers.
    let edits = [
        ("admin = \"127.0.0.1:0\"", "admin = \"0.0.0.0:0\""),
        (
            "\n[upstream]",
            "\n[server.tls]\ncertificate = \"tls/certificate.pem\"\nkey = \"tls/key.pem\"\n\
             client_ca = \"tls/callers.pem\"\ndoors = [\"proxy\", \"admin\", \"decisions\"]\n\n[upstream]",
        ),
    ];
    let mut scene = Scene::prepare(&edits);
    std::fs::create_dir(scene.folder.join("tls")).expect("a folder");
    write(&scene, &server.issue());
    scene.write("tls/callers.pem", &callers.pem());
    let [caller, other] = [&callers, &others].map(Authority::issue);
    scene.run();
    let [plain, known, unknown] =
        [None, Some(&caller), Some(&other)].map(|own| client(&server, own));
    let [proxy, admin, decisions] = ["proxy", "admin", "decisions"].map(|d| scene.port(d));
    let headers = viewer_headers("other-job-recruiter");
    let path = "/resumes/resume-1";
    let reply = ask(&plain, proxy, "GET", path, &headers).expect("an answer");
    assert_eq!(reply.status, 200);
    no_secret(&reply);
    // Nothing is said without TLS, nor to whoever believes another authority.
    let bytes = crate::http::raw(proxy, "GET", path, &headers, b"");
    assert!(
        !bytes.starts_with(b"HTTP"),
        "{}",
        String::from_utf8_lossy(&bytes)
    );
    assert!(ask(&client(&others, None), proxy, "GET", path, &headers).is_err());
    for door in [admin, decisions] {
        for stranger in [&plain, &unknown] {
            let refused = ask(stranger, door, "GET", "/revision", &[]);
            assert!(refused.is_err(), "{refused:?}");
        }
    }
    let reply = ask(&known, admin, "GET", "/revision", &[]).expect("an answer");
    assert_eq!(reply.status, 200);
    let origin = [("Origin", "https://a.example")];
    let reply = ask(&known, admin, "GET", "/revision", &origin).expect("an answer");
    assert_eq!(reply.status, 403);
    let asked = ask(
        &known,
        decisions,
        "GET",
        "/.well-known/authzen-configuration",
        &[],
    );
    assert_eq!(asked.expect("an answer").status, 200);
    // A key that is not the certificate's is refused, and what was live stays.
    let reload = || ask(&known, admin, "POST", "/reload", &[]).expect("an answer");
    let [_, key] = server.issue();
    scene.write("tls/key.pem", &key);
    let refused = reload();
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("server.tls"), "{}", refused.text());
    assert!(!refused.text().contains("PRIVATE KEY"));
    assert_eq!(
        ask(&plain, proxy, "GET", path, &headers)
            .expect("an answer")
            .status,
        200
    );
    // Another authority's: from now on its believers are answered, and no other.
    write(&scene, &others.issue());
    assert_eq!(reload().status, 200, "{}", scene.stderr());
    assert!(ask(&plain, proxy, "GET", path, &headers).is_err());
    let reply = ask(&client(&others, None), proxy, "GET", path, &headers);
    assert_eq!(reply.expect("an answer").status, 200);
}
