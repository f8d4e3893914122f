//! What the tests share: a key that everybody knows, a disclosure, a résumé.
//!
//! What must never be here: a check; it belongs to the test that uses this.

use privet_watermark::{Disclosure, MarkId, Marker, MemoryLedger, Named, PrivateKey, PublicKeys};
use sha2::{Digest, Sha256};

/// The key of RFC 8037, appendix A: known to all, good for tests only.
pub const KEY: &str = include_str!("vectors/key.json");

pub const RESUME: &str = include_str!("vectors/resume/input.json");

pub fn key() -> PrivateKey {
    PrivateKey::from_jwk(KEY).expect("the key of the RFC")
}

pub fn keys() -> PublicKeys {
    PublicKeys::from_json(&key().public_jwks()).expect("a set")
}

pub fn marker() -> Marker {
    Marker::new(key(), "https://jobs.example")
}

pub fn disclosure(company: &str) -> Disclosure {
    Disclosure {
        company: Named::new(company, format!("Company of {company}")),
        viewer: Named::new("recruiter-1", "hr-li"),
        job: Some(Named::new("job-1", "后端工程师")),
        time: 1_619_604_180,
        decision: "d-1".to_owned(),
        pack: "liepin 3".to_owned(),
        resume: "resume-1".to_owned(),
    }
}

/// An id that looks random, the same one for the same seed.
pub fn id(seed: u8) -> MarkId {
    let digest = Sha256::digest([seed]);
    MarkId::from_bytes(std::array::from_fn(|i| digest[i]))
}

/// The résumé, marked for a company.
pub fn marked(company: &str, id: MarkId) -> Vec<u8> {
    let marked = marker().mark_as(id, RESUME.as_bytes(), &disclosure(company));
    let marked = marked.expect("marked");
    marked.record(&MemoryLedger::default()).expect("recorded")
}
