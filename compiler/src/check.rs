//! What would betray a candidate and yet compiles.
//!
//! Five faults. A *gate of no view*, in `views`. An *answer of a permit*: it says nothing, and its
//! author thinks that it does. A *forbid that can never apply*: Cedar's typechecker gives it the type False in
//! every request environment, of which Cedar itself only warns. A *rung that can never be taken*:
//! whenever it is allowed, a more revealing one of its class is. That is decided by a sufficient
//! condition: for each kind of viewer, each permit of the lower rung also permits the higher one, or
//! the higher one has an unconditional permit or one of the same condition; and no forbid of the
//! higher rung spares the lower. What it reports is certain, what it does not report may still be
//! shadowed. A *path of the format without a rule*: it would be removed for everybody, the owner
//! included, and nobody said so. Nothing is emitted here.

use crate::conditions::{self, Condition};
use crate::error::{Caret, CompileError};
use crate::front::Front;
use crate::pack::{PackModel, fault};
use crate::schema::Model;
use crate::source::{Source, SourceFile};
use cedar_policy_core::ast::ActionConstraint;
use privet_frame::manifest::{Effect, Rung};
use std::collections::BTreeSet;

mod views;

/// Faults, and warnings.
pub(crate) type Found = (Vec<CompileError>, Vec<miette::Report>);

/// The faults of a pack that compiles, and what is only strange. `formats` are lists of JSONPaths, one a line.
pub(crate) fn faults(
    source: &Source,
    front: &Front,
    formats: &[SourceFile],
) -> Result<Found, CompileError> {
    let model = Model::new(front.schema.as_ref())?;
    let pack = PackModel::new(&model, &front.schema_json, &source.schema)?;
    let mut faults = views::gates_of_no_view(&model, &pack, &source.schema);
    faults.extend(answers_of_permits(source, front));
    faults.extend(impossible_forbids(source, front));
    faults.extend(shadowed_rungs(source, front, &model, &pack)?);
    faults.extend(
        formats
            .iter()
            .flat_map(|list| paths_without_rule(&pack, list)),
    );
    let warnings = views::warnings(&model, &pack, front.policies.len());
    Ok((faults, warnings))
}

fn answers_of_permits(source: &Source, front: &Front) -> Vec<CompileError> {
    let permits = front.policies.iter().filter(|p| {
        p.policy.effect() == cedar_policy::Effect::Permit && p.policy.annotation("answer").is_some()
    });
    permits
        .map(|parsed| {
            let message = format!("the permit `{}` has an `@answer`", parsed.id);
            let label = "only a forbid of a gate answers";
            fault(&source.policies, parsed, Some("answer"), message, label)
        })
        .collect()
}

fn impossible_forbids(source: &Source, front: &Front) -> Vec<CompileError> {
    let forbids = front.policies.iter().filter(|p| {
        p.policy.effect() == cedar_policy::Effect::Forbid && front.impossible.contains(&p.id)
    });
    forbids
        .map(|parsed| {
            let message = format!("the forbid `{}` can never apply", parsed.id);
            let label = "false for every request that the schema admits";
            fault(&source.policies, parsed, None, message, label)
        })
        .collect()
}

fn shadowed_rungs(
    source: &Source,
    front: &Front,
    model: &Model,
    pack: &PackModel,
) -> Result<Vec<CompileError>, CompileError> {
    let all = conditions::all(model, front)?;
    let rules = Rules { front, all: &all };
    let mut faults = Vec::new();
    for class in &pack.classes {
        for (place, rung) in class.rungs.iter().enumerate() {
            let above = class.rungs.get(..place).unwrap_or_default();
            let Some((shadow, policy)) = rules.shadow(rung, above) else {
                continue;
            };
            let name = |action: u32| {
                let declared = model.schema.actions.get(action as usize);
                declared.map(|a| a.uid.id.clone()).unwrap_or_default()
            };
            let message = format!(
                "the rung `{}` of the class `{}` can never be taken: whenever it is allowed, \
                 the more revealing `{}` is",
                name(rung.action),
                class.id,
                name(shadow.action)
            );
            let Some(parsed) = front.policies.get(policy as usize) else {
                continue;
            };
            let label = "permits the rung in vain";
            faults.push(fault(&source.policies, parsed, None, message, label));
        }
    }
    Ok(faults)
}

struct Rules<'a> {
    front: &'a Front,
    all: &'a [Condition],
}

impl Rules<'_> {
    /// The conditions of an effect that decide an action for one kind of viewer.
    fn on(&self, signature: u32, action: u32, effect: Effect) -> impl Iterator<Item = &Condition> {
        let wanted = match effect {
            Effect::Permit => cedar_policy::Effect::Permit,
            Effect::Forbid => cedar_policy::Effect::Forbid,
        };
        self.all.iter().filter(move |c| {
            let policy = self.front.policies.get(c.policy as usize);
            c.signature == signature
                && c.actions.contains(&action)
                && policy.is_some_and(|p| p.policy.effect() == wanted)
        })
    }

    /// A more revealing rung that is allowed whenever this one is, and a policy that permits this
    /// one by name. A permit of every action names no rung.
    fn shadow<'r>(&self, rung: &Rung, above: &'r [Rung]) -> Option<(&'r Rung, u32)> {
        let signatures: BTreeSet<u32> = self.all.iter().map(|c| c.signature).collect();
        let permitted: Vec<u32> = signatures
            .into_iter()
            .filter(|s| self.on(*s, rung.action, Effect::Permit).next().is_some())
            .collect();
        let named = permitted.iter().find_map(|s| {
            let mut permits = self.on(*s, rung.action, Effect::Permit);
            permits
                .find(|c| self.names_actions(c.policy))
                .map(|c| c.policy)
        })?;
        let shadow = above.iter().find(|higher| {
            permitted
                .iter()
                .all(|s| self.covers(*s, higher.action, rung.action))
        })?;
        Some((shadow, named))
    }

    fn names_actions(&self, policy: u32) -> bool {
        self.front.policies.get(policy as usize).is_some_and(|p| {
            let core: &cedar_policy_core::ast::Policy = p.policy.as_ref();
            !matches!(core.action_constraint(), ActionConstraint::Any)
        })
    }

    /// Whether for one kind of viewer the higher action is allowed whenever the lower is.
    fn covers(&self, signature: u32, higher: u32, lower: u32) -> bool {
        let permits = |action| self.on(signature, action, Effect::Permit);
        let follows = permits(lower).all(|low| {
            permits(higher).any(|high| high.expr.as_bool() == Some(true) || high.expr == low.expr)
        });
        // An erring forbid may deny too, so it must be the same policy in the same environment.
        let spared = self
            .on(signature, higher, Effect::Forbid)
            .any(|forbid| !forbid.actions.contains(&lower));
        follows && !spared
    }
}

fn paths_without_rule(pack: &PackModel, list: &SourceFile) -> Vec<CompileError> {
    let known: BTreeSet<&str> = pack
        .classes
        .iter()
        .flat_map(|c| c.fields.iter().map(String::as_str))
        .collect();
    let mut offset = 0;
    let mut faults = Vec::new();
    for line in list.text.split_inclusive('\n') {
        let path = line.trim();
        if !path.is_empty() && !path.starts_with('#') && !known.contains(path) {
            let start = offset + line.find(path).unwrap_or(0);
            faults.push(CompileError::fault(
                format!("the path `{path}` of the résumé format is in no class"),
                Caret {
                    file: list,
                    range: start..start + path.len(),
                    label: "removed for everybody, the owner included".to_owned(),
                },
            ));
        }
        offset += line.len();
    }
    faults
}
