//! `privet redact`: the résumé that a viewer may see.
//!
//! A closed gate prints nothing on standard output; so does a body that is refused.

use crate::load::{self, ViewerArguments};
use crate::outcome::{self, Exit};
use anyhow::Result;
use clap::Args;
use privet_gateway::combine::Answer;
use privet_gateway::enforce;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: privet redact --pack policies/liepin --viewer other-job-recruiter resume.json"
)]
pub struct Arguments {
    #[command(flatten)]
    viewer: ViewerArguments,
    /// The résumé, in JSON Resume's format; standard input if absent
    file: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let (facts, _, plan) = arguments.viewer.plan()?;
    let document = load::document(arguments.file.as_deref())?;
    match enforce::body(&plan, &facts.issued, &facts.known, &document) {
        Ok(body) => {
            outcome::print(&body)?;
            outcome::print("\n")?;
            let obligations = plan.obligations();
            if !obligations.is_empty() {
                eprintln!("obligations: {}", obligations.join(", "));
            }
            Ok(Exit::Success)
        }
        Err(error) if error.closed().is_some() => {
            outcome::report(&error.into());
            Ok(Exit::Denied)
        }
        Err(error) => Err(error.into()),
    }
}
