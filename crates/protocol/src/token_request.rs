//! `POST /token`, Cognito's side: the token request that Cognito's backend sends us (RFC 6749
//! section 4.1.3), read in the order in which it may cost: form, credentials, grant.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

use crate::client_authentication::{Credentials, CredentialsError};
use crate::endpoint::Endpoint;
use crate::oauth_error::ErrorCode;
use crate::parameters::{Malformed, Parameters, Repeated, UniqueParameters};

/// More than the longest code and secret need.
const BODY_MAX_LENGTH: usize = 64 * 1024;

/// A token request as the HTTP API hands it over.
#[derive(Clone, Copy)]
pub struct RawTokenRequest<'a> {
    /// The raw query string.
    pub query: &'a str,
    /// The `Content-Type` header field.
    pub content_type: Option<&'a str>,
    /// The `Authorization` header field.
    pub authorization: Option<&'a str>,
    /// The body, encoded or not.
    pub body: &'a str,
    /// Whether the body is encoded in base64.
    pub is_base64_encoded: bool,
}

/// A well-formed token request, not yet authenticated.
#[derive(Debug)]
pub struct TokenRequest {
    form: UniqueParameters,
    /// Who claims to send it.
    pub unverified_credentials: Credentials,
}

/// Why a token request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRequestError {
    /// Parameters in the query, where logs would keep them (RFC 6749 section 2.3.1).
    #[error("parameters in the query")]
    Query,
    /// The body is over 64 KB.
    #[error("the body is too long")]
    TooLong,
    /// Not `application/x-www-form-urlencoded`.
    #[error("not a form")]
    ContentType,
    /// Not base64 though flagged so, not UTF-8, or not a well-formed form.
    #[error("malformed body")]
    Malformed,
    /// A parameter came twice.
    #[error("repeated parameter")]
    Repeated,
    /// Credentials missing or given twice.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// No `grant_type`.
    #[error("no grant_type")]
    NoGrantType,
    /// A `grant_type` that Cognito doesn't use.
    #[error("a grant_type other than authorization_code")]
    GrantType,
    /// No `code`.
    #[error("no code")]
    NoCode,
    /// `redirect_uri` isn't Cognito's.
    #[error("not Cognito's redirect_uri")]
    RedirectUri,
}

impl TokenRequestError {
    /// Status and error code of the answer (RFC 6749 section 5.2).
    #[must_use]
    pub fn answer(self) -> (u16, ErrorCode) {
        match self {
            Self::TooLong => (413, ErrorCode::InvalidRequest),
            Self::Credentials(CredentialsError::Missing) => (401, ErrorCode::InvalidClient),
            Self::GrantType => (400, ErrorCode::UnsupportedGrantType),
            Self::RedirectUri => (400, ErrorCode::InvalidGrant),
            Self::Query
            | Self::ContentType
            | Self::Malformed
            | Self::Repeated
            | Self::Credentials(CredentialsError::TwoMethods)
            | Self::NoGrantType
            | Self::NoCode => (400, ErrorCode::InvalidRequest),
        }
    }
}

/// Reads form and credentials.
///
/// # Errors
/// See [`TokenRequestError`].
pub fn read(raw: RawTokenRequest<'_>) -> Result<TokenRequest, TokenRequestError> {
    if !raw.query.is_empty() {
        return Err(TokenRequestError::Query);
    }
    if raw.body.len() > encoded_limit(raw.is_base64_encoded) {
        return Err(TokenRequestError::TooLong);
    }
    let media_type = raw.content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    if !media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(TokenRequestError::ContentType);
    }
    let form = if raw.is_base64_encoded {
        let bytes = STANDARD.decode(raw.body).map_err(|_| TokenRequestError::Malformed)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| TokenRequestError::Malformed)?;
        Parameters::parse(text)
    } else {
        Parameters::parse(raw.body)
    };
    let form = form
        .map_err(|Malformed| TokenRequestError::Malformed)?
        .all_unique()
        .map_err(|Repeated| TokenRequestError::Repeated)?;
    let unverified_credentials = Credentials::read(&form, raw.authorization)?;
    Ok(TokenRequest { form, unverified_credentials })
}

impl TokenRequest {
    /// The `code`, once grant type and redirect URI are checked. Ask only after the credentials
    /// were found to be right.
    ///
    /// # Errors
    /// See [`TokenRequestError`].
    pub fn code(&self, cognito_redirect_uri: &Endpoint) -> Result<SecretString, TokenRequestError> {
        match self.form.get("grant_type") {
            None => return Err(TokenRequestError::NoGrantType),
            Some("authorization_code") => {}
            Some(_) => return Err(TokenRequestError::GrantType),
        }
        let code = self.form.get("code").ok_or(TokenRequestError::NoCode)?;
        if self.form.get("redirect_uri") != Some(cognito_redirect_uri.as_str()) {
            return Err(TokenRequestError::RedirectUri);
        }
        Ok(code.to_owned().into())
    }
}

fn encoded_limit(is_base64_encoded: bool) -> usize {
    if is_base64_encoded { BODY_MAX_LENGTH.div_ceil(3) * 4 } else { BODY_MAX_LENGTH }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    const REDIRECT_URI: &str = "https://pool.example/oauth2/idpresponse";

    fn raw(body: &str) -> RawTokenRequest<'_> {
        RawTokenRequest {
            query: "",
            content_type: Some("application/x-www-form-urlencoded; charset=UTF-8"),
            authorization: None,
            body,
            is_base64_encoded: false,
        }
    }

    fn body(more: &str) -> String {
        let uri: String = url::form_urlencoded::byte_serialize(REDIRECT_URI.as_bytes()).collect();
        format!("client_id=a&client_secret=b&redirect_uri={uri}&code=c%2F%2B%3D{more}")
    }

    fn code(body: &str) -> Result<String, TokenRequestError> {
        let code = read(raw(body))?.code(&Endpoint::parse(REDIRECT_URI).unwrap())?;
        Ok(code.expose_secret().to_owned())
    }

    #[test]
    fn a_code_is_decoded_whether_or_not_the_body_is_base64() {
        let body = body("&grant_type=authorization_code");
        assert_eq!(code(&body).as_deref(), Ok("c/+="));
        let encoded = STANDARD.encode(&body);
        let request = read(RawTokenRequest { body: &encoded, is_base64_encoded: true, ..raw("") }).unwrap();
        assert_eq!(request.code(&Endpoint::parse(REDIRECT_URI).unwrap()).unwrap().expose_secret(), "c/+=");
    }

    #[test]
    fn what_is_not_a_form_is_refused() {
        let not_utf8 = STANDARD.encode([0xff]);
        for (request, expected) in [
            (
                RawTokenRequest { body: "%%%", is_base64_encoded: true, ..raw("") },
                TokenRequestError::Malformed,
            ),
            (
                RawTokenRequest { body: &not_utf8, is_base64_encoded: true, ..raw("") },
                TokenRequestError::Malformed,
            ),
            (raw("client_id=%ff"), TokenRequestError::Malformed),
            (
                RawTokenRequest { content_type: Some("application/json"), ..raw("{}") },
                TokenRequestError::ContentType,
            ),
            (RawTokenRequest { content_type: None, ..raw("") }, TokenRequestError::ContentType),
            (
                RawTokenRequest { content_type: Some("application/x-www-form-urlencoded-2"), ..raw("") },
                TokenRequestError::ContentType,
            ),
            (RawTokenRequest { query: "client_secret=b", ..raw("") }, TokenRequestError::Query),
            (raw("a=1&a=2"), TokenRequestError::Repeated),
            (raw(""), TokenRequestError::Credentials(CredentialsError::Missing)),
        ] {
            assert_eq!(read(request).err(), Some(expected));
        }
        assert_eq!(read(raw(&"x".repeat(BODY_MAX_LENGTH + 1))).err(), Some(TokenRequestError::TooLong));
        assert_ne!(read(raw(&"x".repeat(BODY_MAX_LENGTH))).err(), Some(TokenRequestError::TooLong));
    }

    #[test]
    fn grant_type_code_and_redirect_uri_must_be_right() {
        let good = body("&grant_type=authorization_code");
        for (bad, expected) in [
            (body(""), TokenRequestError::NoGrantType),
            (body("&grant_type=refresh_token"), TokenRequestError::GrantType),
            (good.replace("c%2F%2B%3D", ""), TokenRequestError::NoCode),
            (good.replace("pool.example", "evil.example"), TokenRequestError::RedirectUri),
            (good.replace("redirect_uri", "x"), TokenRequestError::RedirectUri),
        ] {
            assert_eq!(code(&bad), Err(expected), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(text in "\\PC{0,200}", is_base64_encoded: bool) {
            let _ = read(RawTokenRequest { is_base64_encoded, ..raw(&text) });
        }
    }
}
