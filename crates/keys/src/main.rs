//! The command line: reads the arguments, runs the command, and says in one line what went wrong.

use std::process::ExitCode;

use clap::Parser as _;
use keys::arguments::Arguments;

fn main() -> ExitCode {
    match keys::commands::run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("keys: {error}");
            ExitCode::FAILURE
        }
    }
}
