//! A plan over a body: rules from the rungs taken, then one pass of the redactor.
//!
//! Fail closed: a closed gate gives no byte, an unknown rendering or path is an error, a class
//! without a rung is removed because it has no rule.

use crate::combine::Answer;
use crate::known::TrueValues;
use crate::watermark;
use privet_host::manifest::{Class, Manifest, Rung};
use privet_host::{GateAnswer, Issued, KnownValues};
use privet_redact::known::KnownKind;
use privet_redact::transform::pseudonym::Key;
use privet_redact::{Path, Rendering, Rule, RuleSet, Rules, Settings};
use std::fmt;
use std::sync::Arc;

/// Why a body may not leave.
#[derive(Debug)]
pub struct EnforceError {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Closed(GateAnswer, Vec<String>),
    Rules(String),
    Body(privet_redact::RedactError),
    Unmarked,
    Mark(privet_watermark::MarkError),
    Ledger(privet_watermark::LedgerError),
}

impl EnforceError {
    /// How the gate answered, if a closed gate is why.
    pub fn closed(&self) -> Option<GateAnswer> {
        match &self.kind {
            Kind::Closed(answer, _) => Some(*answer),
            _ => None,
        }
    }

    /// The kind of the candidate's true value that the output held, if that is why: it is a fault of
    /// the pack or a trick in the body, and worth an alarm.
    pub fn known_value(&self) -> Option<KnownKind> {
        match &self.kind {
            Kind::Body(error) => error.known_value(),
            _ => None,
        }
    }

    /// The plan obliges a watermark and there is nothing to mark with.
    pub fn is_unmarked(&self) -> bool {
        matches!(self.kind, Kind::Unmarked)
    }

    /// The mark would not say who gets the body, or when: it is what is known of them that is wrong,
    /// and not the body.
    pub fn is_disclosure(&self) -> bool {
        matches!(&self.kind, Kind::Mark(error) if error.is_disclosure())
    }

    /// The ledger did not keep the mark's row.
    pub fn is_ledger(&self) -> bool {
        matches!(self.kind, Kind::Ledger(_))
    }

    pub(crate) fn rules(what: impl fmt::Display) -> Self {
        Self {
            kind: Kind::Rules(what.to_string()),
        }
    }

    pub(crate) fn unmarked() -> Self {
        Self {
            kind: Kind::Unmarked,
        }
    }
}

impl fmt::Display for EnforceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Closed(answer, reasons) => {
                let answer = match answer {
                    GateAnswer::Open => "open",
                    GateAnswer::NotFound => "not found",
                    GateAnswer::Forbidden => "forbidden",
                };
                write!(f, "the gate is closed: {answer}")?;
                match reasons.is_empty() {
                    true => write!(f, " (no policy permits it)"),
                    false => write!(f, " (by {})", reasons.join(", ")),
                }
            }
            Kind::Rules(what) => f.write_str(what),
            Kind::Body(error) => write!(f, "{error}"),
            Kind::Unmarked => write!(
                f,
                "the plan obliges a watermark, and there is no key to mark with"
            ),
            Kind::Mark(error) => write!(f, "watermark: {error}"),
            Kind::Ledger(error) => write!(f, "watermark ledger: {error}"),
        }
    }
}

impl std::error::Error for EnforceError {}

impl From<privet_watermark::MarkError> for EnforceError {
    fn from(error: privet_watermark::MarkError) -> Self {
        Self {
            kind: Kind::Mark(error),
        }
    }
}

impl From<privet_watermark::LedgerError> for EnforceError {
    fn from(error: privet_watermark::LedgerError) -> Self {
        Self {
            kind: Kind::Ledger(error),
        }
    }
}

/// The redactor's rules for a rung of a class.
fn rules_of(class: &Class, rung: &Rung) -> Result<Vec<(Path, Rule)>, EnforceError> {
    let pairs = class.fields.iter().zip(&rung.renderings);
    pairs
        .map(|(field, rendering)| {
            let path = field
                .parse::<Path>()
                .map_err(|e| EnforceError::rules(format_args!("path `{field}`: {e}")))?;
            let rendering = rendering
                .parse::<Rendering>()
                .map_err(|e| EnforceError::rules(format_args!("rendering `{rendering}`: {e}")))?;
            Ok((path, Rule::new(&class.id, rendering)))
        })
        .collect()
}

/// Checks that the redactor knows, and has, every path and rendering of a pack.
///
/// # Errors
///
/// The first that it does not know.
pub fn check(manifest: &Manifest) -> Result<(), EnforceError> {
    for class in &manifest.classes {
        for rung in &class.rungs {
            Rules::new(rules_of(class, rung)?)
                .map_err(|e| EnforceError::rules(format_args!("class `{}`: {e}", class.id)))?;
        }
    }
    Ok(())
}

/// The redactor's rules for the rungs of a plan, for everybody who is shown a résumé so.
pub(crate) fn rule_set(plan: &impl Answer, issued: &Issued) -> Result<RuleSet, EnforceError> {
    let mut rules = Vec::new();
    for (class, rung) in plan.rungs() {
        if let Some(rung) = rung {
            rules.extend(rules_of(class, rung)?);
        }
    }
    let issued: Vec<&str> = issued.relay.keys().map(String::as_str).collect();
    RuleSet::new(rules, &issued).map_err(EnforceError::rules)
}

/// The redactor's rules for a plan.
///
/// # Errors
///
/// A closed gate; a path or rendering that the redactor does not know; a known value that cannot be
/// searched for.
pub fn rules(
    plan: &impl Answer,
    issued: &Issued,
    values: &KnownValues,
) -> Result<Rules, EnforceError> {
    open(plan)?;
    let set = Arc::new(rule_set(plan, issued)?);
    rules_over(set, issued, &TrueValues::new(values))
}

/// Nothing, or why nothing may be shown.
pub(crate) fn open(plan: &impl Answer) -> Result<(), EnforceError> {
    if plan.gate() == GateAnswer::Open {
        return Ok(());
    }
    let reasons = plan.gate_reasons().into_iter().map(str::to_owned).collect();
    Err(EnforceError {
        kind: Kind::Closed(plan.gate(), reasons),
    })
}

/// Compiled rules with the facts of one candidate.
pub(crate) fn rules_over(
    set: Arc<RuleSet>,
    issued: &Issued,
    values: &TrueValues,
) -> Result<Rules, EnforceError> {
    let mut builder = Rules::builder();
    for (class, value) in &issued.relay {
        builder = builder.issued(class, value);
    }
    for (employer, industry) in &issued.industry {
        builder = builder.industry(employer, industry);
    }
    if let Some(region) = &issued.region {
        builder = builder.phone_region(region);
    }
    if let Some(now) = issued.now {
        builder = builder.now(now);
    }
    if let Some(key) = &issued.pseudonym_key {
        // Facts in JSON have been checked; a caller's own key is checked here.
        let key = Key::new(key)
            .ok_or_else(|| EnforceError::rules("the pseudonym key has fewer than 16 bytes"))?;
        builder = builder.pseudonym_key(key);
    }
    // An e-mail domain that holds the name would undo its mask.
    for name in &values.names {
        builder = builder.own_name(name);
    }
    let known = values.known.clone().map_err(EnforceError::rules)?;
    Ok(builder.known(known).build_over(set))
}

/// The body that the viewer may see.
///
/// # Errors
///
/// A closed gate, a body that is not what it must be, an output that holds a true value which the
/// plan does not reveal, or a plan that obliges a watermark: such a body comes from
/// [`watermark::body`]. In every case no byte may leave.
pub fn body(
    plan: &impl Answer,
    issued: &Issued,
    values: &KnownValues,
    body: &[u8],
) -> Result<Vec<u8>, EnforceError> {
    watermark::body(plan, issued, values, body, None)
}

/// What the body shows, before its obligations are met: for previews and matrices, never to send.
///
/// # Errors
///
/// As [`body`], but for the watermark.
pub fn redacted(
    plan: &impl Answer,
    issued: &Issued,
    values: &KnownValues,
    body: &[u8],
) -> Result<Vec<u8>, EnforceError> {
    by_rules(rules(plan, issued, values)?, Settings::default(), body)
}

/// The redactor's limits for a body of so many bytes at most; the rest are its own.
pub(crate) fn limits(body_bytes: usize) -> Settings {
    let defaults = Settings::default();
    Settings {
        max_body_bytes: body_bytes,
        // A short value may become a longer one.
        max_output_bytes: defaults.max_output_bytes.max(body_bytes.saturating_mul(2)),
        ..defaults
    }
}

/// What rules show of a body.
pub(crate) fn by_rules(
    rules: Rules,
    limits: Settings,
    body: &[u8],
) -> Result<Vec<u8>, EnforceError> {
    let redacted = privet_redact::redact(Arc::new(rules), limits, body);
    redacted.map_err(|error| EnforceError {
        kind: Kind::Body(error),
    })
}
