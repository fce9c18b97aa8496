//! The Lambda function behind `/callback`.

use std::process::ExitCode;

fn main() -> ExitCode {
    adapters::lambda::run::<callback::Callback>()
}
