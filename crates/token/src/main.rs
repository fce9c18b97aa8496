//! The Lambda function behind `/token`.

use std::process::ExitCode;

fn main() -> ExitCode {
    adapters::lambda::run::<token::Token>()
}
