//! `privet plan`: what happens to each field class for a viewer, and by which policies.

use crate::explanation;
use crate::load::ViewerArguments;
use crate::outcome::Exit;
use anyhow::Result;
use clap::Args;
use privet_gateway::combine::{Answer, Combined};
use privet_host::GateAnswer;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Debug, Args)]
#[command(after_help = "Example: privet plan --pack policies/liepin --viewer headhunter")]
pub struct Arguments {
    #[command(flatten)]
    viewer: ViewerArguments,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let (_, view, combined) = arguments.viewer.plan()?;
    outln!("{:#}", describe(&view, &combined));
    Ok(match combined.gate() {
        GateAnswer::Open => Exit::Success,
        GateAnswer::NotFound | GateAnswer::Forbidden => Exit::Denied,
    })
}

fn describe(view: &str, combined: &Combined) -> Value {
    // The policies of the packs that took the rung which is taken in the end.
    let policies = |class: &str, rank: u32| -> BTreeSet<&str> {
        let plans = combined.plans().iter();
        plans
            .filter_map(|p| Some((p, p.rung(class).filter(|r| r.rank == rank)?)))
            .flat_map(|(p, rung)| p.reasons(rung.action))
            .collect()
    };
    let classes: serde_json::Map<String, Value> = combined
        .rungs()
        .map(|(class, rung)| {
            let shown = match rung {
                Some(rung) => json!({
                    "rendering": rung.rendering,
                    "policies": policies(&class.id, rung.rank),
                }),
                None => json!({ "rendering": "remove" }),
            };
            (class.id.clone(), shown)
        })
        .collect();
    let plans = combined.plans().iter();
    let errors: BTreeSet<&str> = plans.flat_map(|p| p.errors()).collect();
    json!({
        "view": view,
        "gate": {
            "answer": explanation::gate(combined.gate()),
            "policies": combined.gate_reasons(),
        },
        "classes": classes,
        "obligations": combined.obligations(),
        "errors": errors,
    })
}
