//! The way back to Cognito: its response URL with what we answer and Cognito's own state, unchanged.

use secrecy::{ExposeSecret as _, SecretString};

use crate::Reply;
use crate::endpoint::Endpoint;
use crate::oauth_error::OAuthError;

/// Sends the browser to Cognito with a code (RFC 6749 section 4.1.2).
#[must_use]
pub(crate) fn code(cognito_redirect_uri: &Endpoint, cognito_state: &SecretString, code: &str) -> Reply {
    redirect(cognito_redirect_uri, cognito_state, &[("code", Some(code))])
}

/// Sends the browser to Cognito with an error (RFC 6749 section 4.1.2.1).
#[must_use]
pub(crate) fn error(
    cognito_redirect_uri: &Endpoint,
    cognito_state: &SecretString,
    error: &OAuthError,
) -> Reply {
    let parameters = [
        ("error", Some(error.error.as_str())),
        ("error_description", error.description.as_deref()),
        ("error_uri", error.uri.as_deref()),
    ];
    redirect(cognito_redirect_uri, cognito_state, &parameters)
}

fn redirect(
    cognito_redirect_uri: &Endpoint,
    cognito_state: &SecretString,
    parameters: &[(&str, Option<&str>)],
) -> Reply {
    let mut url = cognito_redirect_uri.url().clone();
    url.query_pairs_mut()
        .extend_pairs(parameters.iter().filter_map(|(name, value)| Some((name, (*value)?))))
        .append_pair("state", cognito_state.expose_secret());
    Reply::redirect(url.into())
}
