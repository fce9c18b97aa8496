//! The HTTP side of the token request to the IdP: one POST with deadlines and a bounded answer.
//! What the answer means is judged by the protocol core.

use std::error::Error;
use std::io;
use std::time::Duration;

use adapters::https;
use protocol::endpoint::Endpoint;
use protocol::token_response::BODY_MAX_LENGTH;
use protocol::{ExposeSecret as _, SecretString};
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};

/// Calls the IdP's token endpoint.
pub struct IdpClient {
    http: reqwest::Client,
    token_endpoint: Endpoint,
    timeout: Duration,
}

/// An answer, whole and bounded.
pub struct IdpResponse {
    /// The HTTP status code.
    pub status: u16,
    /// The `Retry-After` header field.
    pub retry_after: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// There is no answer to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdpError {
    /// The name doesn't resolve, or nobody listens. Nothing was sent.
    #[error("no connection to idp_token_endpoint")]
    NoConnection,
    /// The connection wasn't made within `idp_connect_timeout_ms`. Nothing was sent.
    #[error("no connection to idp_token_endpoint within idp_connect_timeout_ms")]
    ConnectTimeout,
    /// The certificate isn't trusted, or the handshake failed. Nothing was sent.
    #[error("no trusted TLS connection to idp_token_endpoint; a private CA needs SSL_CERT_FILE")]
    Tls,
    /// No complete answer within `idp_timeout_ms`.
    #[error("no complete answer of the IdP within idp_timeout_ms")]
    Timeout,
    /// The connection broke, or the answer isn't HTTP.
    #[error("the IdP's answer broke off or isn't HTTP")]
    Broken,
    /// The body is longer than any token response.
    #[error("the IdP's answer is longer than {BODY_MAX_LENGTH} bytes")]
    TooLong,
}

impl IdpClient {
    /// Prepares the client. Nothing is sent yet.
    #[must_use]
    pub fn new(http: reqwest::Client, token_endpoint: Endpoint, timeout: Duration) -> Self {
        Self { http, token_endpoint, timeout }
    }

    /// Opens a connection, so that the first user doesn't wait for it: asks for the issuer's
    /// metadata, the one document that every OpenID provider has for everybody (OpenID Connect
    /// Discovery section 4), if it lies where the token endpoint does. What comes is thrown away, and
    /// a failure as well: the first token request will say what is wrong.
    pub async fn connect(&self, issuer: &Endpoint) {
        let Ok(metadata) = issuer.join("/.well-known/openid-configuration") else { return };
        if metadata.url().origin() != self.token_endpoint.url().origin() {
            return;
        }
        let ask = async {
            if let Ok(mut response) = self.http.get(metadata.url().clone()).send().await {
                // A connection whose answer wasn't read is no use to anybody.
                let _ = read_body(&mut response).await;
            }
        };
        let _ = tokio::time::timeout(https::CONNECT_PATIENCE, ask).await;
    }

    /// Sends a form once. Neither retries nor redirects follow.
    ///
    /// # Errors
    /// See [`IdpError`].
    pub async fn post(&self, form: &SecretString) -> Result<IdpResponse, IdpError> {
        let mut response = self
            .http
            .post(self.token_endpoint.url().clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .timeout(self.timeout)
            .body(form.expose_secret().to_owned())
            .send()
            .await
            .map_err(|error| classify(&error))?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.map(str::to_owned);
        let body = read_body(&mut response).await?;
        Ok(IdpResponse { status: response.status().as_u16(), retry_after, body })
    }
}

/// The whole body, unless it is too long.
async fn read_body(response: &mut reqwest::Response) -> Result<Vec<u8>, IdpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
        if body.len() + chunk.len() > BODY_MAX_LENGTH {
            return Err(IdpError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn classify(error: &reqwest::Error) -> IdpError {
    match (error.is_connect(), error.is_timeout()) {
        (true, true) => IdpError::ConnectTimeout,
        (true, false) if is_tls(error) => IdpError::Tls,
        (true, false) => IdpError::NoConnection,
        (false, true) => IdpError::Timeout,
        (false, false) => IdpError::Broken,
    }
}

/// Looks for an error of the TLS library among the causes. An `io::Error` doesn't name the error
/// that it wraps as its source, so it is unwrapped.
fn is_tls(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<rustls::Error>() {
            return true;
        }
        cause = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}
