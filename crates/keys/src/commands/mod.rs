//! One function per subcommand: reads what it needs, calls the rules, and tells what was done.
//! Nothing private is ever printed.

mod inspect;
mod make;
mod publish;
mod rotate;

use std::error::Error;
use std::process::ExitCode;

use zeroize::Zeroizing;

use crate::arguments::Command;

/// Runs a command.
///
/// # Errors
/// Whatever kept it from its end, in words for the operator.
pub fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Keygen(arguments) => make::keygen(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Import(arguments) => make::import(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Inspect(arguments) => inspect::inspect(&arguments),
        Command::Publish(arguments) => wait(publish::publish(&arguments)).map(|()| ExitCode::SUCCESS),
        Command::Withdraw(arguments) => wait(publish::withdraw(&arguments)).map(|()| ExitCode::SUCCESS),
        Command::Rotate(arguments) => wait(rotate::rotate(&arguments)),
    }
}

fn wait<T>(command: impl Future<Output = Result<T, Box<dyn Error>>>) -> Result<T, Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command)
}

/// Asks at the terminal, without showing what is typed, and whatever standard input is.
fn passphrase() -> std::io::Result<Zeroizing<String>> {
    rpassword::prompt_password("Passphrase of the private key: ").map(Zeroizing::new)
}
