//! Everything that can keep Cognito from its tokens, and the one place that says what is answered
//! and what is logged.

use adapters::answer::{Answer, Outcome};
use adapters::cached_secret::SecretError;
use adapters::system::NoRandomness;
use adapters::transaction_store::FindError;
use protocol::Reply;
use protocol::client_assertion::SignError;
use protocol::client_authentication::CredentialsError;
use protocol::id_token::NonceError;
use protocol::oauth_error::{ErrorCode, OAuthError};
use protocol::token_request::TokenRequestError;
use protocol::token_response::TokenResponseError;

use crate::idp_client::IdpError;

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Cognito's request isn't right.
    #[error(transparent)]
    Request(#[from] TokenRequestError),
    /// The client identifier or secret is wrong.
    #[error("wrong client_id or client_secret")]
    ClientSecret,
    /// There is no grant for the code.
    #[error(transparent)]
    Grant(#[from] FindError),
    /// The client secret or the signing key can't be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// No `jti` could be drawn.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The assertion couldn't be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The IdP gave no answer.
    #[error(transparent)]
    Idp(#[from] IdpError),
    /// The IdP's answer isn't a token response.
    #[error(transparent)]
    Response(#[from] TokenResponseError),
}

impl TokenError {
    /// What is answered and logged.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let (reply, outcome, cause) = match self {
            Self::Request(error) => {
                let (status, code) = error.answer();
                (refusal(status, code), Outcome::Refused, request_cause(*error))
            }
            Self::ClientSecret => (refusal(401, ErrorCode::InvalidClient), Outcome::Refused, "client_secret"),
            Self::Grant(error) => match error {
                FindError::Unknown => {
                    (refusal(400, ErrorCode::InvalidGrant), Outcome::Refused, "unknown_code")
                }
                FindError::Forged => (refusal(400, ErrorCode::InvalidGrant), Outcome::Refused, "forged_code"),
                FindError::Expired => {
                    (refusal(400, ErrorCode::InvalidGrant), Outcome::Refused, "expired_code")
                }
                FindError::Used => (refusal(400, ErrorCode::InvalidGrant), Outcome::Refused, "used_code"),
                FindError::Unavailable(error) => {
                    (failure(error.error_code()), Outcome::Failed, error.cause())
                }
            },
            Self::Secret(error) => (failure(error.error_code()), Outcome::Failed, error.cause()),
            Self::NoRandomness(_) => (failure(ErrorCode::ServerError), Outcome::Failed, "no_randomness"),
            Self::Sign(_) => (failure(ErrorCode::ServerError), Outcome::Failed, "sign"),
            Self::Idp(error) => match error {
                IdpError::NoConnection => (gateway(503), Outcome::IdpFailed, "idp_no_connection"),
                IdpError::ConnectTimeout => (gateway(504), Outcome::IdpFailed, "idp_connect_timeout"),
                IdpError::Tls => (gateway(502), Outcome::IdpFailed, "idp_tls"),
                IdpError::Timeout => (gateway(504), Outcome::IdpFailed, "idp_timeout"),
                IdpError::Broken => (gateway(502), Outcome::IdpFailed, "idp_broken_answer"),
                IdpError::TooLong => (gateway(502), Outcome::IdpFailed, "idp_answer_too_long"),
            },
            Self::Response(error) => response_answer(error),
        };
        Answer::new(reply, outcome, cause).detailed(self.to_string())
    }

    /// Whether the IdP's code is taken to be unspent: nothing was sent to it, or it didn't accept our
    /// key, which it must look at first (RFC 6749 section 4.1.3). A grant that was claimed for this is given back, and the same request may succeed.
    #[must_use]
    pub fn leaves_code_unspent(&self) -> bool {
        match self {
            Self::Secret(_) | Self::NoRandomness(_) | Self::Sign(_) => true,
            Self::Idp(error) => {
                matches!(error, IdpError::NoConnection | IdpError::ConnectTimeout | IdpError::Tls)
            }
            Self::Response(error) => error.is_invalid_client(),
            Self::Request(_) | Self::ClientSecret | Self::Grant(_) => false,
        }
    }
}

fn request_cause(error: TokenRequestError) -> &'static str {
    match error {
        TokenRequestError::Query => "query",
        TokenRequestError::TooLong => "too_long",
        TokenRequestError::ContentType => "content_type",
        TokenRequestError::Malformed => "malformed_body",
        TokenRequestError::Repeated => "repeated_parameter",
        TokenRequestError::Credentials(CredentialsError::Missing) => "client_secret",
        TokenRequestError::Credentials(CredentialsError::TwoMethods) => "two_client_authentications",
        TokenRequestError::NoGrantType | TokenRequestError::GrantType => "grant_type",
        TokenRequestError::NoCode => "code",
        TokenRequestError::RedirectUri => "redirect_uri",
    }
}

fn response_answer(error: &TokenResponseError) -> (Reply, Outcome, &'static str) {
    match error {
        TokenResponseError::OAuth { status, error: relayed } => {
            let reply = Reply::oauth_error(*status, relayed);
            if error.is_invalid_client() {
                (reply, Outcome::IdpFailed, "idp_invalid_client")
            } else {
                (reply, Outcome::Refused, "idp_oauth_error")
            }
        }
        TokenResponseError::RateLimited { retry_after } => {
            let mut reply = gateway(503);
            reply.headers.extend(retry_after.clone().map(|value| ("retry-after", value)));
            (reply, Outcome::IdpFailed, "idp_rate_limited")
        }
        TokenResponseError::Redirect(_) => (gateway(502), Outcome::IdpFailed, "idp_redirect"),
        TokenResponseError::Status(_) => (gateway(502), Outcome::IdpFailed, "idp_status"),
        TokenResponseError::NotJson => (gateway(502), Outcome::IdpFailed, "idp_not_json"),
        TokenResponseError::NoAccessToken => (gateway(502), Outcome::IdpFailed, "idp_no_access_token"),
        TokenResponseError::NoIdToken => (gateway(502), Outcome::IdpFailed, "idp_no_id_token"),
        TokenResponseError::Nonce(NonceError::Mismatch) => (gateway(502), Outcome::Attack, "nonce_mismatch"),
        TokenResponseError::Nonce(NonceError::Encrypted) => {
            (gateway(502), Outcome::IdpFailed, "id_token_encrypted")
        }
        TokenResponseError::Nonce(NonceError::NotAJwt) => {
            (gateway(502), Outcome::IdpFailed, "id_token_not_a_jwt")
        }
    }
}

/// Cognito asked for what it can't have.
fn refusal(status: u16, code: ErrorCode) -> Reply {
    let mut reply = Reply::oauth_error(status, &OAuthError::new(code.as_str(), None, None));
    if status == 401 {
        reply.headers.push(("www-authenticate", "Basic realm=\"token\"".to_owned()));
    }
    reply
}

/// The proxy itself can't work.
fn failure(code: ErrorCode) -> Reply {
    let status = if code == ErrorCode::TemporarilyUnavailable { 503 } else { 500 };
    Reply::oauth_error(status, &OAuthError::new(code.as_str(), Some("the sign-in proxy can't work"), None))
}

/// The IdP can't be used. Nothing of its body is relayed.
fn gateway(status: u16) -> Reply {
    let code = if status == 502 { ErrorCode::ServerError } else { ErrorCode::TemporarilyUnavailable };
    let description = Some("no usable answer from the identity provider");
    Reply::oauth_error(status, &OAuthError::new(code.as_str(), description, None))
}
