//! The environment of `/authorize`.

use adapters::deployment::DeploymentSettings;
use adapters::settings::{Lookup, Reader, SettingsError, number, scopes};
use adapters::transaction_store::settings::TransactionStoreSettings;
use protocol::authorization_url::{FixedParameters, query_collides};
use protocol::authorize;
use protocol::endpoint::Endpoint;

/// All settings of `/authorize`.
#[derive(Debug)]
pub struct Settings {
    /// For the protocol.
    pub protocol: authorize::Settings,
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
        let idp_authorization_endpoint =
            read.endpoint("IDP_AUTHORIZATION_ENDPOINT", "IDP_AUTH_PATH", deployment.idp_issuer_url.as_ref());
        let idp_scopes = read.or_default("IDP_SCOPES", vec!["openid".to_owned()], scopes);
        let idp_authorization_parameters = read.or_default(
            "IDP_AUTHORIZATION_PARAMETERS",
            FixedParameters::default(),
            FixedParameters::parse,
        );
        if let (Some(endpoint), Some(fixed)) = (&idp_authorization_endpoint, &idp_authorization_parameters)
            && query_collides(endpoint, fixed)
        {
            read.problem(
                "IDP_AUTHORIZATION_ENDPOINT must not have a parameter in its query that the proxy or \
                 IDP_AUTHORIZATION_PARAMETERS sets"
                    .to_owned(),
            );
        }
        let idp_authorization_url_max_length =
            read.or_default("IDP_AUTHORIZATION_URL_MAX_LENGTH", 4096, number(512, 65_536));
        let proxy_callback_url = read.required("PROXY_CALLBACK_URL", Endpoint::parse);
        let store = TransactionStoreSettings::read(&mut read, &deployment);
        let settings = || {
            Some(Self {
                protocol: authorize::Settings {
                    idp_client_id: deployment.idp_client_id?,
                    idp_authorization_endpoint: idp_authorization_endpoint?,
                    idp_scopes: idp_scopes?,
                    idp_authorization_parameters: idp_authorization_parameters?,
                    idp_authorization_url_max_length: usize::try_from(idp_authorization_url_max_length?)
                        .ok()?,
                    cognito_redirect_uri: deployment.cognito_redirect_uri?,
                    proxy_callback_url: proxy_callback_url?,
                },
                store: store?,
            })
        };
        read.finish(settings())
    }
}
