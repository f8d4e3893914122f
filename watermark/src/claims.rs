//! What a signature says.
//!
//! What must never be here: anything of the candidate.

use crate::mark_id::MarkId;
use serde::{Deserialize, Serialize};

/// The signed claims, in the words of JSON Web Tokens (RFC 7519) where they have one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Who marked the document: the platform.
    pub iss: String,
    /// Id of the key; the same as in the signature's header.
    pub kid: String,
    /// The mark's id.
    pub mark_id: MarkId,
    /// Id of the company that got the document.
    pub company: String,
    /// Its name, as the notice shows it.
    pub company_name: String,
    /// Id of the person who asked.
    pub viewer: String,
    /// Id of the job that the document was given for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub job: Option<String>,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub iat: i64,
    /// Id of the decision that allowed it.
    pub decision: String,
    /// `sha-256:` and the hexadecimal digest of the canonical document (RFC 8785) without
    /// `meta.proof`.
    pub document: String,
}

impl Claims {
    /// The time as RFC 3339 has it, in UTC.
    pub fn time(&self) -> String {
        crate::notice::rfc3339(self.iat)
    }
}
