//! A policy's annotations: obligations, the answer of a closed gate. What nobody knows is refused.

use super::OBLIGATIONS;
use crate::error::{Caret, CompileError};
use crate::front::Parsed;
use crate::source::SourceFile;
use std::ops::Range;

const KNOWN: [&str; 5] = ["id", "basis", "obligation", "answer", "doc"];

/// What a policy's annotations say.
#[derive(Debug, Default)]
pub(crate) struct PolicyAnnotations {
    /// Indices into [`OBLIGATIONS`].
    pub(crate) obligations: Vec<u32>,
    pub(crate) answers_forbidden: bool,
}

/// The policy's text in its file, or that of one annotation.
pub(crate) fn range(parsed: &Parsed, annotation: Option<&str>) -> Option<Range<usize>> {
    let core: &cedar_policy_core::ast::Policy = parsed.policy.as_ref();
    let policy = core.loc().map(|l| l.start()..l.end())?;
    let Some(key) = annotation else {
        return Some(policy);
    };
    let text = core.loc()?.src.get(policy.clone())?;
    let at = policy.start + text.find(&format!("@{key}"))?;
    let end = core.loc()?.src.get(at..policy.end)?.find("\")");
    Some(at..end.map_or(policy.end, |e| at + e + 2))
}

/// A fault with a caret under a policy's annotation, or under the policy.
pub(crate) fn fault(
    files: &[SourceFile],
    parsed: &Parsed,
    annotation: Option<&str>,
    message: String,
    label: &str,
) -> CompileError {
    let file = files.iter().find(|f| f.name == parsed.file);
    match (file, range(parsed, annotation)) {
        (Some(file), Some(range)) => CompileError::fault(
            message,
            Caret {
                file,
                range,
                label: label.to_owned(),
            },
        ),
        _ => CompileError::pack(format!("{}: {message}", parsed.file)),
    }
}

/// A policy's annotations, checked.
pub(crate) fn annotations(
    files: &[SourceFile],
    parsed: &Parsed,
) -> Result<PolicyAnnotations, CompileError> {
    let id = &parsed.id;
    let refuse = |key: &str, what: String, label: &str| {
        let message = format!("policy `{id}`: {what}");
        Err(fault(files, parsed, Some(key), message, label))
    };
    let mut known = PolicyAnnotations::default();
    let mut annotations: Vec<(&str, &str)> = parsed.policy.annotations().collect();
    annotations.sort_unstable();
    for (key, value) in annotations {
        match key {
            "obligation" => {
                for name in value.split_whitespace() {
                    match (0..).zip(OBLIGATIONS).find(|(_, o)| *o == name) {
                        Some((index, _)) => known.obligations.push(index),
                        None => {
                            let what = format!("nobody knows the obligation `{name}`");
                            let label = format!("known are {}", OBLIGATIONS.join(", "));
                            return refuse(key, what, &label);
                        }
                    }
                }
            }
            "answer" => match value {
                "forbidden" => known.answers_forbidden = true,
                "not-found" => {}
                _ => {
                    let what = format!("`@answer` cannot be `{value}`");
                    return refuse(key, what, "`forbidden` or `not-found`");
                }
            },
            key if KNOWN.contains(&key) => {}
            key => {
                let what = format!("unknown annotation `@{key}`");
                let label = format!("known are @{}", KNOWN.join(", @"));
                return refuse(key, what, &label);
            }
        }
    }
    Ok(known)
}
