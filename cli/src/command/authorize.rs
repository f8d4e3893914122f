//! `privet authorize`: one decision, as Cedar gives it.

use crate::load::ViewerArguments;
use crate::outcome::Exit;
use anyhow::{Context, Result};
use clap::Args;
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
    let (action, _) = (0..)
        .zip(actions)
        .find(|(_, a)| a.uid.id == arguments.action)
        .with_context(|| format!("the action `{}` is not declared", arguments.action))?;
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
