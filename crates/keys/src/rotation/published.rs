//! The published keys: the set in Secrets Manager, and what the world sees of it at its URL.

use std::time::Duration;

use protocol::ExposeSecret as _;
use protocol::endpoint::Endpoint;
use protocol::jwks::{JwksError, PublicJwkSet};
use reqwest::Client;
use reqwest::header::CACHE_CONTROL;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::random::version_id;
use super::secrets::{Secrets, SecretsError};
use crate::thumbprint::jwk_thumbprint;

/// More than the longest set needs.
const BODY_MAX_LENGTH: u64 = 256 * 1024;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Why the published keys can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Secrets Manager.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// What is there, or what would be.
    #[error("{secret_id} {problem}")]
    Set {
        /// The secret.
        secret_id: String,
        /// What is wrong.
        problem: JwksError,
    },
    /// The name is taken.
    #[error(
        "{secret_id} publishes another key of this kid, which may be in use: give the new one another (--kid), or withdraw that one first"
    )]
    OtherKey {
        /// The secret.
        secret_id: String,
    },
    /// No identifier for a version.
    #[error(transparent)]
    NoRandomness(#[from] adapters::system::NoRandomness),
}

/// Makes sure that the set holds all of `add` and nothing called one of `remove`. Returns whether
/// something had to be changed.
///
/// # Errors
/// See [`PublishError`]. A set with a private member is neither read on nor written.
pub async fn change(
    secrets: &Secrets,
    secret_id: &str,
    add: &[Map<String, Value>],
    remove: &[&str],
) -> Result<bool, PublishError> {
    let wrong = |problem| PublishError::Set { secret_id: secret_id.to_owned(), problem };
    let current = secrets.version(secret_id, None).await?;
    let current = current.map(|version| PublicJwkSet::parse(version.text.expose_secret())).transpose();
    let before = current.map_err(wrong)?.map(|set| set.keys().to_vec()).unwrap_or_default();
    let kid = |key: &Map<String, Value>| key.get("kid").cloned();
    let taken = |new: &&Map<String, Value>| {
        before.iter().any(|old| kid(old) == kid(new) && jwk_thumbprint(old) != jwk_thumbprint(new))
    };
    if add.iter().find(taken).is_some() {
        return Err(PublishError::OtherKey { secret_id: secret_id.to_owned() });
    }
    let mut after: Vec<Map<String, Value>> = before
        .iter()
        .filter(|key| !remove.iter().any(|gone| kid(key) == Some((*gone).into())))
        .filter(|key| !add.iter().any(|new| kid(new) == kid(key)))
        .cloned()
        .collect();
    after.extend_from_slice(add);
    if after.len() == before.len() && after.iter().all(|key| before.contains(key)) {
        return Ok(false);
    }
    let set = PublicJwkSet::from_keys(after).map_err(wrong)?;
    secrets.put(secret_id, &version_id()?, &Zeroizing::new(set.to_json())).await?;
    Ok(true)
}

/// The published set, as an IdP gets it.
#[derive(Debug)]
pub struct Seen {
    /// The set.
    pub set: PublicJwkSet,
    /// How long it may be kept.
    pub max_age: Duration,
}

/// Fetches the published set.
///
/// # Errors
/// What came instead, in words.
pub async fn fetch(http: &Client, url: &Endpoint) -> Result<Seen, String> {
    let request = http.get(url.url().clone()).timeout(TIMEOUT);
    let response =
        request.send().await.map_err(|error| format!("{} can't be fetched: {error}", url.as_str()))?;
    if response.status() != 200 {
        return Err(format!("{} answers {}", url.as_str(), response.status()));
    }
    if response.content_length().is_some_and(|length| length > BODY_MAX_LENGTH) {
        return Err(format!("{} answers something too long for keys", url.as_str()));
    }
    let max_age = response.headers().get(CACHE_CONTROL).and_then(|value| max_age(value.to_str().ok()?));
    let body = response.text().await.map_err(|error| error.without_url().to_string())?;
    let set = PublicJwkSet::parse(&body).map_err(|error| format!("{} {error}", url.as_str()))?;
    Ok(Seen { set, max_age: max_age.unwrap_or_default() })
}

/// RFC 9111 section 5.2.2.1.
fn max_age(cache_control: &str) -> Option<Duration> {
    let seconds = cache_control.split(',').find_map(|directive| directive.trim().strip_prefix("max-age="))?;
    seconds.parse().ok().map(Duration::from_secs)
}
