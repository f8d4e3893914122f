//! `privet plan`: what happens to each field class for a viewer, and why.

use crate::load::ViewerArguments;
use crate::outcome::Exit;
use anyhow::Result;
use clap::Args;
use privet_host::{GateAnswer, Plan};
use serde_json::{Value, json};

#[derive(Debug, Args)]
#[command(after_help = "Example: privet plan --pack policies/liepin --viewer headhunter")]
pub struct Arguments {
    #[command(flatten)]
    viewer: ViewerArguments,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let (_, view, plan) = arguments.viewer.plan()?;
    outln!("{:#}", describe(&view, &plan));
    Ok(match plan.gate() {
        GateAnswer::Open => Exit::Success,
        GateAnswer::NotFound | GateAnswer::Forbidden => Exit::Denied,
    })
}

fn describe(view: &str, plan: &Plan) -> Value {
    let gate = match plan.gate() {
        GateAnswer::Open => "open",
        GateAnswer::NotFound => "not-found",
        GateAnswer::Forbidden => "forbidden",
    };
    let classes: serde_json::Map<String, Value> = plan
        .rungs()
        .map(|(class, rung)| {
            let shown = match rung {
                Some(rung) => json!({
                    "rendering": rung.rendering,
                    "policies": plan.reasons(rung.action),
                }),
                None => json!({ "rendering": "remove" }),
            };
            (class.id.clone(), shown)
        })
        .collect();
    json!({
        "view": view,
        "gate": { "answer": gate, "policies": plan.gate_reasons() },
        "classes": classes,
        "obligations": plan.obligations(),
        "errors": plan.errors(),
    })
}
