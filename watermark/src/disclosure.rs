//! Who gets a document, what for and when: what a mark says.
//!
//! What must never be here: anything of the candidate but the opaque id of the résumé, which goes
//! into the ledger alone.

use crate::error::{MarkError, MarkErrorKind};
use crate::invisible::strip;

/// Longest text of a mark, in bytes.
const MAX_TEXT: usize = 1024;

/// An id, and how people call what it stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The id, e.g. a company's unified social credit code.
    pub id: String,
    /// The name, as the notice shows it.
    pub name: String,
}

impl Named {
    /// An id with its name.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
        }
    }
}

/// One disclosure of a résumé: what the mark, its signature and its ledger row say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disclosure {
    /// The company that the document is given to.
    pub company: Named,
    /// The person there who asked; the name is an account's, for the notice.
    pub viewer: Named,
    /// The job that it is given for.
    pub job: Option<Named>,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub time: i64,
    /// Id of the decision that allowed it, as the decision log has it.
    pub decision: String,
    /// The policies that allowed it: the pack's name and revision. For the ledger alone.
    pub pack: String,
    /// Opaque id of the résumé. For the ledger alone.
    pub resume: String,
}

impl Disclosure {
    /// The same without invisible characters: a company's name could hold another one's code.
    ///
    /// # Errors
    ///
    /// No company, viewer or decision; a text with control characters or over 1024 bytes; a job
    /// without id; a time out of the years 1970 to 9999.
    pub(crate) fn checked(&self) -> Result<Self, MarkError> {
        let mut checked = self.clone();
        let Self {
            company,
            viewer,
            job,
            time,
            decision,
            pack,
            resume,
        } = &mut checked;
        let required = |field, text: &str| match text.is_empty() {
            true => refuse(field, "is missing"),
            false => Ok(()),
        };
        for (field, named) in [("company", company), ("viewer", viewer)] {
            clean(field, &mut named.id)?;
            clean(field, &mut named.name)?;
            required(field, &named.id)?;
        }
        if let Some(job) = job {
            clean("job", &mut job.id)?;
            clean("job", &mut job.name)?;
            required("job", &job.id)?;
        }
        for (field, text) in [("decision", decision), ("pack", pack), ("resume", resume)] {
            clean(field, text)?;
        }
        if !(0..=253_402_300_799).contains(time) {
            return refuse("time", "is not in the years 1970 to 9999");
        }
        required("decision", &checked.decision)?;
        Ok(checked)
    }
}

fn clean(field: &'static str, text: &mut String) -> Result<(), MarkError> {
    strip(text);
    if text.len() > MAX_TEXT {
        return refuse(field, "has more than 1024 bytes");
    }
    match text.chars().any(char::is_control) {
        true => refuse(field, "holds a control character"),
        false => Ok(()),
    }
}

fn refuse<T>(field: &'static str, what: &'static str) -> Result<T, MarkError> {
    Err(MarkError::new(MarkErrorKind::Disclosure(field, what)))
}

impl Named {
    /// The name; the id if there is none.
    pub(crate) fn shown(&self) -> &str {
        match self.name.is_empty() {
            true => &self.id,
            false => &self.name,
        }
    }
}
