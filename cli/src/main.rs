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

/// Writes a line to standard error.
macro_rules! errln {
    ($($text:tt)*) => {
        crate::outcome::tell(format!("{}\n", format_args!($($text)*)))
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
    let exit = match Arguments::try_parse() {
        Ok(arguments) => arguments.command.run().unwrap_or_else(|error| {
            outcome::report(&error);
            Exit::Failure
        }),
        Err(error) => usage(&error),
    };
    ExitCode::from(exit as u8)
}

/// Prints help, the version or what is wrong with the arguments. clap would exit with 2 for the last,
/// which here means denied.
fn usage(error: &clap::Error) -> Exit {
    // A reader that has closed the pipe is no error.
    let _ = error.print();
    match error.use_stderr() {
        true => Exit::Failure,
        false => Exit::Success,
    }
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
