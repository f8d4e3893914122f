//! `privet serve`: the enforcing reverse proxy and the sidecar, from one file.

use crate::outcome::Exit;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  privet serve --config privet.toml\n  privet serve --config privet.toml --check\n\n\
    SIGHUP reloads the file and all that it refers to; SIGTERM lets requests end, then stops.\n\
    docs/serve.md tells every key of the file."
)]
pub struct Arguments {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "privet.toml")]
    config: PathBuf,
    /// Load everything that the file refers to, say what is wrong or what would be live, and exit
    #[arg(long)]
    check: bool,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    if arguments.check {
        outln!("{}", privet_server::check(&arguments.config)?);
        return Ok(Exit::Success);
    }
    // Whoever starts it reads the addresses; that nobody reads them is no reason to stop.
    privet_server::serve(&arguments.config, |line| {
        let _ = crate::outcome::print(format!("{line}\n"));
    })?;
    Ok(Exit::Success)
}
