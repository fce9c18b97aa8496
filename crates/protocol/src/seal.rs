//! Sealing: what the browser carries for the proxy, unreadable and unchangeable for it.
//!
//! A sealed text is a compact JWE (RFC 7516) with `A256KW` and `A256GCM`. Each has a content key of
//! its own, so no number of messages wears a key out. Two keys, one per purpose, come by HKDF-SHA256
//! (RFC 5869) from one secret, and are bound to this user pool and this client at this IdP.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use josekit::jwe::alg::aeskw::{AeskwJweDecrypter, AeskwJweEncrypter};
use josekit::jwe::{A256KW, JweHeader, deserialize_compact, serialize_compact};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::pkce::CodeVerifier;
use crate::time::UnixTime;
use crate::transaction::{
    GRANT_LIFETIME, Grant, Handle, SignInId, TRANSACTION_LIFETIME, Transaction, is_alive,
};

/// A floor against mistakes. The documentation asks for 256 random bits, 43 characters of base64.
const SECRET_MIN_LENGTH: usize = 32;

/// The base64url lengths of the middle parts: a wrapped 256-bit key (40 bytes), a 96-bit
/// initialization vector, and a full 128-bit tag. The JOSE library itself would accept a shorter
/// tag, and panics on a wrapped key of under 8 bytes.
const WRAPPED_KEY_LENGTH: usize = 54;
const INITIALIZATION_VECTOR_LENGTH: usize = 16;
const TAG_LENGTH: usize = 22;

const CONTENT_ENCRYPTION: &str = "A256GCM";

/// What the keys are bound to, so that a sealed text means nothing to another user pool, client
/// or IdP, even one that was given the same secret.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Where the browser goes back to: the user pool.
    pub cognito_redirect_uri: String,
    /// The issuer identifier of the IdP.
    pub idp_issuer: String,
    /// The client identifier at the IdP.
    pub idp_client_id: String,
}

impl Binding {
    /// All of it in one text. No part can contain NUL, so the parts can't run together.
    #[must_use]
    pub fn joined(&self) -> String {
        [&*self.cognito_redirect_uri, &self.idp_issuer, &self.idp_client_id].join("\0")
    }
}

/// The secret can't be used for sealing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealingKeyError {
    /// Too short to be random enough.
    #[error("is shorter than {SECRET_MIN_LENGTH} characters")]
    TooShort,
    /// The JOSE library refused the key.
    #[error("was refused by the JOSE library")]
    Refused,
}

/// Sealing failed, which only a broken random source or memory can cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the JOSE library could not seal")]
pub struct SealError;

/// Why a sealed text doesn't open. The caller learns none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Well-formed, but sealed under another version of the secret (or made up).
    #[error("sealed under an unknown key")]
    UnknownKey,
    /// Not a text that this key sealed for this purpose.
    #[error("forged or damaged")]
    Forged,
    /// It was ours, and its time is over.
    #[error("expired")]
    Expired,
}

/// The two keys that one version of the secret gives.
pub struct SealingKeys {
    transaction: SealingKey,
    grant: SealingKey,
    header: Header,
}

impl SealingKeys {
    /// Derives the keys from `secret`, of which `version_id` becomes the `kid`.
    ///
    /// # Errors
    /// See [`SealingKeyError`].
    pub fn derive(
        secret: &SecretString,
        version_id: &str,
        binding: &Binding,
    ) -> Result<Self, SealingKeyError> {
        let secret = secret.expose_secret();
        if secret.len() < SECRET_MIN_LENGTH {
            return Err(SealingKeyError::TooShort);
        }
        let hkdf = Hkdf::<Sha256>::new(None, secret.as_bytes());
        let key = |purpose: &str| {
            let mut key = Zeroizing::new([0_u8; 32]);
            let info = format!("cognito-oidc-proxy/1\0{purpose}\0{}", binding.joined());
            hkdf.expand(info.as_bytes(), key.as_mut()).map_err(|_| SealingKeyError::Refused)?;
            SealingKey::new(key.as_ref())
        };
        let (transaction, grant) = (key("transaction")?, key("grant")?);
        let header = Header::new(version_id, &transaction)?;
        Ok(Self { transaction, grant, header })
    }

    /// Seals a transaction for the browser to keep.
    ///
    /// # Errors
    /// [`SealError`] if the JOSE library fails.
    pub fn seal_transaction(&self, transaction: &Transaction) -> Result<String, SealError> {
        let sealed = SealedTransaction {
            handle: transaction.handle.expose().to_owned(),
            cognito_state: transaction.cognito_state.expose_secret().to_owned(),
            code_verifier: transaction.code_verifier.expose().to_owned(),
            nonce: transaction.nonce.expose_secret().to_owned(),
            expires_at: transaction.expires_at,
        };
        self.transaction.seal(&self.header, &sealed)
    }

    /// Opens a transaction and compares its whole handle.
    ///
    /// # Errors
    /// See [`OpenError`]; another transaction's handle is [`OpenError::Forged`].
    pub fn open_transaction(
        &self,
        sealed: &str,
        handle: &Handle,
        now: UnixTime,
    ) -> Result<Transaction, OpenError> {
        let opened: SealedTransaction = self.transaction.open(&self.header, sealed)?;
        if opened.handle != handle.expose() {
            return Err(OpenError::Forged);
        }
        if !is_alive(opened.expires_at, TRANSACTION_LIFETIME, now) {
            return Err(OpenError::Expired);
        }
        Ok(Transaction {
            handle: handle.clone(),
            cognito_state: opened.cognito_state.into(),
            code_verifier: CodeVerifier::from_kept(opened.code_verifier),
            nonce: opened.nonce.into(),
            expires_at: opened.expires_at,
        })
    }

    /// Seals a grant into the `code` that Cognito receives.
    ///
    /// # Errors
    /// [`SealError`] if the JOSE library fails.
    pub fn seal_grant(&self, grant: &Grant) -> Result<String, SealError> {
        let sealed = SealedGrant {
            sign_in_id: grant.sign_in_id.clone(),
            idp_code: grant.idp_code.expose_secret().to_owned(),
            code_verifier: grant.code_verifier.expose().to_owned(),
            nonce: grant.nonce.expose_secret().to_owned(),
            expires_at: grant.expires_at,
        };
        self.grant.seal(&self.header, &sealed)
    }

    /// Opens the `code` that Cognito sent.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_grant(&self, code: &str, now: UnixTime) -> Result<Grant, OpenError> {
        let opened: SealedGrant = self.grant.open(&self.header, code)?;
        if !is_alive(opened.expires_at, GRANT_LIFETIME, now) {
            return Err(OpenError::Expired);
        }
        Ok(Grant {
            sign_in_id: opened.sign_in_id,
            idp_code: opened.idp_code.into(),
            code_verifier: CodeVerifier::from_kept(opened.code_verifier),
            nonce: opened.nonce.into(),
            expires_at: opened.expires_at,
        })
    }
}

/// Shows nothing: the keys open every sign-in under way.
impl std::fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKeys([REDACTED])")
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedTransaction {
    handle: String,
    cognito_state: String,
    code_verifier: String,
    nonce: String,
    expires_at: UnixTime,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedGrant {
    sign_in_id: SignInId,
    idp_code: String,
    code_verifier: String,
    nonce: String,
    expires_at: UnixTime,
}

/// What is read of a protected header: these members and no others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedHeader {
    alg: String,
    enc: String,
    kid: String,
}

/// The protected header of every text under one version of the secret.
struct Header {
    header: JweHeader,
    /// As the first part of a text, to the letter.
    part: String,
}

impl Header {
    /// Takes the part from a sample that `key` seals.
    fn new(kid: &str, key: &SealingKey) -> Result<Self, SealingKeyError> {
        let mut header = JweHeader::new();
        header.set_content_encryption(CONTENT_ENCRYPTION);
        header.set_key_id(kid);
        let sample = serialize_compact(b"", &header, &key.encrypter).map_err(|_| SealingKeyError::Refused)?;
        let part = sample.split('.').next().unwrap_or_default().to_owned();
        Ok(Self { header, part })
    }

    /// Whether `part` is ours but for the version of the secret.
    fn differs_in_kid(&self, part: &str) -> bool {
        URL_SAFE_NO_PAD
            .decode(part)
            .ok()
            .and_then(|json| serde_json::from_slice::<SealedHeader>(&json).ok())
            .is_some_and(|header| {
                header.alg == "A256KW"
                    && header.enc == CONTENT_ENCRYPTION
                    && self.header.key_id() != Some(&header.kid)
            })
    }
}

struct SealingKey {
    encrypter: AeskwJweEncrypter,
    decrypter: AeskwJweDecrypter,
}

impl SealingKey {
    fn new(key: &[u8]) -> Result<Self, SealingKeyError> {
        let refused = |_| SealingKeyError::Refused;
        let encrypter = A256KW.encrypter_from_bytes(key).map_err(refused)?;
        let decrypter = A256KW.decrypter_from_bytes(key).map_err(refused)?;
        Ok(Self { encrypter, decrypter })
    }

    fn seal(&self, header: &Header, payload: &impl Serialize) -> Result<String, SealError> {
        let payload = Zeroizing::new(serde_json::to_vec(payload).map_err(|_| SealError)?);
        serialize_compact(&payload, &header.header, &self.encrypter).map_err(|_| SealError)
    }

    /// Hands a text to the JOSE library only when all but its ciphertext has the one form that
    /// [`Self::seal`] writes: no other algorithm, compression or length is even tried.
    fn open<T: for<'de> Deserialize<'de>>(&self, header: &Header, sealed: &str) -> Result<T, OpenError> {
        let parts: Vec<&str> = sealed.split('.').collect();
        let [header_part, wrapped_key, vector, _, tag] = parts.as_slice() else {
            return Err(OpenError::Forged);
        };
        if wrapped_key.len() != WRAPPED_KEY_LENGTH
            || vector.len() != INITIALIZATION_VECTOR_LENGTH
            || tag.len() != TAG_LENGTH
        {
            return Err(OpenError::Forged);
        }
        if *header_part != header.part {
            let differs_in_kid = header.differs_in_kid(header_part);
            return Err(if differs_in_kid { OpenError::UnknownKey } else { OpenError::Forged });
        }
        let (payload, _) = deserialize_compact(sealed, &self.decrypter).map_err(|_| OpenError::Forged)?;
        let payload = Zeroizing::new(payload);
        serde_json::from_slice(&payload).map_err(|_| OpenError::Forged)
    }
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;
