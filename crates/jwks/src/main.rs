//! The Lambda function behind `/jwks.json`.

use std::process::ExitCode;

fn main() -> ExitCode {
    adapters::lambda::run::<jwks::Jwks>()
}
