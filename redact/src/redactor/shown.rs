//! What an action shows of a scalar.
//!
//! What must never be here: where the scalar stands, or how it got here. Both ways through a body
//! ask this.

use std::borrow::Cow;

use crate::json::ScalarKind;
use crate::rendering::GeneraliseKind;
use crate::rules::{Action, Rules};
use crate::transform::{self, pseudonym::pseudonym};

/// What is shown of a scalar.
pub(super) enum Shown<'s> {
    Nothing,
    /// As the body has it.
    AsItIs,
    /// This JSON text.
    Json(&'s str),
    /// This text, to be written as JSON.
    Text(Cow<'s, str>),
}

/// Whether an action may show something of scalars of a kind.
#[inline]
pub(super) fn takes(action: &Action, kind: ScalarKind) -> bool {
    match action {
        Action::Remove => false,
        Action::Reveal => true,
        action => {
            kind == ScalarKind::String || (kind == ScalarKind::Number && takes_numbers(action))
        }
    }
}

/// Whether the action is defined for numbers as well as for text.
fn takes_numbers(action: &Action) -> bool {
    matches!(
        action,
        Action::Pseudonym(_)
            | Action::Generalise(GeneraliseKind::AgeBand | GeneraliseKind::SalaryBand)
    )
}

/// What an action shows of a scalar of a kind that it takes. `text` gives what a string stands for
/// and what a number looks like; none if that is no text, half a surrogate pair: such a string is
/// shown nowhere, since many parsers refuse the whole body for it.
#[inline]
pub(super) fn shown<'s>(
    rules: &'s Rules,
    action: &'s Action,
    has_escape: bool,
    text: impl FnOnce() -> Option<Cow<'s, str>>,
) -> Shown<'s> {
    match action {
        Action::Remove => return Shown::Nothing,
        Action::Reveal if !has_escape => return Shown::AsItIs,
        Action::Relay(class) => {
            let value = rules.issued.get(&**class);
            return value.map_or(Shown::Nothing, |value| Shown::Json(value));
        }
        _ => {}
    }
    let Some(text) = text() else {
        return Shown::Nothing;
    };
    let transformed = match action {
        Action::Reveal => return Shown::AsItIs,
        Action::Scrub => {
            let scrubbed = match &rules.known {
                Some(known) => known.scrub(&rules.scrubber, &text),
                None => rules.scrubber.scrub(&text),
            };
            // Where nothing was found the original stays, its escapes too.
            if let Cow::Borrowed(_) = scrubbed.text {
                return Shown::AsItIs;
            }
            (!scrubbed.is_empty()).then(|| scrubbed.text.into_owned())
        }
        Action::Generalise(kind) => {
            let shown = match text {
                Cow::Borrowed(text) => transform::generalise(*kind, text, &rules.facts),
                Cow::Owned(text) => transform::generalise(*kind, &text, &rules.facts)
                    .map(|shown| Cow::Owned(shown.into_owned())),
            };
            return shown.map_or(Shown::Nothing, Shown::Text);
        }
        Action::Mask(mask) => transform::mask(*mask, &text, &rules.facts),
        Action::Pseudonym(class) => pseudonym(class, &text, rules.facts.key.as_ref()),
        Action::Relay(_) | Action::Remove => None,
    };
    transformed.map_or(Shown::Nothing, |text| Shown::Text(Cow::Owned(text)))
}
