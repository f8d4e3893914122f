//! Marks a document: strict reading, stripping, zero-width code, notice, signature, ledger row.
//!
//! What must never be here: a way to the marked body that does not go by the ledger.

use crate::claims::Claims;
use crate::disclosure::Disclosure;
use crate::document::{canonical, digest, parse};
use crate::error::{LedgerError, MarkError, MarkErrorKind};
use crate::invisible::strip_all;
use crate::key::PrivateKey;
use crate::ledger::{Ledger, Row};
use crate::mark_id::MarkId;
use crate::zero_width::place;
use crate::{jws, notice};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt;

/// How documents are marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether free texts get zero-width codes. Default true. Without, a copied paragraph cannot be
    /// traced, but readers that stumble over invisible characters see none. Incoming ones are
    /// stripped in either case.
    pub zero_width: bool,
    /// Names of the members whose strings are free text, in an object or in an array there. Default
    /// `summary`, `description`, `highlights`, `reference`: JSON Resume's long texts.
    pub free_text: BTreeSet<String>,
    /// Characters of the shortest text that gets a code. Default 20.
    pub min_text: usize,
    /// Codes in a document at most; each is 384 bytes. Default 32.
    pub max_codes: usize,
    /// A text gets another code for each so many characters. Default 400.
    pub text_per_code: usize,
    /// Offset of the notice's time from UTC, in hours. Default 8, China's.
    pub utc_offset_hours: i8,
}

impl Default for Settings {
    fn default() -> Self {
        let free_text = ["summary", "description", "highlights", "reference"];
        Self {
            zero_width: true,
            free_text: free_text.map(str::to_owned).into(),
            min_text: 20,
            max_codes: 32,
            text_per_code: 400,
            utc_offset_hours: 8,
        }
    }
}

/// Marks documents with one key.
#[derive(Debug)]
pub struct Marker {
    key: PrivateKey,
    issuer: String,
    settings: Settings,
}

impl Marker {
    /// A marker with default settings; `issuer` names the platform, e.g. by its address.
    pub fn new(key: PrivateKey, issuer: impl Into<String>) -> Self {
        Self {
            key,
            issuer: issuer.into(),
            settings: Settings::default(),
        }
    }

    /// The same with other settings.
    #[must_use]
    pub fn with_settings(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    /// Marks a redacted document with a new random id.
    ///
    /// # Errors
    ///
    /// A document that has no canonical form (RFC 8785), is no object, is already marked, or has an
    /// invisible character in a name; a disclosure that does not say who.
    pub fn mark(&self, body: &[u8], disclosure: &Disclosure) -> Result<Marked, MarkError> {
        self.mark_as(MarkId::random()?, body, disclosure)
    }

    /// Marks with a given id. An id must never be used twice: this is for vectors.
    ///
    /// # Errors
    ///
    /// As [`mark`](Self::mark).
    pub fn mark_as(
        &self,
        id: MarkId,
        body: &[u8],
        disclosure: &Disclosure,
    ) -> Result<Marked, MarkError> {
        let disclosure = disclosure.checked()?;
        let mut document = parse(body)?;
        strip_all(&mut document)?;
        let unmarked = meta(&mut document)?;
        for name in ["watermark", "proof"] {
            if unmarked.contains_key(name) {
                return Err(MarkError::new(MarkErrorKind::AlreadyMarked(name)));
            }
        }
        let codes = match self.settings.zero_width {
            true => place::embed(&mut document, id, &self.settings),
            false => 0,
        };
        let hours = self.settings.utc_offset_hours;
        let watermark = notice::watermark(&disclosure, id, &self.key, hours);
        meta(&mut document)?.insert("watermark".to_owned(), watermark);
        let claims = self.claims(id, &disclosure, digest(&canonical(&document)?));
        let proof = jws::sign(&claims, &self.key)?;
        meta(&mut document)?.insert("proof".to_owned(), json!(proof));
        let body = canonical(&document)?;
        let row = row(claims, disclosure, digest(&body), codes);
        Ok(Marked { body, row })
    }

    fn claims(&self, id: MarkId, disclosure: &Disclosure, document: String) -> Claims {
        Claims {
            iss: self.issuer.clone(),
            kid: self.key.id().to_owned(),
            mark_id: id,
            company: disclosure.company.id.clone(),
            company_name: disclosure.company.shown().to_owned(),
            viewer: disclosure.viewer.id.clone(),
            job: disclosure.job.as_ref().map(|job| job.id.clone()),
            iat: disclosure.time,
            decision: disclosure.decision.clone(),
            document,
        }
    }
}

/// The document's `meta`, made if it is missing.
fn meta(document: &mut Value) -> Result<&mut Map<String, Value>, MarkError> {
    let Value::Object(root) = document else {
        return Err(MarkError::new(MarkErrorKind::RootNotObject));
    };
    let meta = root.entry("meta").or_insert_with(|| json!({}));
    meta.as_object_mut()
        .ok_or_else(|| MarkError::new(MarkErrorKind::MetaNotObject))
}

fn row(claims: Claims, disclosure: Disclosure, body: String, zero_width_codes: usize) -> Row {
    Row {
        format: crate::FORMAT.to_owned(),
        mark_id: claims.mark_id,
        short_code: claims.mark_id.short_code(),
        time: claims.time(),
        iss: claims.iss,
        kid: claims.kid,
        company: claims.company,
        company_name: claims.company_name,
        viewer: claims.viewer,
        job: claims.job,
        pack: disclosure.pack,
        decision: claims.decision,
        resume: disclosure.resume,
        iat: claims.iat,
        document: claims.document,
        body,
        zero_width_codes,
    }
}

/// A marked document that waits for its ledger row.
#[must_use = "a marked body leaves by `record`"]
pub struct Marked {
    body: Vec<u8>,
    row: Row,
}

impl Marked {
    /// The row that the ledger must keep.
    pub fn row(&self) -> &Row {
        &self.row
    }

    /// Writes the row, then gives the body up: canonical JSON (RFC 8785), ready to send.
    ///
    /// # Errors
    ///
    /// When the ledger does not keep the row. The body is gone; nothing may be sent.
    pub fn record(self, ledger: &dyn Ledger) -> Result<Vec<u8>, LedgerError> {
        ledger.append(&self.row)?;
        Ok(self.body)
    }
}

impl fmt::Debug for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { body, row } = self;
        write!(f, "Marked({} bytes, {row:?})", body.len())
    }
}
