//! Marks: any bytes get one verdict, *valid* only for what was signed; whatever can be marked is then
//! valid and traces to its own mark alone.

use privet_watermark::{
    Disclosure, MarkId, Marker, MemoryLedger, Named, PrivateKey, PublicKeys, Trace, Verdict, verify,
};
use serde_json::Value;
use std::sync::LazyLock;

/// The key of RFC 8037, and a document that it signed.
const KEY: &str = include_str!("../../../watermark/tests/vectors/key.json");
const SIGNED: &[u8] = include_bytes!("../../../watermark/tests/vectors/resume/output.json");

const ID: MarkId = MarkId::from_bytes(*b"fuzzed-id-01");

static MARKER: LazyLock<(Marker, PublicKeys)> = LazyLock::new(|| {
    let key = PrivateKey::from_jwk(KEY).expect("a key");
    let keys = PublicKeys::from_json(&key.public_jwks()).expect("a set");
    (Marker::new(key, "https://jobs.example"), keys)
});

/// Verifies the bytes, marks them, and traces them.
pub fn run(bytes: &[u8]) {
    let (marker, keys) = &*MARKER;
    if let Verdict::Valid(_) = verify(bytes, keys) {
        let read = |bytes| serde_json::from_slice::<Value>(bytes).expect("JSON");
        assert_eq!(read(bytes), read(SIGNED), "valid, and not what was signed");
    }
    let trace = Trace::of(&String::from_utf8_lossy(bytes));
    trace.suspects(&[ID]);
    let disclosure = Disclosure {
        company: Named::new("company-1", "Company"),
        viewer: Named::new("recruiter-1", ""),
        decision: "d-1".to_owned(),
        ..Disclosure::default()
    };
    let Ok(marked) = marker.mark_as(ID, bytes, &disclosure) else {
        return;
    };
    let sent = marked.record(&MemoryLedger::default()).expect("recorded");
    let Verdict::Valid(claims) = verify(&sent, keys) else {
        panic!("marked, and not valid");
    };
    assert_eq!(claims.mark_id, ID);
    let codes = Trace::of(&String::from_utf8(sent).expect("UTF-8")).codes;
    assert!(codes.iter().all(|code| code.mark_id == ID), "{codes:?}");
}
