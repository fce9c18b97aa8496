//! The IdP's answer to our token request (RFC 6749 section 5): what is handed on to Cognito, and
//! what isn't.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::id_token::{NonceError, check_nonce};
use crate::oauth_error::OAuthError;

/// The largest body that is read, in bytes.
pub const BODY_MAX_LENGTH: usize = 256 * 1024;

/// An answer as it came over the wire.
#[derive(Clone, Copy)]
pub struct RawTokenResponse<'a> {
    /// The HTTP status code.
    pub status: u16,
    /// The `Retry-After` header field.
    pub retry_after: Option<&'a str>,
    /// The body, at most [`BODY_MAX_LENGTH`].
    pub body: &'a [u8],
}

/// The tokens, to be handed to Cognito and to nobody else.
pub struct Tokens(SecretString);

impl Tokens {
    /// The IdP's JSON text, byte for byte.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Shows nothing.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens([REDACTED])")
    }
}

/// Why there are no tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenResponseError {
    /// An OAuth error with a 4xx status (RFC 6749 section 5.2).
    #[error("the IdP answered {status} {}", error.loggable())]
    OAuth {
        /// The IdP's status.
        status: u16,
        /// Its error.
        error: OAuthError,
    },
    /// 429 (RFC 6585 section 4).
    #[error("the IdP answered 429")]
    RateLimited {
        /// Its `Retry-After`, where that is a number of seconds or a date.
        retry_after: Option<String>,
    },
    /// A redirect, which is never followed: the assertion isn't for anybody else.
    #[error("the IdP answered {0}, a redirect, which is never followed")]
    Redirect(u16),
    /// Any other status, or a 4xx without an OAuth error.
    #[error("the IdP answered {0} without an OAuth error")]
    Status(u16),
    /// 200, but not a JSON object without repeated members.
    #[error("the IdP's answer is not a JSON object with each member once")]
    NotJson,
    /// 200, but no `access_token`.
    #[error("the IdP's answer has no access_token")]
    NoAccessToken,
    /// 200, but no `id_token`: is `openid` among the scopes?
    #[error("the IdP's answer has no id_token; is openid among the scopes?")]
    NoIdToken,
    /// The ID token isn't of this sign-in.
    #[error(transparent)]
    Nonce(#[from] NonceError),
}

impl TokenResponseError {
    /// Whether the IdP refused our key, perhaps because it was replaced a moment ago.
    #[must_use]
    pub fn is_invalid_client(&self) -> bool {
        matches!(self, Self::OAuth { error, .. } if error.error == "invalid_client")
    }
}

/// Judges an answer. `nonce` is the one that was sent, where the authorization request was ours.
///
/// # Errors
/// See [`TokenResponseError`].
pub fn judge(
    response: RawTokenResponse<'_>,
    nonce: Option<&SecretString>,
) -> Result<Tokens, TokenResponseError> {
    match response.status {
        200 => {}
        429 => {
            let retry_after = response.retry_after.filter(|value| is_retry_after(value)).map(str::to_owned);
            return Err(TokenResponseError::RateLimited { retry_after });
        }
        status @ 300..=399 => return Err(TokenResponseError::Redirect(status)),
        status @ 400..=499 => {
            return Err(match oauth_error(response.body) {
                Some(error) => TokenResponseError::OAuth { status, error },
                None => TokenResponseError::Status(status),
            });
        }
        status => return Err(TokenResponseError::Status(status)),
    }
    let body = std::str::from_utf8(response.body).map_err(|_| TokenResponseError::NotJson)?;
    let Members(members) = serde_json::from_str(body).map_err(|_| TokenResponseError::NotJson)?;
    text(&members, "access_token").ok_or(TokenResponseError::NoAccessToken)?;
    let id_token = text(&members, "id_token").ok_or(TokenResponseError::NoIdToken)?;
    if let Some(nonce) = nonce {
        check_nonce(id_token, nonce)?;
    }
    Ok(Tokens(body.to_owned().into()))
}

fn oauth_error(body: &[u8]) -> Option<OAuthError> {
    let Members(members) = serde_json::from_slice(body).ok()?;
    let error = text(&members, "error")?;
    Some(OAuthError::new(error, text(&members, "error_description"), text(&members, "error_uri")))
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// RFC 9110 section 10.2.3: seconds, or a date of letters, digits, spaces, commas and colons.
fn is_retry_after(value: &str) -> bool {
    !value.is_empty()
        && value.len() <= 40
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b',' | b':'))
}

/// The members of a JSON object, each of them once: of two `id_token`s, we might check one and
/// Cognito read the other.
struct Members(Map<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(serde::de::Error::custom("repeated member"));
                    }
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn judged(status: u16, body: &str) -> Result<Tokens, TokenResponseError> {
        judge(RawTokenResponse { status, retry_after: None, body: body.as_bytes() }, None)
    }

    #[test]
    fn a_token_response_is_handed_on_whole() {
        let body = r#"{"access_token":"a","id_token":"i","token_type":"Bearer","expires_in":3600,"custom":{"x": 123456789012345678901234567890}}"#;
        let tokens = judged(200, body).unwrap();
        assert_eq!(tokens.expose(), body);
        assert_eq!(format!("{tokens:?}"), "Tokens([REDACTED])");
    }

    #[test]
    fn what_is_not_a_token_response_is_refused() {
        for (status, body, expected) in [
            (200, "<html>", TokenResponseError::NotJson),
            (200, "[]", TokenResponseError::NotJson),
            (200, r#"{"access_token":"a","id_token":"i""#, TokenResponseError::NotJson),
            (200, r#"{"access_token":"a","id_token":"i","id_token":"j"}"#, TokenResponseError::NotJson),
            (200, r#"{"id_token":"i"}"#, TokenResponseError::NoAccessToken),
            (200, r#"{"access_token":"","id_token":"i"}"#, TokenResponseError::NoAccessToken),
            (200, r#"{"access_token":"a","id_token":null}"#, TokenResponseError::NoIdToken),
            (201, r#"{"access_token":"a","id_token":"i"}"#, TokenResponseError::Status(201)),
            (302, "", TokenResponseError::Redirect(302)),
            (400, "<html>", TokenResponseError::Status(400)),
            (500, r#"{"error":"invalid_grant"}"#, TokenResponseError::Status(500)),
        ] {
            assert_eq!(judged(status, body).err(), Some(expected), "{status} {body}");
        }
    }

    #[test]
    fn an_oauth_error_keeps_its_status_and_is_filtered() {
        let error =
            judged(401, r#"{"error":"invalid_client","error_description":"no \"key\"\n"}"#).unwrap_err();
        assert!(error.is_invalid_client());
        let expected = OAuthError::new("invalid_client", Some("no key"), None);
        assert_eq!(error, TokenResponseError::OAuth { status: 401, error: expected });
    }

    #[test]
    fn a_retry_after_is_a_number_or_a_date() {
        for (value, kept) in
            [("120", true), ("Fri, 31 Dec 2027 23:59:59 GMT", true), ("1\r\nx: y", false), ("", false)]
        {
            let response = RawTokenResponse { status: 429, retry_after: Some(value), body: b"" };
            let expected = kept.then(|| value.to_owned());
            assert_eq!(
                judge(response, None).err(),
                Some(TokenResponseError::RateLimited { retry_after: expected })
            );
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_the_judge_panic(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = judge(RawTokenResponse { status, retry_after: None, body: &body }, Some(&"n".to_owned().into()));
        }
    }
}
