//! What a rotation must know of the deployment: the Lambdas' own settings under their own names, from
//! the command line, the environment, or a file such as `cdk.context.json`.

use std::time::Duration;

use adapters::deployment::DeploymentSettings;
use adapters::settings::{Lookup, Reader, SettingsError, boolean, identifier};
use protocol::client_assertion;
use protocol::endpoint::Endpoint;
use protocol::signing_key::Selection;
use serde_json::{Map, Value};
use token::settings::{client_assertion_settings, idp_connect_timeout, idp_timeout, signing_key_selection};

/// The settings of a rotation.
#[derive(Debug)]
pub struct Settings {
    /// The client identifier at the IdP.
    pub idp_client_id: String,
    /// The IdP's issuer identifier.
    pub idp_issuer_url: Endpoint,
    /// The IdP's token endpoint.
    pub idp_token_endpoint: Endpoint,
    /// How long a connection may take.
    pub idp_connect_timeout: Duration,
    /// How long a request may take.
    pub idp_timeout: Duration,
    /// What the assertion says.
    pub client_assertion: client_assertion::Settings,
    /// How the proxy reads its key.
    pub selection: Selection,
    /// The redirect URI that Cognito names.
    pub cognito_redirect_uri: Endpoint,
    /// The redirect URI at the IdP, with PKCE.
    pub proxy_callback_url: Option<Endpoint>,
    /// Where the proxy's routes begin.
    pub proxy_url: Option<Endpoint>,
    /// The routes, where the deployment calls them otherwise than usual.
    pub routes: Routes,
    /// The secret with the private key.
    pub signing_key_secret_id: String,
    /// The secret that Cognito authenticates with.
    pub cognito_client_secret_id: Option<String>,
    /// The secret with the published keys, where the IdP fetches them.
    pub jwks_secret_id: Option<String>,
    /// Where they are published.
    pub jwks_url: Option<Endpoint>,
    /// How old a secret may get in a running Lambda.
    pub secrets_max_age: Duration,
}

/// The proxy's routes.
#[derive(Debug, Clone)]
pub struct Routes {
    /// `/authorize`
    pub authorize: String,
    /// `/callback`
    pub callback: String,
    /// `/token`
    pub token: String,
    /// `/jwks.json`
    pub jwks: String,
}

impl Routes {
    fn read(read: &mut Reader<'_>) -> Option<Self> {
        let mut route = |name, usual: &str| {
            read.or_default(name, usual.to_owned(), |text| match text.strip_prefix('/') {
                Some(rest) if !rest.contains(['?', '#']) => Ok(text.to_owned()),
                _ => Err("must be a path"),
            })
        };
        let authorize = route("API_AUTHN_ROUTE", "/authorize");
        let callback = route("API_CALLBACK_ROUTE", "/callback");
        let token = route("API_TOKEN_ROUTE", "/token");
        let jwks = route("JWKS_ROUTE", "/jwks.json");
        Some(Self { authorize: authorize?, callback: callback?, token: token?, jwks: jwks? })
    }
}

impl Settings {
    /// Reads the settings through `lookup`.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem there is.
    pub fn read(lookup: &Lookup<'_>) -> Result<Self, SettingsError> {
        let mut read = Reader::new(lookup);
        let deployment = DeploymentSettings::read(&mut read);
        let idp_token_endpoint =
            read.endpoint("IDP_TOKEN_ENDPOINT", "IDP_TOKEN_PATH", deployment.idp_issuer_url.as_ref());
        let idp_connect_timeout = idp_connect_timeout(&mut read);
        let idp_timeout = idp_timeout(&mut read);
        let client_assertion = client_assertion_settings(
            &mut read,
            deployment.idp_client_id.as_deref(),
            deployment.idp_issuer_url.as_ref(),
            idp_token_endpoint.as_ref(),
        );
        let selection = signing_key_selection(&mut read);
        if selection.as_ref().is_some_and(|selection| selection.kid.is_some()) {
            read.problem(
                "SIGNING_KEY_KID ties the proxy to the old key: remove the setting and deploy, then rotate"
                    .to_owned(),
            );
        }
        let routes = Routes::read(&mut read);
        let given_proxy_url = read.optional("PROXY_URL", Endpoint::parse_issuer);
        let proxy_callback_url = match read.or_default("PKCE", true, boolean) {
            Some(true) => {
                callback_url(&mut read, given_proxy_url.as_ref().and_then(Option::as_ref), routes.as_ref())
                    .map(Some)
            }
            Some(false) => Some(None),
            None => None,
        };
        let signing_key_secret_id = read.required("SIGNING_KEY_SECRET_ID", identifier);
        let cognito_client_secret_id = read.optional("COGNITO_CLIENT_SECRET_ID", identifier);
        let jwks_secret_id = read.optional("JWKS_SECRET_ID", identifier);
        let given_jwks_url = read.optional("JWKS_URL", Endpoint::parse);

        let proxy_url = given_proxy_url.flatten().or_else(|| {
            let callback = proxy_callback_url.as_ref()?.as_ref()?;
            Endpoint::parse_issuer(callback.as_str().strip_suffix(&routes.as_ref()?.callback)?).ok()
        });
        let publishes = jwks_secret_id.as_ref().is_some_and(Option::is_some);
        let jwks_url = given_jwks_url
            .flatten()
            .or_else(|| proxy_url.as_ref()?.join(&routes.as_ref()?.jwks).ok())
            .filter(|_| publishes);
        if publishes && jwks_url.is_none() {
            read.problem(
                "JWKS_URL is missing (or PROXY_URL), where the published keys can be seen".to_owned(),
            );
        }
        let settings = || {
            Some(Self {
                idp_client_id: deployment.idp_client_id?,
                idp_issuer_url: deployment.idp_issuer_url?,
                idp_token_endpoint: idp_token_endpoint?,
                idp_connect_timeout: idp_connect_timeout?,
                idp_timeout: idp_timeout?,
                client_assertion: client_assertion?,
                selection: selection?,
                cognito_redirect_uri: deployment.cognito_redirect_uri?,
                proxy_callback_url: proxy_callback_url?,
                proxy_url,
                routes: routes?,
                signing_key_secret_id: signing_key_secret_id?,
                cognito_client_secret_id: cognito_client_secret_id?,
                jwks_secret_id: jwks_secret_id?,
                jwks_url,
                secrets_max_age: deployment.secrets_max_age?,
            })
        };
        read.finish(settings())
    }
}

fn callback_url(
    read: &mut Reader<'_>,
    proxy_url: Option<&Endpoint>,
    routes: Option<&Routes>,
) -> Option<Endpoint> {
    let given = read.optional("PROXY_CALLBACK_URL", Endpoint::parse)?;
    let url = given.or_else(|| proxy_url?.join(&routes?.callback).ok());
    if url.is_none() {
        read.problem("PROXY_CALLBACK_URL is missing (or PROXY_URL, or PKCE is false)".to_owned());
    }
    url
}

/// A setting of a file like `cdk.context.json`, where the names are in lower case.
#[must_use]
pub fn of_file(settings: &Map<String, Value>, name: &str) -> Option<String> {
    match settings.get(&name.to_ascii_lowercase())? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        value => Some(value.to_string()),
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
