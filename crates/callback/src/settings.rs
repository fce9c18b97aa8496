//! The environment of `/callback`.

use adapters::settings::{Lookup, Reader, SettingsError, identifier, secrets_max_age};
use adapters::store_settings::TransactionStoreSettings;
use protocol::callback::{self, IssPolicy};
use protocol::endpoint::Endpoint;

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
        let idp_client_id = read.required("IDP_CLIENT_ID", identifier);
        let idp_issuer_url = read.required("IDP_ISSUER_URL", Endpoint::parse_issuer);
        let idp_authorization_response_iss =
            read.or_default("IDP_AUTHORIZATION_RESPONSE_ISS", IssPolicy::IfPresent, |text| match text {
                "required" => Ok(IssPolicy::Required),
                "if_present" => Ok(IssPolicy::IfPresent),
                "off" => Ok(IssPolicy::Off),
                _ => Err("must be required, if_present or off"),
            });
        let cognito_redirect_uri = read.required("COGNITO_REDIRECT_URI", Endpoint::parse);
        let secrets_max_age = secrets_max_age(&mut read);
        let store = TransactionStoreSettings::read(
            &mut read,
            idp_issuer_url.as_ref(),
            idp_client_id.as_deref(),
            cognito_redirect_uri.as_ref(),
            secrets_max_age,
        );
        let settings = || {
            Some(Self {
                protocol: callback::Settings {
                    idp_issuer_url: idp_issuer_url?,
                    idp_authorization_response_iss: idp_authorization_response_iss?,
                    cognito_redirect_uri: cognito_redirect_uri?,
                },
                store: store?,
            })
        };
        read.finish(settings())
    }
}
