//! Who asks: whatever headers a client sends, it is nobody whom no signature and no trusted peer
//! named.

use crate::root;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use privet_server::identity::Identity;
use privet_server::listen::Peer;
use serde_json::json;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

const TRUSTED: Peer = Peer::Tcp(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)));
const OTHER: Peer = Peer::Tcp(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)));

/// The identity of the quick start beside trusted headers, and its tokens.
fn known() -> &'static (Identity, Vec<String>) {
    static KNOWN: OnceLock<(Identity, Vec<String>)> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let folder = root().join("docs/gateways");
        let config = json!({
            "jwt": {
                "jwks_file": folder.join("jwks.json"), "algorithms": ["EdDSA"],
                "issuer": "https://login.example", "audience": "resumes",
                "principal_type_claim": "kind", "principal_types": ["Recruiter", "Candidate"],
            },
            "headers": {
                "peers": ["10.0.0.1"], "principal_id": "x-user", "principal_types": ["Recruiter"],
            },
        });
        let config = serde_json::from_value(config).expect("a configuration");
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let loaded = runtime
            .expect("a runtime")
            .block_on(Identity::load(&config));
        let tokens = fs::read_dir(folder.join("tokens")).expect("tokens");
        let tokens = tokens.map(|t| fs::read_to_string(t.expect("an entry").path()));
        let tokens = tokens.map(|t| t.expect("a token").trim().to_owned());
        (loaded.expect("the keys"), tokens.collect())
    })
}

/// Header and claims of a token: what is signed.
fn signed(token: &str) -> &str {
    token.rsplit_once('.').map_or(token, |(signed, _)| signed)
}

/// Reads the bytes as headers, a line each, and asks who sent them from two places. `TOKEN` in a value
/// is the first token of the quick start.
pub fn run(bytes: &[u8]) {
    let (identity, tokens) = known();
    let text = String::from_utf8_lossy(bytes).replace("TOKEN", &tokens[0]);
    let mut headers = HeaderMap::new();
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        let name = HeaderName::from_bytes(name.trim().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value.trim())) {
            headers.append(name, value);
        }
    }
    let credentials = headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok());
    let is_ours = credentials.is_some_and(|given| {
        let given = given.split_once(' ').map_or("", |(_, token)| token.trim());
        tokens.iter().any(|token| signed(token) == signed(given))
    });
    if identity.caller(&headers, OTHER).is_ok() {
        assert!(is_ours, "{text}");
    }
    if let Ok(caller) = identity.caller(&headers, TRUSTED) {
        let named = headers.get_all("x-user").iter().count() == 1;
        assert!(is_ours || named && caller.is_trusted, "{text}");
        assert!(!caller.principal.id.is_empty());
    }
}
