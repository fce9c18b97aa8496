//! Asks the IdP whether it accepts a key: a token request with a code that was never issued, written
//! by the very code that the proxy uses. `invalid_grant` says that the client was let in and only the
//! code was wrong (RFC 6749 section 5.2); no user, session or token is touched.

use adapters::system::{self, NoRandomness};
use protocol::client_assertion;
use protocol::code_exchange::{self, CodeExchange};
use protocol::pkce::CodeVerifier;
use protocol::signing_key::SigningKey;
use protocol::token_response::{self, RawTokenResponse, TokenResponseError};
use token::idp_client::IdpClient;

use super::random::made_up;
use super::settings::Settings;

/// What the IdP thinks of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// `invalid_grant`
    Accepted,
    /// `invalid_client`
    Refused,
    /// Anything else, in words.
    Unclear(String),
}

/// Asks about `key`.
///
/// # Errors
/// [`NoRandomness`]; everything else is a [`Verdict`].
pub async fn ask(idp: &IdpClient, settings: &Settings, key: &SigningKey) -> Result<Verdict, NoRandomness> {
    let Ok(assertion) =
        client_assertion::sign(&settings.client_assertion, key, &system::random()?, system::now())
    else {
        return Ok(Verdict::Unclear("the assertion could not be signed".to_owned()));
    };
    let verifier = CodeVerifier::from_random(&system::random()?);
    let exchange = CodeExchange {
        code: &made_up()?,
        redirect_uri: settings.proxy_callback_url.as_ref().unwrap_or(&settings.cognito_redirect_uri),
        client_id: &settings.idp_client_id,
        code_verifier: settings.proxy_callback_url.as_ref().map(|_| &verifier),
    };
    let response = match idp.post(&code_exchange::form(&exchange, &assertion)).await {
        Ok(response) => response,
        Err(error) => return Ok(Verdict::Unclear(error.to_string())),
    };
    let response = RawTokenResponse {
        status: response.status,
        retry_after: response.retry_after.as_deref(),
        body: &response.body,
    };
    Ok(verdict(token_response::judge(response, None).err()))
}

fn verdict(error: Option<TokenResponseError>) -> Verdict {
    match error {
        Some(TokenResponseError::OAuth { error, .. }) if error.error == "invalid_grant" => Verdict::Accepted,
        Some(error) if error.is_invalid_client() => Verdict::Refused,
        Some(error) => Verdict::Unclear(error.to_string()),
        None => Verdict::Unclear("the identity provider issued tokens for a made-up code".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Verdict {
        verdict(
            token_response::judge(
                RawTokenResponse { status, retry_after: None, body: body.as_bytes() },
                None,
            )
            .err(),
        )
    }

    #[test]
    fn only_invalid_grant_counts_as_accepted_and_only_invalid_client_as_refused() {
        assert_eq!(of(400, r#"{"error":"invalid_grant"}"#), Verdict::Accepted);
        assert_eq!(of(401, r#"{"error":"invalid_client"}"#), Verdict::Refused);
        assert_eq!(of(400, r#"{"error":"invalid_client"}"#), Verdict::Refused);
        for (status, body) in [
            (500, r#"{"error":"invalid_grant"}"#),
            (400, r#"{"error":"invalid_request"}"#),
            (429, r#"{"error":"invalid_grant"}"#),
            (404, "<html>"),
            (200, r#"{"access_token":"a","id_token":"b"}"#),
        ] {
            assert!(matches!(of(status, body), Verdict::Unclear(_)), "{status} {body}");
        }
    }
}
