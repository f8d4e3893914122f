//! Gates against the views that a request can name: the ids of the context's `view`, where that is an
//! enumeration. Only `check` asks; a gate of no view compiles, for nothing can ever ask for it.

use crate::error::CompileError;
use crate::pack::{PackModel, Places};
use crate::schema::Model;
use crate::source::SourceFile;
use privet_frame::manifest::{EntityKind, Gate};
use privet_frame::types::Type;
use std::collections::BTreeSet;

/// A gate whose view no request can name.
pub(super) fn gates_of_no_view(
    model: &Model,
    pack: &PackModel,
    schema: &[SourceFile],
) -> Vec<CompileError> {
    let places = Places { files: schema };
    let gates = pack.gates.iter().filter_map(|gate| {
        let views = views(model, gate)?;
        if views.contains(&gate.view) {
            return None;
        }
        let action = model.schema.actions.get(gate.action as usize)?;
        let message = format!(
            "`@gate(\"{}\")`: no such view; there are {}",
            gate.view,
            views.join(", ")
        );
        Some(places.fault(&action.uid.id, "gate", message, "nobody can ask for it"))
    });
    gates.collect()
}

/// Warnings: a view that no gate admits, and policies that are none.
pub(super) fn warnings(model: &Model, pack: &PackModel, policies: usize) -> Vec<miette::Report> {
    let gated: BTreeSet<&str> = pack.gates.iter().map(|g| g.view.as_str()).collect();
    let views = pack.gates.iter().filter_map(|gate| views(model, gate));
    let views: BTreeSet<&String> = views.flatten().collect();
    let without = views.into_iter().filter(|v| !gated.contains(v.as_str()));
    let without = without.map(|view| format!("the view `{view}` has no gate, so it is closed"));
    let none = "there is no policy, so nothing is shown to anybody".to_owned();
    let none = (policies == 0).then_some(none);
    let messages = without.chain(none);
    let report = |message| {
        let diagnostic = miette::MietteDiagnostic::new(message);
        miette::Report::new(diagnostic.with_severity(miette::Severity::Warning))
    };
    messages.map(report).collect()
}

/// The views that the context of a gate can name.
fn views<'m>(model: &'m Model, gate: &Gate) -> Option<&'m Vec<String>> {
    let action = model.schema.actions.get(gate.action as usize)?;
    let context = model.schema.contexts.get(action.context as usize)?;
    let view = context.fields.iter().find(|f| f.name == "view")?;
    let Type::Entity(ty) = view.ty else {
        return None;
    };
    match &model.schema.entity_types.get(ty as usize)?.kind {
        EntityKind::Enumerated(ids) => Some(ids),
        _ => None,
    }
}
