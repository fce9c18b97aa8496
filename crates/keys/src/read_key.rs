//! Private keys in the forms that IdPs and tools hand out: PEM (PKCS#1, PKCS#8, SEC1, encrypted or
//! not), a JWK, or a JWK Set. What comes out is a private JWK; nothing else of the text is kept.

use std::fmt::Display;

use openssl::pkey::PKey;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::private_jwk::{KeyError, PrivateJwk};

/// Why no private key could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadKeyError {
    /// Neither PEM nor JSON, or without a private key.
    #[error("holds no private key as PEM (PKCS#1, PKCS#8, SEC1), JWK or JWK Set")]
    NoKey,
    /// OpenSSH's own format.
    #[error("is a key in OpenSSH's format; ssh-keygen -p -m PKCS8 turns it into one that is taken")]
    OpenSsh,
    /// Encrypted, and it stayed so.
    #[error("is encrypted, and the passphrase is wrong")]
    Passphrase,
    /// Encrypted, and nobody could be asked.
    #[error("is encrypted, and its passphrase could not be asked for: {0}")]
    NoPassphrase(String),
    /// A set with several private keys.
    #[error("holds several private keys; choose one by --select: {0}")]
    Several(String),
    /// A set without the chosen key.
    #[error("holds no private key with the kid that --select names")]
    NoSuchKid,
    /// There is a key, but it can't be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Reads the one private key in `text`, or the one whose `kid` is `select`. `passphrase` is called
/// only for an encrypted key.
///
/// # Errors
/// See [`ReadKeyError`].
pub fn private_key<E: Display>(
    text: &str,
    select: Option<&str>,
    passphrase: impl FnOnce() -> Result<Zeroizing<String>, E>,
) -> Result<PrivateJwk, ReadKeyError> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => jwk(object, select),
        _ if text.contains("-----BEGIN OPENSSH PRIVATE KEY-----") => Err(ReadKeyError::OpenSsh),
        _ if text.contains("PRIVATE KEY-----") => pem(text, passphrase),
        _ => Err(ReadKeyError::NoKey),
    }
}

/// The keys of a JWK Set, or the one JWK.
#[must_use]
pub fn jwks_of(mut object: Map<String, Value>) -> Vec<Map<String, Value>> {
    match object.remove("keys") {
        Some(Value::Array(keys)) => keys
            .into_iter()
            .filter_map(|key| match key {
                Value::Object(members) => Some(members),
                _ => None,
            })
            .collect(),
        _ => vec![object],
    }
}

fn jwk(object: Map<String, Value>, select: Option<&str>) -> Result<PrivateJwk, ReadKeyError> {
    let is_set = object.contains_key("keys");
    let found: Vec<_> = jwks_of(object).into_iter().map(PrivateJwk::from_members).collect();
    let alone = !is_set && select.is_none();
    let mut keys = Vec::new();
    for key in found {
        match key {
            // Of a set, public keys are passed over; one that was named for its own is looked at.
            Err(KeyError::PublicOnly) if !alone => {}
            key => keys.push(key?),
        }
    }
    if let Some(kid) = select {
        let key = keys.into_iter().find(|key| key.text("kid") == Some(kid));
        return key.ok_or(ReadKeyError::NoSuchKid);
    }
    if keys.len() > 1 {
        let kids: Vec<&str> = keys.iter().map(|key| key.text("kid").unwrap_or("(without a kid)")).collect();
        return Err(ReadKeyError::Several(kids.join(", ")));
    }
    keys.pop().ok_or(ReadKeyError::NoKey)
}

fn pem<E: Display>(
    text: &str,
    passphrase: impl FnOnce() -> Result<Zeroizing<String>, E>,
) -> Result<PrivateJwk, ReadKeyError> {
    let mut asked = false;
    let mut not_asked = None;
    let key = PKey::private_key_from_pem_callback(text.as_bytes(), |buffer| {
        asked = true;
        match passphrase() {
            Ok(passphrase) => {
                let bytes = passphrase.as_bytes();
                // One that doesn't fit is wrong: OpenSSL itself takes 1,024 bytes at most.
                Ok(buffer.get_mut(..bytes.len()).map_or(0, |start| {
                    start.copy_from_slice(bytes);
                    bytes.len()
                }))
            }
            Err(error) => {
                not_asked = Some(error.to_string());
                Ok(0)
            }
        }
    });
    match (key, not_asked) {
        (Ok(key), _) => Ok(PrivateJwk::from_pkey(&key)?),
        (Err(_), Some(reason)) => Err(ReadKeyError::NoPassphrase(reason)),
        (Err(_), None) if asked => Err(ReadKeyError::Passphrase),
        (Err(_), None) => Err(ReadKeyError::NoKey),
    }
}

#[cfg(test)]
#[path = "read_key_tests.rs"]
mod tests;
