//! `privet authorize`: one decision, as Cedar gives it.

use crate::load::ViewerArguments;
use crate::outcome::Exit;
use anyhow::{Context, Result, bail};
use clap::Args;
use privet_host::manifest::Class;
use serde_json::json;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: privet authorize --pack policies/liepin --viewer headhunter --action phoneReveal"
)]
pub struct Arguments {
    #[command(flatten)]
    viewer: ViewerArguments,
    /// Id of the action
    #[arg(long, value_name = "ID")]
    action: String,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let (loaded, facts) = arguments.viewer.load()?;
    let actions = &loaded.policy.manifest().schema.actions;
    let (action, declared) = (0..)
        .zip(actions)
        .find(|(_, a)| a.uid.id == arguments.action)
        .with_context(|| format!("the action `{}` is not declared", arguments.action))?;
    let manifest = loaded.policy.manifest();
    let asked = |class: &&Class| class.id == arguments.action && declared.principals.is_empty();
    if let Some(class) = manifest.classes.iter().find(asked) {
        let rungs = class.rungs.iter();
        let rungs = rungs.filter_map(|r| manifest.schema.actions.get(r.action as usize));
        let rungs: Vec<&str> = rungs.map(|a| a.uid.id.as_str()).collect();
        bail!(
            "`{}` is a class, of which nothing is decided; its rungs are {}",
            class.id,
            rungs.join(", ")
        );
    }
    let mut instance = loaded.policy.instance()?;
    let decision = instance.authorize(&facts.entities, &facts.request, action)?;
    let answer = if decision.is_allowed() {
        "allow"
    } else {
        "deny"
    };
    let report = json!({
        "decision": answer,
        "reason": decision.reasons(),
        "errors": decision.errors(),
    });
    outln!("{report:#}");
    Ok(match decision.is_allowed() {
        true => Exit::Success,
        false => Exit::Denied,
    })
}
