//! The one claim of the ID token that is ours to check: the nonce (OpenID Connect Core section
//! 3.1.3.7, item 11). Signature, issuer, audience and expiry are checked by Cognito, and the token
//! came straight from the IdP's token endpoint over TLS (item 6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

/// Why the ID token's nonce isn't accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NonceError {
    /// Five parts: a JWE, which Cognito couldn't read either.
    #[error("the ID token is encrypted, which Cognito does not support")]
    Encrypted,
    /// Not a JWT.
    #[error("the ID token is not a JWT")]
    NotAJwt,
    /// No nonce, or another one: the token belongs to another sign-in.
    #[error("the ID token's nonce is not the one of this sign-in")]
    Mismatch,
}

#[derive(Deserialize)]
struct Claims {
    nonce: Option<String>,
}

/// Checks that `id_token` carries `nonce`.
///
/// # Errors
/// See [`NonceError`].
pub fn check_nonce(id_token: &str, nonce: &SecretString) -> Result<(), NonceError> {
    let parts: Vec<&str> = id_token.split('.').collect();
    let payload = match parts.as_slice() {
        [_, payload, _] => payload,
        [_, _, _, _, _] => return Err(NonceError::Encrypted),
        _ => return Err(NonceError::NotAJwt),
    };
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| NonceError::NotAJwt)?;
    // From text, since serde_json doesn't look at the bytes of strings that it skips.
    let payload = std::str::from_utf8(&payload).map_err(|_| NonceError::NotAJwt)?;
    let claims: Claims = serde_json::from_str(payload).map_err(|_| NonceError::NotAJwt)?;
    let unverified_nonce = claims.nonce.ok_or(NonceError::Mismatch)?;
    let same: bool = unverified_nonce.as_bytes().ct_eq(nonce.expose_secret().as_bytes()).into();
    if same { Ok(()) } else { Err(NonceError::Mismatch) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn only_the_nonce_of_this_sign_in_is_accepted() {
        let nonce = "n1".to_owned().into();
        assert_eq!(check_nonce(&token(r#"{"nonce":"n1","sub":"u"}"#), &nonce), Ok(()));
        for payload in [r#"{"nonce":"n2"}"#, r#"{"sub":"u"}"#, r#"{"nonce":""}"#, r#"{"nonce":null}"#] {
            assert_eq!(check_nonce(&token(payload), &nonce), Err(NonceError::Mismatch), "{payload}");
        }
        for payload in [r#"{"nonce":1}"#, "[]", r#"{"nonce":"n1","nonce":"n1"}"#] {
            assert_eq!(check_nonce(&token(payload), &nonce), Err(NonceError::NotAJwt), "{payload}");
        }
        assert_eq!(check_nonce("a.b.c.d.e", &nonce), Err(NonceError::Encrypted));
        assert_eq!(check_nonce("opaque", &nonce), Err(NonceError::NotAJwt));
    }

    #[test]
    fn a_payload_that_is_not_utf8_is_refused_even_where_no_claim_of_ours_is() {
        let payload = URL_SAFE_NO_PAD.encode(b"{\"sub\":\"\xff\",\"nonce\":\"n1\"}");
        let token = format!("e30.{payload}.c2ln");
        assert_eq!(check_nonce(&token, &"n1".to_owned().into()), Err(NonceError::NotAJwt));
    }

    #[test]
    fn no_nonce_is_not_an_empty_one() {
        assert_eq!(check_nonce(&token("{}"), &String::new().into()), Err(NonceError::Mismatch));
    }
}
