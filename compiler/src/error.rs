//! Why a pack does not compile.
//!
//! One opaque type: what is wrong, where, and, where Cedar refused, Cedar's own diagnostics. Nothing
//! here prints.

use crate::source::SourceFile;
use miette::Diagnostic;
use privet_frame::manifest::Position;
use std::fmt;
use std::ops::Range;

/// A place in a text, and what to say there.
#[derive(Debug)]
pub(crate) struct Caret<'a> {
    pub(crate) file: &'a SourceFile,
    /// In bytes.
    pub(crate) range: Range<usize>,
    pub(crate) label: String,
}

impl Caret<'_> {
    /// A diagnostic as Cedar's are.
    pub(crate) fn report(self, message: String) -> miette::Report {
        let label = miette::LabeledSpan::at(self.range, self.label);
        let diagnostic = miette::MietteDiagnostic::new(message).with_label(label);
        let source = miette::NamedSource::new(&self.file.name, self.file.text.clone());
        miette::Report::new(diagnostic).with_source_code(source)
    }
}

/// Cedar's diagnostic with the name of the file that it is about, and what it relates to as reports
/// of their own. `at` gives the file of a place, and where its text begins in what Cedar read.
fn named<'f>(
    diagnostic: &(dyn Diagnostic + '_),
    at: &dyn Fn(usize) -> Option<(&'f SourceFile, usize)>,
    reports: &mut Vec<miette::Report>,
) {
    let labels: Vec<_> = diagnostic.labels().into_iter().flatten().collect();
    let place = labels.first().and_then(|label| at(label.offset()));
    let mut told = miette::MietteDiagnostic::new(diagnostic.to_string());
    told.help = diagnostic.help().map(|help| help.to_string());
    told.severity = diagnostic.severity();
    let report = match place {
        Some((file, start)) => {
            // A label may be in another file, as where something is declared twice.
            let here = labels.into_iter().filter_map(|label| {
                let offset = label.offset().checked_sub(start)?;
                let fits = offset + label.len() <= file.text.len();
                let text = label.label().map(str::to_owned);
                fits.then(|| miette::LabeledSpan::new(text, offset, label.len()))
            });
            let source = miette::NamedSource::new(&file.name, file.text.clone());
            miette::Report::new(told.with_labels(here)).with_source_code(source)
        }
        None => miette::Report::new(told),
    };
    reports.push(report);
    for related in diagnostic.related().into_iter().flatten() {
        named(related, at, reports);
    }
}

/// Why policies do not compile.
#[derive(Debug)]
pub struct CompileError {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Cedar's front end refused: parse errors and validation errors, each with its source.
    Cedar {
        stage: String,
        reports: Vec<miette::Report>,
    },
    Schema(String),
    Pack(String),
    /// A fault of a pack, with its place.
    Fault {
        message: String,
        reports: Vec<miette::Report>,
    },
    Unsupported(Construct),
    Internal(String),
}

/// A construct of the language that is not emitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Construct {
    /// The policy's id.
    pub policy: String,
    /// Where it stands.
    pub position: Position,
    /// What it is, in Cedar's words.
    pub construct: String,
}

impl CompileError {
    pub(crate) fn cedar<E>(stage: String, errors: impl IntoIterator<Item = E>) -> Self
    where
        E: Diagnostic + Send + Sync + 'static,
    {
        let reports = errors.into_iter().map(miette::Report::new).collect();
        Self {
            kind: Kind::Cedar { stage, reports },
        }
    }

    /// The same with the names of files: the one that each error is about, and where its text begins
    /// in what Cedar read.
    pub(crate) fn cedar_in<'f, E: Diagnostic>(
        stage: String,
        errors: &[E],
        at: impl Fn(&E, usize) -> Option<(&'f SourceFile, usize)>,
    ) -> Self {
        let mut reports = Vec::new();
        for error in errors {
            named(error, &|offset| at(error, offset), &mut reports);
        }
        Self {
            kind: Kind::Cedar { stage, reports },
        }
    }

    pub(crate) fn schema(message: String) -> Self {
        Self {
            kind: Kind::Schema(message),
        }
    }

    pub(crate) fn pack(message: String) -> Self {
        Self {
            kind: Kind::Pack(message),
        }
    }

    pub(crate) fn fault(message: String, caret: Caret<'_>) -> Self {
        Self {
            kind: Kind::Fault {
                reports: vec![caret.report(message.clone())],
                message,
            },
        }
    }

    pub(crate) fn unsupported(construct: Construct) -> Self {
        Self {
            kind: Kind::Unsupported(construct),
        }
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Internal(message.into()),
        }
    }

    /// Whether Cedar itself refused the policies or the schema.
    pub fn is_cedar(&self) -> bool {
        matches!(self.kind, Kind::Cedar { .. })
    }

    /// The construct that is not emitted, if that is why.
    pub fn construct(&self) -> Option<&Construct> {
        match &self.kind {
            Kind::Unsupported(construct) => Some(construct),
            _ => None,
        }
    }

    /// Diagnostics with source and labels: Cedar's own, or those of a pack's fault.
    pub fn reports(&self) -> &[miette::Report] {
        match &self.kind {
            Kind::Cedar { reports, .. } | Kind::Fault { reports, .. } => reports,
            _ => &[],
        }
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Cedar { stage, reports } => {
                write!(f, "{stage}")?;
                for report in reports {
                    write!(f, ": {report}")?;
                }
                Ok(())
            }
            Kind::Schema(message) => write!(f, "schema: {message}"),
            Kind::Pack(message) | Kind::Fault { message, .. } => write!(f, "pack: {message}"),
            Kind::Unsupported(Construct {
                policy,
                position,
                construct,
            }) => write!(
                f,
                "{}:{}:{}: policy `{policy}` uses {construct}, which is not compiled yet",
                position.file, position.line, position.column
            ),
            Kind::Internal(message) => write!(f, "internal compiler error: {message}"),
        }
    }
}

impl std::error::Error for CompileError {}
