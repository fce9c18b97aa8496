//! The client's published keys: a JWK Set (RFC 7517 section 5) for IdPs that fetch it. Nothing but
//! public members ever gets into a set, and what is published is written anew from what was checked.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::reply::Reply;

/// Members whose presence means that a private or secret key lies here (RFC 7518 section 6.2.2,
/// 6.3.2 and 6.4.1, RFC 8037 section 2).
pub const PRIVATE_MEMBERS: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// What a public signing or encryption key may say (RFC 7517 section 4, RFC 7518 section 6).
const PUBLIC_MEMBERS: [&str; 16] = [
    "alg", "crv", "e", "exp", "iat", "key_ops", "kid", "kty", "n", "nbf", "use", "x", "x5c", "x5t",
    "x5t#S256", "y",
];

/// Why a set can't be published. Nothing of a key's content is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// Not an object with an array of objects named `keys`.
    #[error("is not a JWK Set ({{\"keys\": [...]}})")]
    NotASet,
    /// A set without a key would end all sign-ins.
    #[error("is a JWK Set without a key")]
    NoKey,
    /// A private key.
    #[error("holds a PRIVATE key (member {0}): nothing is published. Replace that key at once")]
    Private(&'static str),
    /// A member that isn't known to be public.
    #[error("holds a key with a member that is not known to be public: nothing is published")]
    UnknownMember,
    /// `kty` isn't RSA, EC or OKP, or what makes such a key isn't there.
    #[error("holds a key that is not a complete public RSA, EC or OKP key")]
    Incomplete,
    /// No `kid`.
    #[error("holds a key without a kid, by which the IdP finds it")]
    NoKid,
    /// Two keys of one name.
    #[error("holds two keys of one kid")]
    RepeatedKid,
}

/// Public keys, each with a `kid` of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicJwkSet(Vec<Map<String, Value>>);

impl PublicJwkSet {
    /// Reads a JWK Set.
    ///
    /// # Errors
    /// See [`JwksError`].
    pub fn parse(text: &str) -> Result<Self, JwksError> {
        let Ok(Value::Object(mut set)) = serde_json::from_str(text) else {
            return Err(JwksError::NotASet);
        };
        // A bare private JWK is the likeliest mistake, so it gets its own words.
        check_no_private_member(&set)?;
        let Some(Value::Array(keys)) = set.remove("keys") else {
            return Err(JwksError::NotASet);
        };
        let objects = keys.into_iter().map(|key| match key {
            Value::Object(members) => Ok(members),
            _ => Err(JwksError::NotASet),
        });
        Self::from_keys(objects.collect::<Result<_, _>>()?)
    }

    /// Makes a set of these keys.
    ///
    /// # Errors
    /// See [`JwksError`].
    pub fn from_keys(keys: Vec<Map<String, Value>>) -> Result<Self, JwksError> {
        // Of everything that is wrong, a private key is what must be told.
        keys.iter().try_for_each(check_no_private_member)?;
        keys.iter().try_for_each(check_public_key)?;
        let kids: BTreeSet<&str> = keys.iter().filter_map(|key| text(key, "kid")).collect();
        match keys.len() {
            0 => Err(JwksError::NoKey),
            count if count > kids.len() => Err(JwksError::RepeatedKid),
            _ => Ok(Self(keys)),
        }
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &[Map<String, Value>] {
        &self.0
    }

    /// Whether a key of this `kid` is in the set.
    #[must_use]
    pub fn has(&self, kid: &str) -> bool {
        self.0.iter().any(|key| text(key, "kid") == Some(kid))
    }

    /// The set as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let keys = self.0.iter().cloned().map(Value::Object).collect();
        Value::Object([("keys".to_owned(), Value::Array(keys))].into_iter().collect()).to_string()
    }
}

fn text<'a>(key: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    key.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn check_no_private_member(key: &Map<String, Value>) -> Result<(), JwksError> {
    match PRIVATE_MEMBERS.into_iter().find(|name| key.contains_key(*name)) {
        Some(name) => Err(JwksError::Private(name)),
        None => Ok(()),
    }
}

fn check_public_key(key: &Map<String, Value>) -> Result<(), JwksError> {
    if !key.keys().all(|name| PUBLIC_MEMBERS.contains(&name.as_str())) {
        return Err(JwksError::UnknownMember);
    }
    let plain = |(name, value): (&String, &Value)| match name.as_str() {
        "x5c" | "key_ops" => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
        "exp" | "iat" | "nbf" => value.is_number(),
        _ => value.is_string(),
    };
    if !key.iter().all(plain) {
        return Err(JwksError::Incomplete);
    }
    let needed: &[&str] = match text(key, "kty") {
        Some("RSA") => &["n", "e"],
        Some("EC") => &["crv", "x", "y"],
        Some("OKP") => &["crv", "x"],
        _ => return Err(JwksError::Incomplete),
    };
    if needed.iter().any(|name| text(key, name).is_none()) {
        return Err(JwksError::Incomplete);
    }
    text(key, "kid").map(|_| ()).ok_or(JwksError::NoKid)
}

/// The document at the JWKS URL, ready to be served.
#[derive(Debug, Clone)]
pub struct JwksDocument {
    body: String,
    etag: String,
}

impl JwksDocument {
    /// Writes the document of a set.
    #[must_use]
    pub fn new(set: &PublicJwkSet) -> Self {
        let body = set.to_json();
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&body)));
        Self { body, etag }
    }

    /// The answer to a request with this `If-None-Match`; others may keep it for `max_age`.
    #[must_use]
    pub fn reply(&self, if_none_match: Option<&str>, max_age: Duration) -> Reply {
        let unchanged = if_none_match.is_some_and(|condition| self.is_among(condition));
        let (status, body) = if unchanged { (304, "") } else { (200, self.body.as_str()) };
        Reply::public_json(status, body, &self.etag, max_age)
    }

    /// RFC 9110 section 13.1.2: any of the listed tags, weak or strong, or `*`.
    fn is_among(&self, if_none_match: &str) -> bool {
        if_none_match
            .split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.etag)
    }
}

#[cfg(test)]
#[path = "jwks_tests.rs"]
mod tests;
