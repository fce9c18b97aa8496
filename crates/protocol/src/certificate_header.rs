//! What a client assertion's header says of the signing key's certificate (RFC 7515 sections 4.1.6
//! and 4.1.8), for IdPs that register a certificate. Only public members of the JWK are read.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// The members about the certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CertificateHeader {
    /// None: the IdP finds the key by its `kid`.
    #[default]
    None,
    /// The thumbprint, `x5t#S256`.
    Thumbprint,
    /// The thumbprint and the certificate, or its chain, `x5c`.
    Chain,
}

/// The setting asks for a certificate that the key hasn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("has no certificate ({missing}), which client_assertion_certificate_header asks for")]
pub struct NoCertificate {
    missing: &'static str,
}

const THUMBPRINT: &str = "x5t#S256";
const CHAIN: &str = "x5c";

impl CertificateHeader {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Thumbprint, Self::Chain];

    /// The setting's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Thumbprint => THUMBPRINT,
            Self::Chain => CHAIN,
        }
    }

    /// The header members for a key with these JWK members (RFC 7517 sections 4.7 and 4.9).
    pub(crate) fn members(
        self,
        jwk: &Map<String, Value>,
    ) -> Result<Vec<(&'static str, Value)>, NoCertificate> {
        let thumbprint = || thumbprint(jwk).ok_or(NoCertificate { missing: THUMBPRINT });
        let chain = || jwk.get(CHAIN).filter(|chain| first_certificate(chain).is_some());
        Ok(match self {
            Self::None => Vec::new(),
            Self::Thumbprint => vec![(THUMBPRINT, thumbprint()?.into())],
            Self::Chain => {
                let chain = chain().ok_or(NoCertificate { missing: CHAIN })?;
                vec![(THUMBPRINT, thumbprint()?.into()), (CHAIN, chain.clone())]
            }
        })
    }
}

/// The thumbprint of the certificate that is there, or else the one that the JWK names.
fn thumbprint(jwk: &Map<String, Value>) -> Option<String> {
    match jwk.get(CHAIN).and_then(first_certificate) {
        Some(der) => Some(URL_SAFE_NO_PAD.encode(Sha256::digest(der))),
        None => jwk.get(THUMBPRINT).and_then(Value::as_str).map(str::to_owned),
    }
}

/// The first certificate of a chain is the key's own; it's in base64, not base64url.
fn first_certificate(chain: &Value) -> Option<Vec<u8>> {
    STANDARD.decode(chain.as_array()?.first()?.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn members(header: CertificateHeader, jwk: &Value) -> Result<Value, NoCertificate> {
        let members = header.members(jwk.as_object().unwrap())?;
        Ok(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    #[test]
    fn each_setting_adds_its_members_and_computes_the_thumbprint_itself() {
        // The SHA-256 of "abc", from FIPS 180-2 appendix B.1.
        let thumbprint = "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";
        let jwk = json!({"x5c": ["YWJj", "AAAA"], "x5t#S256": "stale"});
        assert_eq!(members(CertificateHeader::None, &jwk), Ok(json!({})));
        assert_eq!(members(CertificateHeader::Thumbprint, &jwk), Ok(json!({"x5t#S256": thumbprint})));
        assert_eq!(
            members(CertificateHeader::Chain, &jwk),
            Ok(json!({"x5t#S256": thumbprint, "x5c": ["YWJj", "AAAA"]}))
        );
    }

    #[test]
    fn a_thumbprint_alone_is_enough_for_a_thumbprint() {
        let jwk = json!({"x5t#S256": "known"});
        assert_eq!(members(CertificateHeader::Thumbprint, &jwk), Ok(json!({"x5t#S256": "known"})));
        assert!(members(CertificateHeader::Chain, &jwk).is_err());
    }

    #[test]
    fn a_key_without_a_certificate_is_refused_where_one_is_asked_for() {
        for jwk in [json!({}), json!({"x5c": []}), json!({"x5c": ["not base64!"]}), json!({"x5c": "YWJj"})] {
            assert_eq!(members(CertificateHeader::None, &jwk), Ok(json!({})));
            assert!(members(CertificateHeader::Thumbprint, &jwk).is_err(), "{jwk}");
            assert!(members(CertificateHeader::Chain, &jwk).is_err(), "{jwk}");
        }
    }
}
