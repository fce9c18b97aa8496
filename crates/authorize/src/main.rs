//! The Lambda function behind `/authorize`.

use std::process::ExitCode;

fn main() -> ExitCode {
    adapters::lambda::run::<authorize::Authorize>()
}
