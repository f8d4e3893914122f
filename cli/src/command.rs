//! The verbs: one file each, with its arguments and its work.

mod authorize;
mod build;
mod check;
mod conformance;
mod demo;
mod diff;
mod explain;
mod inspect;
mod plan;
mod redact;
mod scrub;
mod serve;
mod test;
mod watermark;

use crate::outcome::Exit;
use anyhow::Result;
use clap::Subcommand;

/// A verb with its arguments.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compile a pack to WebAssembly
    Build(build::Arguments),
    /// Say what is wrong with a pack, with Cedar's own diagnostics
    Check(check::Arguments),
    /// Show what happens to each field class for a viewer
    Plan(plan::Arguments),
    /// Say, rung by rung, which policies allowed or forbade, and where they stand
    Explain(explain::Arguments),
    /// Run a pack's cases, and say what they reach
    Test(test::Arguments),
    /// Show which viewers see more or less under a new pack than under an old one
    Diff(diff::Arguments),
    /// Decide one request, as Cedar would
    Authorize(authorize::Arguments),
    /// Write the résumé that a viewer may see
    Redact(redact::Arguments),
    /// Hide the contacts in a text
    Scrub(scrub::Arguments),
    /// Mark documents, verify marks, trace copied text
    Watermark(watermark::Arguments),
    /// Show what a compiled guest says about itself
    Inspect(inspect::Arguments),
    /// Enforce packs before a service: a reverse proxy, and a sidecar for other gateways
    Serve(serve::Arguments),
    /// Show one résumé as each viewer of a pack may see it
    Demo(demo::Arguments),
    /// Run a folder in the format of Cedar's integration tests through compiled guests
    Conformance(conformance::Arguments),
}

impl Command {
    pub fn run(self) -> Result<Exit> {
        match self {
            Self::Build(arguments) => build::run(&arguments),
            Self::Check(arguments) => check::run(&arguments),
            Self::Plan(arguments) => plan::run(&arguments),
            Self::Explain(arguments) => explain::run(&arguments),
            Self::Test(arguments) => test::run(&arguments),
            Self::Diff(arguments) => diff::run(&arguments),
            Self::Authorize(arguments) => authorize::run(&arguments),
            Self::Redact(arguments) => redact::run(&arguments),
            Self::Scrub(arguments) => scrub::run(&arguments),
            Self::Watermark(arguments) => watermark::run(&arguments),
            Self::Inspect(arguments) => inspect::run(&arguments),
            Self::Serve(arguments) => serve::run(&arguments),
            Self::Demo(arguments) => demo::run(&arguments),
            Self::Conformance(arguments) => conformance::run(&arguments),
        }
    }
}
