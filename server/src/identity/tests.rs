//! Tokens that are believed, and those that are not.

use super::*;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

/// A key of RFC 8037, appendix A, as PKCS #8 has it.
const PRIVATE: [u8; 48] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
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
    let good =
        json!({"iss": "i", "aud": ["x", "a"], "exp": now + 60, "sub": "r", "kind": "Recruiter"});
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
    let good = json!({"iss": "i", "aud": "a", "exp": now + 60, "sub": "r", "kind": "Recruiter"});
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
