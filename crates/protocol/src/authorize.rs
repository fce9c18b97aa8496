//! `GET /authorize`: Cognito sends the browser here (RFC 6749 section 4.1.1), and we send it on to
//! the IdP with PKCE (RFC 7636), a state and a nonce of our own.
//!
//! Two steps, so that the types show where a redirect is allowed: only what [`recognise`] returns
//! carries a state of Cognito's to go back with.

use secrecy::{ExposeSecret as _, SecretString};

use crate::Reply;
use crate::authorization_url::{self, FixedParameters};
use crate::cognito_response;
use crate::endpoint::Endpoint;
use crate::oauth_error::{ErrorCode, OAuthError};
use crate::parameters::{Malformed, Parameters, Repeated};
use crate::pkce::CodeVerifier;
use crate::time::UnixTime;
use crate::transaction::{Handle, TRANSACTION_LIFETIME, Transaction, nonce_from_random};

/// What `/authorize` must know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The client identifier, the same towards Cognito and the IdP.
    pub idp_client_id: String,
    /// The IdP's authorization endpoint.
    pub idp_authorization_endpoint: Endpoint,
    /// The scopes that may be asked for.
    pub idp_scopes: Vec<String>,
    /// Parameters added to every authorization request.
    pub idp_authorization_parameters: FixedParameters,
    /// The longest URL to send a browser to, in characters.
    pub idp_authorization_url_max_length: usize,
    /// `https://<domain>/oauth2/idpresponse`.
    pub cognito_redirect_uri: Endpoint,
    /// The URL of `/callback`, registered at the IdP.
    pub proxy_callback_url: Endpoint,
}

/// Random bytes for one sign-in, from the operating system.
pub struct Entropy {
    /// For the state that the IdP sees.
    pub handle: [u8; 32],
    /// For the PKCE verifier.
    pub code_verifier: [u8; 32],
    /// For the nonce.
    pub nonce: [u8; 32],
}

/// An authorization request that Cognito made for our client.
#[derive(Debug)]
pub struct Recognised {
    parameters: Parameters,
    cognito_state: SecretString,
}

/// The request can't be Cognito's. The browser gets a page and is sent nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unrecognised {
    /// The query isn't well-formed.
    #[error("malformed query")]
    Malformed,
    /// `client_id`, `redirect_uri` or `state` came twice.
    #[error("repeated parameter")]
    Repeated,
    /// `client_id` isn't ours.
    #[error("not our client_id")]
    ClientId,
    /// `redirect_uri` isn't Cognito's.
    #[error("not Cognito's redirect_uri")]
    RedirectUri,
    /// No `state`, or one with control characters.
    #[error("no usable state")]
    State,
}

/// Cognito asks for something that isn't offered. The browser goes back with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizeError {
    /// A parameter came twice.
    #[error("repeated parameter")]
    Repeated,
    /// `response_type` isn't `code`.
    #[error("response_type is not code")]
    ResponseType,
    /// A parameter that only the proxy may send.
    #[error("a parameter that only the proxy may send")]
    ProxyOnly,
    /// A scope outside `idp_scopes`, or no `openid`.
    #[error("a scope that idp_scopes does not list, or no openid")]
    Scope,
    /// The URL to the IdP is longer than `idp_authorization_url_max_length`.
    #[error("the URL to the IdP is longer than idp_authorization_url_max_length")]
    UrlTooLong,
}

impl AuthorizeError {
    /// The error that Cognito gets (RFC 6749 section 4.1.2.1).
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::ResponseType => ErrorCode::UnsupportedResponseType,
            Self::Scope => ErrorCode::InvalidScope,
            Self::Repeated | Self::ProxyOnly | Self::UrlTooLong => ErrorCode::InvalidRequest,
        }
    }
}

/// What happens next: keep the transaction, then send the browser to the IdP.
#[derive(Debug)]
pub struct Begun {
    /// To be kept until `/callback`.
    pub transaction: Transaction,
    /// Where the browser goes.
    pub authorization_url: SecretString,
}

/// Parameters that change how the IdP answers, or that carry a PKCE of the caller's own.
const PROXY_ONLY: [&str; 5] =
    ["response_mode", "request", "request_uri", "code_challenge", "code_challenge_method"];

/// Parameters of the caller's that concern the user, and reach the IdP (OpenID Connect Core
/// section 3.1.2.1).
const FORWARDED: [&str; 3] = ["login_hint", "prompt", "ui_locales"];

/// Checks that the request names our client, Cognito's response URL and a state (RFC 9700
/// section 4.11: never redirect before).
///
/// # Errors
/// See [`Unrecognised`].
pub fn recognise(settings: &Settings, raw_query: &str) -> Result<Recognised, Unrecognised> {
    let parameters = Parameters::parse(raw_query).map_err(|Malformed| Unrecognised::Malformed)?;
    let unique = |name| parameters.unique(name).map_err(|Repeated| Unrecognised::Repeated);
    let (client_id, redirect_uri, state) = (unique("client_id")?, unique("redirect_uri")?, unique("state")?);
    if client_id != Some(settings.idp_client_id.as_str()) {
        return Err(Unrecognised::ClientId);
    }
    if redirect_uri != Some(settings.cognito_redirect_uri.as_str()) {
        return Err(Unrecognised::RedirectUri);
    }
    let cognito_state = state
        .filter(|state| !state.chars().any(char::is_control))
        .ok_or(Unrecognised::State)?
        .to_owned()
        .into();
    Ok(Recognised { parameters, cognito_state })
}

/// Opens a transaction and writes the authorization request for the IdP.
///
/// # Errors
/// See [`AuthorizeError`].
pub fn begin(
    settings: &Settings,
    request: &Recognised,
    entropy: &Entropy,
    now: UnixTime,
) -> Result<Begun, AuthorizeError> {
    let unique = |name| request.parameters.unique(name).map_err(|Repeated| AuthorizeError::Repeated);
    if unique("response_type")? != Some("code") {
        return Err(AuthorizeError::ResponseType);
    }
    if PROXY_ONLY.iter().any(|name| request.parameters.contains(name)) {
        return Err(AuthorizeError::ProxyOnly);
    }
    let scope = match unique("scope")? {
        Some(scope) => requested_scope(settings, scope)?,
        None => settings.idp_scopes.join(" "),
    };
    let handle = Handle::from_random(&entropy.handle);
    let code_verifier = CodeVerifier::from_random(&entropy.code_verifier);
    // A nonce that Cognito sent passes untouched, for Cognito to check; where it sent none, ours is
    // added. Either is checked at /token as well: whoever holds the browser
    // can add one here, and must not switch off what stops a stolen code (RFC 9700 section 4.5).
    let nonce = match unique("nonce")? {
        Some(cognito_nonce) => cognito_nonce.to_owned().into(),
        None => nonce_from_random(&entropy.nonce),
    };

    let code_challenge = code_verifier.challenge();
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", settings.idp_client_id.as_str()),
        ("redirect_uri", settings.proxy_callback_url.as_str()),
        ("scope", scope.as_str()),
        ("state", handle.expose()),
        ("nonce", nonce.expose_secret()),
        ("code_challenge", code_challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    for name in FORWARDED {
        parameters.extend(unique(name)?.map(|value| (name, value)));
    }
    let url = authorization_url::build(
        &settings.idp_authorization_endpoint,
        &parameters,
        &settings.idp_authorization_parameters,
    );
    if url.as_str().len() > settings.idp_authorization_url_max_length {
        return Err(AuthorizeError::UrlTooLong);
    }
    Ok(Begun {
        transaction: Transaction {
            handle,
            cognito_state: request.cognito_state.clone(),
            code_verifier,
            nonce,
            expires_at: now.after(TRANSACTION_LIFETIME),
        },
        authorization_url: String::from(url).into(),
    })
}

/// Sends the browser back to Cognito with an error (RFC 6749 section 4.1.2.1).
#[must_use]
pub fn send_back(settings: &Settings, request: &Recognised, error: ErrorCode, description: &str) -> Reply {
    let error = OAuthError::new(error.as_str(), Some(description), None);
    cognito_response::error(&settings.cognito_redirect_uri, &request.cognito_state, &error)
}

/// What is asked for, each scope separated by one space. Without `openid` there would be no ID token
/// (OpenID Connect Core section 3.1.2.1).
fn requested_scope(settings: &Settings, scope: &str) -> Result<String, AuthorizeError> {
    let scopes: Vec<&str> = scope.split(' ').filter(|scope| !scope.is_empty()).collect();
    let known = |scope: &&str| settings.idp_scopes.iter().any(|known| known == scope);
    if scopes.contains(&"openid") && scopes.iter().all(known) {
        Ok(scopes.join(" "))
    } else {
        Err(AuthorizeError::Scope)
    }
}

#[cfg(test)]
#[path = "authorize_tests.rs"]
mod tests;
