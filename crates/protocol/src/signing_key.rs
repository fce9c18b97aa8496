//! The client's signing key: a private JWK (RFC 7517), alone or in a JWK Set, turned into a signer
//! once. Every refusal says what is wrong with the key, and nothing of what is in it.

use std::fmt;

use josekit::jwk::Jwk;
use josekit::jws::JwsSigner;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

pub use crate::algorithm::Algorithm;
use crate::certificate_header::{CertificateHeader, NoCertificate};

/// Which key, and which algorithm, where the JWK alone doesn't say.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The `kid` of the key to use; without it, the first key of a set with the use `sig`.
    pub kid: Option<String>,
    /// The algorithm; without it, the JWK's `alg`.
    pub algorithm: Option<Algorithm>,
    /// What assertions say of the key's certificate.
    pub certificate_header: CertificateHeader,
}

/// Why a signing key can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// As deployed: nothing was put there yet.
    #[error("is empty: upload the private JWK")]
    Empty,
    /// Not a JSON object.
    #[error("is not a JSON object")]
    NotJson,
    /// No key with the configured `kid`, in a set or alone.
    #[error("has no key of the configured kid (signing_key_kid)")]
    NoSuchKid,
    /// A set without a signing key.
    #[error("is a JWK Set without a key of use \"sig\"")]
    NoSigningKey,
    /// `kty` isn't RSA, EC or OKP.
    #[error("is a key of a type (kty) that cannot sign with a private key; RSA, EC or OKP is needed")]
    KeyType,
    /// Only the public half.
    #[error("holds only the public key; the private JWK is needed")]
    PublicOnly,
    /// `use` or `key_ops` forbid signing.
    #[error("is not meant for signing (use or key_ops)")]
    Use,
    /// No `kid`.
    #[error("has no kid, by which the IdP finds the public key")]
    NoKid,
    /// No `alg`, and none configured.
    #[error("has no alg, and client_assertion_alg is not set")]
    NoAlgorithm,
    /// `alg` isn't one of ours.
    #[error("has an alg that is not supported; RS, PS or ES 256, 384, 512 or EdDSA is needed")]
    UnknownAlgorithm,
    /// The setting says something else than the key.
    #[error("has an alg other than client_assertion_alg")]
    OtherAlgorithm,
    /// The algorithm needs another kind of key.
    #[error("is a key of a type or curve that does not fit its algorithm")]
    AlgorithmMismatch,
    /// RSA under 2048 bits (RFC 7518 section 3.3).
    #[error("is an RSA key of fewer than 2048 bits")]
    TooSmall,
    /// The parts don't make a key. Whether they belong together isn't checked: that would cost a
    /// signature at every start, and the IdP refuses the first assertion.
    #[error(
        "is not a complete private JWK (RSA needs n, e, d, p, q, dp, dq, qi; EC crv, x, y, d; OKP crv, x, d)"
    )]
    Unusable,
    /// The setting asks for a certificate, and the key has none.
    #[error(transparent)]
    NoCertificate(#[from] NoCertificate),
}

/// A key ready to sign, parsed once.
pub struct SigningKey {
    signer: Box<dyn JwsSigner>,
    algorithm: Algorithm,
    kid: String,
    certificate: Vec<(&'static str, Value)>,
}

impl SigningKey {
    /// Reads a private JWK or a JWK Set.
    ///
    /// # Errors
    /// See [`SigningKeyError`].
    pub fn parse(text: &SecretString, selection: &Selection) -> Result<Self, SigningKeyError> {
        let text = text.expose_secret().trim();
        if text.is_empty() {
            return Err(SigningKeyError::Empty);
        }
        let Ok(Value::Object(object)) = serde_json::from_str(text) else {
            return Err(SigningKeyError::NotJson);
        };
        Self::from_jwk(select(object, selection)?, selection)
    }

    /// The `kid` to send in the header.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The header members about the key's certificate, as the setting asks for them.
    pub(crate) fn certificate(&self) -> &[(&'static str, Value)] {
        &self.certificate
    }

    pub(crate) fn signer(&self) -> &dyn JwsSigner {
        self.signer.as_ref()
    }

    fn from_jwk(members: Map<String, Value>, selection: &Selection) -> Result<Self, SigningKeyError> {
        let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let key_type = text("kty").ok_or(SigningKeyError::KeyType)?;
        if !matches!(key_type, "RSA" | "EC" | "OKP") {
            return Err(SigningKeyError::KeyType);
        }
        if text("d").is_none() {
            return Err(SigningKeyError::PublicOnly);
        }
        if !is_for_signing(&members) {
            return Err(SigningKeyError::Use);
        }
        let kid = text("kid").ok_or(SigningKeyError::NoKid)?.to_owned();
        let named = text("alg")
            .map(|name| Algorithm::parse(name).ok_or(SigningKeyError::UnknownAlgorithm))
            .transpose()?;
        let algorithm = match (named, selection.algorithm) {
            (Some(named), Some(configured)) if named != configured => {
                return Err(SigningKeyError::OtherAlgorithm);
            }
            (Some(algorithm), _) | (None, Some(algorithm)) => algorithm,
            (None, None) => return Err(SigningKeyError::NoAlgorithm),
        };
        if algorithm.key_type() != key_type || !algorithm.fits_curve(text("crv")) {
            return Err(SigningKeyError::AlgorithmMismatch);
        }
        if key_type == "RSA" && text("n").is_some_and(|n| n.len() < RSA_2048_MODULUS_LENGTH) {
            return Err(SigningKeyError::TooSmall);
        }
        let certificate = selection.certificate_header.members(&members)?;
        let jwk = Jwk::from_map(members).map_err(|_| SigningKeyError::Unusable)?;
        let signer = algorithm.signer(&jwk).map_err(|_| SigningKeyError::Unusable)?;
        Ok(Self { signer, algorithm, kid, certificate })
    }
}

/// Shows which key it is, and nothing of it.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {:?})", self.algorithm.as_str(), self.kid)
    }
}

/// 2048 bits are 256 bytes, which base64url writes as 342 characters.
const RSA_2048_MODULUS_LENGTH: usize = 342;

/// The one key of a JWK, or the chosen one of a JWK Set (RFC 7517 section 5).
fn select(
    mut object: Map<String, Value>,
    selection: &Selection,
) -> Result<Map<String, Value>, SigningKeyError> {
    let has_kid = |key: &Map<String, Value>| match &selection.kid {
        Some(kid) => key.get("kid").and_then(Value::as_str) == Some(kid),
        None => true,
    };
    let Some(keys) = object.remove("keys") else {
        return if has_kid(&object) { Ok(object) } else { Err(SigningKeyError::NoSuchKid) };
    };
    let Value::Array(keys) = keys else {
        return Err(SigningKeyError::NotJson);
    };
    let mut keys = keys.into_iter().filter_map(|key| match key {
        Value::Object(key) => Some(key),
        _ => None,
    });
    match &selection.kid {
        Some(_) => keys.find(has_kid).ok_or(SigningKeyError::NoSuchKid),
        None => keys
            .find(|key| key.get("use").and_then(Value::as_str) == Some("sig"))
            .ok_or(SigningKeyError::NoSigningKey),
    }
}

/// RFC 7517 sections 4.2 and 4.3: where `use` or `key_ops` are present, they must allow signing.
fn is_for_signing(members: &Map<String, Value>) -> bool {
    let right_use = members.get("use").is_none_or(|value| value == "sig");
    let right_operation = members.get("key_ops").is_none_or(|value| {
        value.as_array().is_some_and(|operations| operations.iter().any(|operation| operation == "sign"))
    });
    right_use && right_operation
}

#[cfg(test)]
#[path = "signing_key_tests.rs"]
mod tests;
