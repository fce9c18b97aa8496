//! The signature algorithms of client assertions, and which keys fit them. It reads no key.

use josekit::jwk::Jwk;
use josekit::jws::{ES256, ES384, ES512, EdDSA, JwsSigner, PS256, PS384, PS512, RS256, RS384, RS512};

/// The JWS algorithms that a client assertion may be signed with (RFC 7518 section 3.1, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the registry")]
pub enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    Es512,
    EdDsa,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
    ];

    /// The name as the registry spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// The `kty` of its keys.
    #[must_use]
    pub fn key_type(self) -> &'static str {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => "RSA",
            Self::Es256 | Self::Es384 | Self::Es512 => "EC",
            Self::EdDsa => "OKP",
        }
    }

    /// Whether keys on this curve (`crv`) are its own. RSA keys have none.
    #[must_use]
    pub fn fits_curve(self, curve: Option<&str>) -> bool {
        match self {
            Self::Es256 => curve == Some("P-256"),
            Self::Es384 => curve == Some("P-384"),
            Self::Es512 => curve == Some("P-521"),
            Self::EdDsa => matches!(curve, Some("Ed25519" | "Ed448")),
            _ => true,
        }
    }

    pub(crate) fn signer(self, jwk: &Jwk) -> Result<Box<dyn JwsSigner>, josekit::JoseError> {
        Ok(match self {
            Self::Rs256 => Box::new(RS256.signer_from_jwk(jwk)?),
            Self::Rs384 => Box::new(RS384.signer_from_jwk(jwk)?),
            Self::Rs512 => Box::new(RS512.signer_from_jwk(jwk)?),
            Self::Ps256 => Box::new(PS256.signer_from_jwk(jwk)?),
            Self::Ps384 => Box::new(PS384.signer_from_jwk(jwk)?),
            Self::Ps512 => Box::new(PS512.signer_from_jwk(jwk)?),
            Self::Es256 => Box::new(ES256.signer_from_jwk(jwk)?),
            Self::Es384 => Box::new(ES384.signer_from_jwk(jwk)?),
            Self::Es512 => Box::new(ES512.signer_from_jwk(jwk)?),
            Self::EdDsa => Box::new(EdDSA.signer_from_jwk(jwk)?),
        })
    }
}
