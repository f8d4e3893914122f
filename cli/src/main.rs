//! The command `privet`: parses arguments, runs one verb, turns its end into an exit status.
//!
//! Conventions: the input is a file or standard input; what is asked for goes to standard output,
//! everything else to standard error; exit statuses are [`outcome::Exit`]. No verb's work is here.

/// Writes a line to standard output.
macro_rules! outln {
    ($($text:tt)*) => {
        crate::outcome::print(format!("{}\n", format_args!($($text)*)))?
    };
}

mod command;
mod explanation;
mod load;
mod outcome;

use clap::Parser;
use command::Command;
use outcome::Exit;
use std::process::ExitCode;

/// Privacy rules for résumés: Cedar policies, compiled to WebAssembly, enforced where data leaves
#[derive(Debug, Parser)]
#[command(name = "privet", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let exit = match Arguments::parse().command.run() {
        Ok(exit) => exit,
        Err(error) => {
            outcome::report(&error);
            Exit::Failure
        }
    };
    ExitCode::from(exit as u8)
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::CommandFactory;

    #[test]
    fn arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
