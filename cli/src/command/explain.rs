//! `privet explain`: for a viewer and a view, which policies decided each rung, and where they stand.

use crate::explanation;
use crate::load::ViewerArguments;
use crate::outcome::Exit;
use anyhow::{Result, bail};
use clap::Args;
use privet_gateway::combine::Answer;
use privet_host::{GateAnswer, Plan};
use serde_json::{Value, json};

#[derive(Debug, Args)]
#[command(
    after_help = "Example: privet explain --pack policies/liepin --viewer headhunter phone name\n\n\
                  An arrow marks the rung that is taken. `near` are permits whose scope fits and \
                  whose condition does not hold."
)]
pub struct Arguments {
    #[command(flatten)]
    viewer: ViewerArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Field classes; all if none is named
    #[arg(value_name = "CLASS")]
    classes: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let (_, view, combined) = arguments.viewer.plan()?;
    let known: Vec<&str> = combined.rungs().map(|(c, _)| c.id.as_str()).collect();
    for class in &arguments.classes {
        if !known.contains(&class.as_str()) {
            bail!("no class `{class}`; there are {}", known.join(", "));
        }
    }
    let plans = combined.plans();
    if arguments.json {
        let packs: Vec<Value> = plans.iter().map(|p| arguments.json(&view, p)).collect();
        let report = match packs.as_slice() {
            [one] => one.clone(),
            many => json!({ "gate": explanation::gate(combined.gate()), "packs": many }),
        };
        outln!("{report:#}");
    } else {
        for plan in plans {
            arguments.print(&view, plan)?;
        }
        if plans.len() > 1 {
            outln!("together: {}", explanation::gate(combined.gate()));
            for (class, rung) in combined.rungs().filter(|(c, _)| arguments.wants(&c.id)) {
                let shown = rung.map_or("removed", |r| r.rendering.as_str());
                outln!("  {}: {shown}", class.id);
            }
        }
    }
    Ok(match combined.gate() {
        GateAnswer::Open => Exit::Success,
        GateAnswer::NotFound | GateAnswer::Forbidden => Exit::Denied,
    })
}

impl Arguments {
    fn wants(&self, class: &str) -> bool {
        self.classes.is_empty() || self.classes.iter().any(|c| c == class)
    }

    fn print(&self, view: &str, plan: &Plan) -> Result<()> {
        let name = &plan.policy().manifest().name;
        let gate = explanation::gate(plan.gate());
        outln!("{name}, view {view}: {gate}");
        for line in explanation::of_gate(plan).iter().flat_map(|d| d.lines()) {
            outln!("  {line}");
        }
        if plan.gate() != GateAnswer::Open {
            outln!("nothing is shown");
            return Ok(());
        }
        for (class, rung) in plan.rungs().filter(|(c, _)| self.wants(&c.id)) {
            let shown = if rung.is_some() { "" } else { ": removed" };
            outln!("{}{shown}", class.id);
            for field in &class.fields {
                outln!("    {field}");
            }
            for decided in explanation::of_class(plan, class, rung) {
                for line in decided.lines() {
                    outln!("  {line}");
                }
            }
        }
        Ok(())
    }

    fn json(&self, view: &str, plan: &Plan) -> Value {
        let open = plan.gate() == GateAnswer::Open;
        let classes = plan.rungs().filter(|(c, _)| open && self.wants(&c.id));
        let classes: serde_json::Map<String, Value> = classes
            .map(|(class, rung)| {
                let rungs = explanation::of_class(plan, class, rung);
                let rungs: Vec<Value> = rungs.iter().map(|d| d.json()).collect();
                let explained = json!({
                    "fields": class.fields,
                    "rendering": rung.map_or("remove", |r| r.rendering.as_str()),
                    "rungs": rungs,
                });
                (class.id.clone(), explained)
            })
            .collect();
        json!({
            "pack": plan.policy().manifest().name,
            "view": view,
            "gate": explanation::gate(plan.gate()),
            "decided": explanation::of_gate(plan).map(|d| d.json()),
            "classes": classes,
            "obligations": plan.obligations(),
        })
    }
}
