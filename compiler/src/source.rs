//! What the compiler takes: text. Reading files is its callers' business.

/// A text with the name that messages call it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// A path or any other name.
    pub name: String,
    /// The content.
    pub text: String,
}

/// Whether the policies are a pack or a plain policy set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A pack: policies are named by `@id`, the schema's annotations make gates and classes, and
    /// annotations that nobody knows are refused.
    Pack,
    /// Any Cedar policy set: ids are Cedar's own, annotations mean nothing.
    PolicySet,
}

/// A schema and policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Name of the pack.
    pub name: String,
    /// Revision of the pack.
    pub revision: u64,
    /// Whether an erring forbid that could apply denies; off is Cedar's own semantics.
    pub strict: bool,
    /// Pack or policy set.
    pub kind: Kind,
    /// The schema: files in Cedar's syntax, read as one text in this order, or one file in Cedar's
    /// JSON, told by the ending `.json`.
    pub schema: Vec<SourceFile>,
    /// The policies: files in Cedar's syntax, or a policy set in Cedar's JSON, told by the ending
    /// `.json`. A plain policy set is one file.
    pub policies: Vec<SourceFile>,
}

impl SourceFile {
    /// Whether the name ends in `.json`.
    pub(crate) fn is_json(&self) -> bool {
        self.name.ends_with(".json")
    }
}
