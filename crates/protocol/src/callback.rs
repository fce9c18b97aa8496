//! `GET /callback`: the IdP sends the browser back (RFC 6749 section 4.1.2), and we send it on to
//! Cognito, with a code of our own or with the IdP's error.

use secrecy::SecretString;

use crate::Reply;
use crate::cognito_response;
use crate::endpoint::Endpoint;
use crate::oauth_error::{ErrorCode, OAuthError};
use crate::parameters::{Malformed, Parameters, Repeated};
use crate::transaction::{Handle, Transaction};

/// What `/callback` must know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The issuer identifier of the IdP.
    pub idp_issuer_url: Endpoint,
    /// Whether the IdP names itself in its authorization responses.
    pub idp_authorization_response_iss: IssPolicy,
    /// `https://<domain>/oauth2/idpresponse`.
    pub cognito_redirect_uri: Endpoint,
}

/// How `iss` in the authorization response is checked (RFC 9207 section 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssPolicy {
    /// It must be there and right: the IdP promises it in its metadata.
    Required,
    /// If it is there it must be right.
    IfPresent,
    /// It isn't looked at, for an IdP whose value isn't its issuer identifier.
    Off,
}

/// A well-formed authorization response, of which nothing is believed yet.
#[derive(Debug)]
pub struct AuthorizationResponse {
    /// Addresses the transaction.
    pub unverified_handle: Handle,
    iss: Option<String>,
    result: Result<SecretString, OAuthError>,
}

/// The query isn't an authorization response. The browser gets a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAResponse {
    /// The query isn't well-formed.
    #[error("malformed query")]
    Malformed,
    /// A parameter came twice.
    #[error("repeated parameter")]
    Repeated,
    /// `state` is missing, or can't be ours.
    #[error("no state of ours")]
    State,
    /// Neither `code` nor `error`, or both.
    #[error("neither or both of code and error")]
    CodeOrError,
}

/// `iss` doesn't name the IdP that we sent the browser to: a mix-up attack (RFC 9700 section 4.4)
/// or a wrong setting. The code isn't forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssError {
    /// The IdP promises `iss`, and it isn't there.
    #[error("iss is missing")]
    Missing,
    /// It names somebody else.
    #[error("iss is not idp_issuer_url")]
    Wrong,
}

/// Reads the query of an authorization response.
///
/// # Errors
/// See [`NotAResponse`].
pub fn parse(raw_query: &str) -> Result<AuthorizationResponse, NotAResponse> {
    let parameters = Parameters::parse(raw_query)
        .map_err(|Malformed| NotAResponse::Malformed)?
        .all_unique()
        .map_err(|Repeated| NotAResponse::Repeated)?;
    let unverified_handle = parameters.get("state").and_then(Handle::parse).ok_or(NotAResponse::State)?;
    let result = match (parameters.get("code"), parameters.get("error")) {
        (Some(code), None) => Ok(code.to_owned().into()),
        (None, Some(error)) => {
            Err(OAuthError::new(error, parameters.get("error_description"), parameters.get("error_uri")))
        }
        _ => return Err(NotAResponse::CodeOrError),
    };
    Ok(AuthorizationResponse { unverified_handle, iss: parameters.get("iss").map(str::to_owned), result })
}

impl AuthorizationResponse {
    /// The IdP's code or its error, once `iss` is checked.
    ///
    /// # Errors
    /// See [`IssError`].
    pub fn result(&self, settings: &Settings) -> Result<Result<&SecretString, &OAuthError>, IssError> {
        let right = self.iss.as_deref() == Some(settings.idp_issuer_url.as_str());
        match (settings.idp_authorization_response_iss, &self.iss) {
            (IssPolicy::Off, _) | (IssPolicy::IfPresent, None) => Ok(self.result.as_ref()),
            (IssPolicy::Required, None) => Err(IssError::Missing),
            (IssPolicy::Required | IssPolicy::IfPresent, Some(_)) if right => Ok(self.result.as_ref()),
            (IssPolicy::Required | IssPolicy::IfPresent, Some(_)) => Err(IssError::Wrong),
        }
    }
}

/// Sends the browser to Cognito with our `code` and Cognito's own state.
#[must_use]
pub fn send_code(settings: &Settings, transaction: &Transaction, code: &str) -> Reply {
    cognito_response::code(&settings.cognito_redirect_uri, &transaction.cognito_state, code)
}

/// Sends the browser to Cognito with the IdP's error and Cognito's own state.
#[must_use]
pub fn relay_error(settings: &Settings, transaction: &Transaction, error: &OAuthError) -> Reply {
    cognito_response::error(&settings.cognito_redirect_uri, &transaction.cognito_state, error)
}

/// Sends the browser to Cognito with an error of ours and Cognito's own state.
#[must_use]
pub fn send_error(
    settings: &Settings,
    transaction: &Transaction,
    error: ErrorCode,
    description: &str,
) -> Reply {
    relay_error(settings, transaction, &OAuthError::new(error.as_str(), Some(description), None))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    const ISSUER: &str = "https://idp.example/realms/a";

    fn settings(policy: IssPolicy) -> Settings {
        Settings {
            idp_issuer_url: Endpoint::parse(ISSUER).unwrap(),
            idp_authorization_response_iss: policy,
            cognito_redirect_uri: Endpoint::parse("https://pool.example/oauth2/idpresponse").unwrap(),
        }
    }

    fn state() -> String {
        "ab".repeat(32)
    }

    #[test]
    fn a_response_has_a_state_of_ours_and_either_a_code_or_an_error() {
        let state = state();
        for (query, expected) in [
            (String::new(), NotAResponse::State),
            ("code=c".into(), NotAResponse::State),
            ("code=c&state=x".into(), NotAResponse::State),
            (format!("code=c&state={}", state.to_uppercase()), NotAResponse::State),
            (format!("state={state}"), NotAResponse::CodeOrError),
            (format!("state={state}&code="), NotAResponse::CodeOrError),
            (format!("state={state}&code=c&error=e"), NotAResponse::CodeOrError),
            (format!("state={state}&code=c&code=d"), NotAResponse::Repeated),
            (format!("state={state}&code=c&x=1&x=1"), NotAResponse::Repeated),
            (format!("state={state}&code=%"), NotAResponse::Malformed),
        ] {
            assert_eq!(parse(&query).err(), Some(expected), "{query}");
        }
        assert!(parse(&format!("state={state}&code=c&session_state=s")).is_ok());
    }

    #[test]
    fn the_issuer_is_compared_to_the_letter() {
        let response = |iss: &str| {
            let iss: String = url::form_urlencoded::byte_serialize(iss.as_bytes()).collect();
            parse(&format!("state={}&code=c&iss={iss}", state())).unwrap()
        };
        for policy in [IssPolicy::Required, IssPolicy::IfPresent] {
            assert!(response(ISSUER).result(&settings(policy)).is_ok());
            for wrong in
                ["https://idp.example/realms/a/", "https://idp.example", "https://IDP.example/realms/a"]
            {
                assert_eq!(response(wrong).result(&settings(policy)).err(), Some(IssError::Wrong));
            }
        }
        assert!(response("anything").result(&settings(IssPolicy::Off)).is_ok());
    }

    #[test]
    fn a_missing_issuer_is_refused_where_the_idp_promises_it() {
        for query in
            [format!("state={}&code=c", state()), format!("state={}&error=access_denied&iss=", state())]
        {
            let response = parse(&query).unwrap();
            assert_eq!(response.result(&settings(IssPolicy::Required)).err(), Some(IssError::Missing));
            assert!(response.result(&settings(IssPolicy::IfPresent)).is_ok());
        }
    }

    #[test]
    fn a_code_of_any_characters_is_kept_exactly() {
        let response = parse(&format!("state={}&code=a.~%2F%2B%3D%25+b", state())).unwrap();
        let code = response.result(&settings(IssPolicy::IfPresent)).unwrap().unwrap();
        assert_eq!(code.expose_secret(), "a.~/+=% b");
    }
}
