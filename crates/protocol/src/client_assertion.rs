//! The client assertion of `private_key_jwt`: RFC 7523 section 3, OpenID Connect Core section 9,
//! and RFC 10070, which makes the issuer the sole audience and gives the type a name of its own.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jws::{JwsHeader, serialize_compact};
use secrecy::SecretString;
use serde::Serialize;

use crate::signing_key::SigningKey;
use crate::time::UnixTime;

/// The value of `client_assertion_type` (RFC 7523 section 2.2).
pub const CLIENT_ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What every assertion says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `iss` and `sub`.
    pub idp_client_id: String,
    /// `aud`: pinned by the operator, never taken from what the IdP says of itself.
    pub audience: String,
    /// The header's `typ`.
    pub typ: AssertionType,
    /// From `iat` to `exp`.
    pub lifetime: Duration,
}

/// The header's `typ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssertionType {
    /// `client-authentication+jwt` (RFC 10070).
    ClientAuthentication,
    /// `JWT`, as older IdPs document it.
    Jwt,
}

impl AssertionType {
    /// The value as it is written in the header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientAuthentication => "client-authentication+jwt",
            Self::Jwt => "JWT",
        }
    }
}

/// The JOSE library couldn't sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the JOSE library could not sign")]
pub struct SignError;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: String,
    iat: UnixTime,
    exp: UnixTime,
}

/// Signs a fresh assertion. `jti` are 16 random bytes, to be used for nothing else.
///
/// # Errors
/// [`SignError`] if the JOSE library fails.
pub fn sign(
    settings: &Settings,
    key: &SigningKey,
    jti: &[u8; 16],
    now: UnixTime,
) -> Result<SecretString, SignError> {
    let mut header = JwsHeader::new();
    header.set_key_id(key.kid());
    header.set_token_type(settings.typ.as_str());
    for (name, value) in key.certificate() {
        header.set_claim(name, Some(value.clone())).map_err(|_| SignError)?;
    }
    let claims = Claims {
        iss: &settings.idp_client_id,
        sub: &settings.idp_client_id,
        aud: &settings.audience,
        jti: URL_SAFE_NO_PAD.encode(jti),
        iat: now,
        exp: now.after(settings.lifetime),
    };
    let payload = serde_json::to_vec(&claims).map_err(|_| SignError)?;
    serialize_compact(&payload, &header, key.signer()).map(Into::into).map_err(|_| SignError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate_header::CertificateHeader;
    use crate::signing_key::Selection;
    use josekit::jwk::Jwk;
    use josekit::jwk::alg::ec::EcCurve;
    use josekit::jws::{ES256, deserialize_compact};
    use secrecy::ExposeSecret as _;
    use serde_json::{Value, json};

    fn signed_header(jwk: &Jwk, certificate_header: CertificateHeader) -> Value {
        let selection = Selection { certificate_header, ..Selection::default() };
        let key = SigningKey::parse(&jwk.to_string().into(), &selection).unwrap();
        let settings = Settings {
            idp_client_id: "client".into(),
            audience: "https://idp.example/".into(),
            typ: AssertionType::Jwt,
            lifetime: Duration::from_mins(1),
        };
        let assertion = sign(&settings, &key, &[0xff; 16], UnixTime(1_000)).unwrap();
        let verifier = ES256.verifier_from_jwk(&jwk.to_public_key().unwrap()).unwrap();
        let (_, header) = deserialize_compact(assertion.expose_secret(), &verifier).unwrap();
        Value::Object(header.claims_set().clone())
    }

    #[test]
    fn the_header_names_the_certificate_where_the_setting_asks_for_it() {
        let mut jwk = Jwk::generate_ec_key(EcCurve::P256).unwrap();
        jwk.set_key_id("k1");
        jwk.set_algorithm("ES256");
        jwk.set_parameter("x5c", Some(json!(["YWJj"]))).unwrap();
        let mut expected = json!({"alg": "ES256", "kid": "k1", "typ": "JWT"});
        assert_eq!(signed_header(&jwk, CertificateHeader::None), expected);
        expected["x5t#S256"] = json!("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
        assert_eq!(signed_header(&jwk, CertificateHeader::Thumbprint), expected);
        expected["x5c"] = json!(["YWJj"]);
        assert_eq!(signed_header(&jwk, CertificateHeader::Chain), expected);
    }

    #[test]
    fn the_assertion_says_who_for_whom_and_for_how_long() {
        let mut jwk = Jwk::generate_ec_key(EcCurve::P256).unwrap();
        jwk.set_key_id("k1");
        jwk.set_algorithm("ES256");
        let key = SigningKey::parse(&jwk.to_string().into(), &Selection::default()).unwrap();
        let settings = Settings {
            idp_client_id: "client".into(),
            audience: "https://idp.example/".into(),
            typ: AssertionType::ClientAuthentication,
            lifetime: Duration::from_mins(1),
        };
        let assertion = sign(&settings, &key, &[0xff; 16], UnixTime(1_000)).unwrap();
        let verifier = ES256.verifier_from_jwk(&jwk.to_public_key().unwrap()).unwrap();
        let (payload, header) = deserialize_compact(assertion.expose_secret(), &verifier).unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(&payload).unwrap(),
            json!({"iss": "client", "sub": "client", "aud": "https://idp.example/",
                   "jti": "_____________________w", "iat": 1000, "exp": 1060})
        );
        assert_eq!(
            Value::Object(header.claims_set().clone()),
            json!({"alg": "ES256", "kid": "k1", "typ": "client-authentication+jwt"})
        );
    }
}
