//! A page of résumés: each item is decided and enforced for itself, the page is made of what is
//! shown, and only then anything is recorded as open.
//!
//! An item that may not be known of, and one whose body cannot be enforced, are left out alike, each
//! with its record. What must never be here: a trace of either in the page.

use crate::enforce::Case;
use crate::release::{Debts, Draft, Released};
use hyper::body::Bytes;
use privet_gateway::decide::{Decision, Question};
use privet_gateway::failure::Failure;
use privet_gateway::list::{Page, Shape};
use std::fmt::Display;

/// A page of those that the viewer may know of.
///
/// # Errors
///
/// A body that is no page, an item without a decision, an obligation that cannot be met: nothing of
/// the page is shown.
pub(crate) fn page(
    case: &Case<'_>,
    shape: &Shape,
    question: &Question,
    body: &Bytes,
    is_head: bool,
) -> Result<Released, Failure> {
    let refused = |why: &dyn Display| {
        case.upstream_failed(None, question, Failure::Upstream, &why.to_string());
        Failure::Upstream
    };
    let page = Page::read(body, shape).map_err(|e| refused(&e))?;
    let envelope = case.envelope(question, body)?;
    let mut decisions = Vec::with_capacity(page.items.len());
    let mut drafts = Vec::with_capacity(page.items.len());
    for (id, document) in &page.items {
        let mut question = question.clone();
        question.resource.id.clone_from(id);
        let decision = case.decide(question, envelope.as_ref())?;
        let draft = match decision.refusal() {
            Some(failure) => Err(failure),
            None => draft(case, shape, &decision, document, is_head),
        };
        match draft {
            Ok(draft) => {
                drafts.push((id.clone(), draft));
                decisions.push(decision);
            }
            Err(failure) => {
                case.refuse(Some(&decision), &decision.question, failure);
                if failure == Failure::Obligation {
                    return Err(failure);
                }
            }
        }
    }
    let write = |shown| match is_head {
        true => Ok(Vec::new()),
        false => page.write(shown).map_err(|e| refused(&e)),
    };
    Released::join(drafts, write, || owed(case, &decisions, is_head))
}

/// What an item shows; nothing for a HEAD.
fn draft(
    case: &Case<'_>,
    shape: &Shape,
    decision: &Decision,
    document: &[u8],
    is_head: bool,
) -> Result<Draft, Failure> {
    // A mark signs the document, so nothing may be written into it afterwards.
    if shape.document.is_empty() && decision.obliges("watermark") {
        return Err(case.unmet(&"a page whose items are the résumés cannot be marked"));
    }
    match is_head {
        true => case.preview(decision, document).map(|()| Draft::empty()),
        false => case.draft(decision, document),
    }
}

fn owed(case: &Case<'_>, decisions: &[Decision], is_head: bool) -> Result<Debts, Failure> {
    let mut debts = Debts::default();
    for decision in decisions {
        let owed = match is_head {
            true => case.admit(decision).map(|()| Debts::default()),
            false => case.owe(decision),
        };
        let owed = owed.inspect_err(|failure| {
            case.refuse(Some(decision), &decision.question, *failure);
        });
        debts.extend(owed?);
    }
    Ok(debts)
}
