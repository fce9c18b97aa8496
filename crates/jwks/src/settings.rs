//! The environment of `/jwks.json`.

use std::time::Duration;

use adapters::settings::{Lookup, Reader, SettingsError, identifier, number, secrets_max_age};

/// All settings of `/jwks.json`.
#[derive(Debug)]
pub struct Settings {
    /// Name or ARN of the secret with the public keys.
    pub jwks_secret_id: String,
    /// How long an IdP may keep what it fetched.
    pub jwks_max_age: Duration,
    /// How old the secret may get before it is fetched again.
    pub secrets_max_age: Duration,
}

impl Settings {
    /// Reads the environment through `lookup`.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem there is.
    pub fn read(lookup: &Lookup<'_>) -> Result<Self, SettingsError> {
        let mut read = Reader::new(lookup);
        let jwks_secret_id = read.required("JWKS_SECRET_ID", identifier);
        let jwks_max_age = read.or_default("JWKS_MAX_AGE_SECONDS", 300, number(0, 86_400));
        let secrets_max_age = secrets_max_age(&mut read);
        let settings = || {
            Some(Self {
                jwks_secret_id: jwks_secret_id?,
                jwks_max_age: Duration::from_secs(jwks_max_age?),
                secrets_max_age: secrets_max_age?,
            })
        };
        read.finish(settings())
    }
}
