//! `privet watermark`: marks documents, verifies marks, traces copied text.
//!
//! A verdict is the first word on standard output and the exit status. No claim of a document that
//! is not valid is shown as if it were.

mod found;
mod keygen;
mod mark;
pub(crate) mod marking;
mod trace;
mod verify;

use crate::outcome::Exit;
use anyhow::Result;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a private key, and print its public key as a set (JWKS)
    Keygen(keygen::Arguments),
    /// Print the public keys of private key files as a set (JWKS), e.g. when keys rotate
    Keys(keygen::KeysArguments),
    /// Mark a redacted document
    Mark(Box<mark::Arguments>),
    /// Say what became of a document's mark: valid, altered, absent or unknown-key
    Verify(verify::Arguments),
    /// Find the mark that copied text or a short code comes from
    Trace(trace::Arguments),
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    match &arguments.command {
        Command::Keygen(arguments) => keygen::run(arguments),
        Command::Keys(arguments) => keygen::keys(arguments),
        Command::Mark(arguments) => mark::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Trace(arguments) => trace::run(arguments),
    }
}
