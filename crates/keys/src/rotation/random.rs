//! What nobody can guess or has used before.

use std::fmt::Write as _;

use adapters::system::{self, NoRandomness};
use protocol::SecretString;

/// A code, or a state, that nobody issued.
///
/// # Errors
/// [`NoRandomness`]
pub fn made_up() -> Result<SecretString, NoRandomness> {
    Ok(hex(&system::random::<32>()?).into())
}

/// An identifier for a version of a secret, which Secrets Manager wants to have 32 to 64 characters.
///
/// # Errors
/// [`NoRandomness`]
pub fn version_id() -> Result<String, NoRandomness> {
    Ok(hex(&system::random::<16>()?))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // a String never refuses
        hex
    })
}
