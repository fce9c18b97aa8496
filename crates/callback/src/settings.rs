//! The environment of `/callback`.

use adapters::deployment::DeploymentSettings;
use adapters::settings::{Lookup, Reader, SettingsError};
use adapters::transaction_store::settings::TransactionStoreSettings;
use protocol::callback::{self, IssPolicy};

/// All settings of `/callback`.
#[derive(Debug)]
pub struct Settings {
    /// For the protocol.
    pub protocol: callback::Settings,
    /// For the transaction store.
    pub store: TransactionStoreSettings,
}

impl Settings {
    /// Reads the environment through `lookup`.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem there is.
    pub fn read(lookup: &Lookup<'_>) -> Result<Self, SettingsError> {
        let mut read = Reader::new(lookup);
        let deployment = DeploymentSettings::read(&mut read);
        let idp_authorization_response_iss =
            read.or_default("IDP_AUTHORIZATION_RESPONSE_ISS", IssPolicy::IfPresent, |text| match text {
                "required" => Ok(IssPolicy::Required),
                "if_present" => Ok(IssPolicy::IfPresent),
                "off" => Ok(IssPolicy::Off),
                _ => Err("must be required, if_present or off"),
            });
        let store = TransactionStoreSettings::read(&mut read, &deployment);
        let settings = || {
            Some(Self {
                protocol: callback::Settings {
                    idp_issuer_url: deployment.idp_issuer_url?,
                    idp_authorization_response_iss: idp_authorization_response_iss?,
                    cognito_redirect_uri: deployment.cognito_redirect_uri?,
                },
                store: store?,
            })
        };
        read.finish(settings())
    }
}
