//! How Cognito proves to `/token` who it is: by its client secret, in the form
//! (`client_secret_post`) or as HTTP Basic (RFC 6749 section 2.3.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::parameters::{UniqueParameters, decode};

/// The credentials that came with a token request, unchecked.
#[derive(Debug)]
pub struct Credentials {
    client_id: String,
    client_secret: SecretString,
}

/// No one set of credentials could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// A secret in the form and an `Authorization` header (RFC 6749 section 2.3: one method only).
    #[error("two methods of client authentication at once")]
    TwoMethods,
    /// None, or incomplete, or unreadable.
    #[error("no usable client credentials")]
    Missing,
}

impl Credentials {
    /// Takes the credentials from the form or the `Authorization` header.
    ///
    /// # Errors
    /// See [`CredentialsError`].
    pub fn read(form: &UniqueParameters, authorization: Option<&str>) -> Result<Self, CredentialsError> {
        let Some(authorization) = authorization else {
            let client_id = form.get("client_id").ok_or(CredentialsError::Missing)?;
            let client_secret = form.get("client_secret").ok_or(CredentialsError::Missing)?;
            return Ok(Self {
                client_id: client_id.to_owned(),
                client_secret: client_secret.to_owned().into(),
            });
        };
        if form.get("client_secret").is_some() {
            return Err(CredentialsError::TwoMethods);
        }
        let credentials = basic(authorization).ok_or(CredentialsError::Missing)?;
        // A client_id in the form is allowed beside Basic, but it must name the same client.
        if form.get("client_id").is_some_and(|client_id| client_id != credentials.client_id) {
            return Err(CredentialsError::Missing);
        }
        Ok(credentials)
    }

    /// Whether these are Cognito's. The time this takes depends neither on the content nor on the
    /// length of either secret, since digests are compared.
    #[must_use]
    pub fn are(&self, client_id: &str, client_secret: &SecretString) -> bool {
        let same = |given: &str, expected: &str| {
            Sha256::digest(given.as_bytes()).as_slice().ct_eq(Sha256::digest(expected.as_bytes()).as_slice())
        };
        let secret = same(self.client_secret.expose_secret(), client_secret.expose_secret());
        (same(&self.client_id, client_id) & secret).into()
    }
}

/// RFC 7617, with both parts form-encoded first (RFC 6749 section 2.3.1).
fn basic(authorization: &str) -> Option<Credentials> {
    let (scheme, encoded) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client_id, client_secret) = decoded.split_once(':')?;
    let client_id = decode(client_id).ok()?;
    let client_secret = decode(client_secret).ok().filter(|secret| !secret.is_empty())?;
    Some(Credentials { client_id, client_secret: client_secret.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Parameters;

    const SECRET: &str = "a=b&c%d+\u{e9} f";

    fn form(raw: &str) -> UniqueParameters {
        Parameters::parse(raw).unwrap().all_unique().unwrap()
    }

    fn encoded(text: &str) -> String {
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
    }

    fn basic_of(id: &str, secret: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
    }

    fn accepted(form: &UniqueParameters, authorization: Option<&str>) -> bool {
        Credentials::read(form, authorization)
            .is_ok_and(|credentials| credentials.are("client", &SECRET.to_owned().into()))
    }

    #[test]
    fn the_secret_is_accepted_in_the_form_and_as_basic() {
        assert!(accepted(&form(&format!("client_id=client&client_secret={}", encoded(SECRET))), None));
        assert!(accepted(&form(""), Some(&basic_of("client", SECRET))));
        assert!(accepted(&form("client_id=client"), Some(&basic_of("client", SECRET))));
    }

    #[test]
    fn a_wrong_or_missing_part_is_refused() {
        let nearly = SECRET.strip_suffix('f').unwrap();
        for (id, secret) in
            [("client", nearly), ("client", ""), ("", SECRET), ("Client", SECRET), ("client", "x")]
        {
            let raw = format!("client_id={id}&client_secret={}", encoded(secret));
            assert!(!accepted(&form(&raw), None), "{raw}");
            assert!(!accepted(&form(""), Some(&basic_of(id, secret))), "{raw}");
        }
        for authorization in [
            "",
            "Basic",
            "Basic !",
            &basic_of("client", SECRET).replace("Basic", "Bsic"),
            "Bearer abc",
            "Basic YQ==",
        ] {
            assert!(!accepted(&form("client_id=client"), Some(authorization)), "{authorization}");
        }
        assert!(!accepted(&form("client_id=other"), Some(&basic_of("client", SECRET))));
    }

    #[test]
    fn two_methods_at_once_are_refused() {
        let read =
            Credentials::read(&form("client_id=client&client_secret=x"), Some(&basic_of("client", SECRET)));
        assert_eq!(read.err(), Some(CredentialsError::TwoMethods));
    }
}
