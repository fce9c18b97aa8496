//! A secret, parsed once and kept: fetched before the first request, fetched again when it has
//! reached its age limit, and used past it while Secrets Manager can't be reached.

use std::sync::Arc;
use std::time::Duration;

use protocol::oauth_error::ErrorCode;
use protocol::time::UnixTime;
use tokio::sync::Mutex;

use crate::secrets_manager::{FetchError, SecretVersion, SecretsManager, Stage};

/// The least time between two fetches that requests can cause, whoever sends them.
const REFETCH_INTERVAL: Duration = Duration::from_secs(10);

/// How long a value that is too old is used before a newer one is asked for again.
const RETRY_INTERVAL: Duration = Duration::from_secs(10);

/// The secret can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It couldn't be read.
    #[error("secret {secret_id} can't be read: {source}")]
    Unavailable {
        /// Name or ARN.
        secret_id: String,
        /// Why.
        source: FetchError,
    },
    /// Its content is wrong.
    #[error("secret {secret_id} {problem}")]
    Unusable {
        /// Name or ARN.
        secret_id: String,
        /// What is wrong, without any of the content.
        problem: String,
    },
}

impl SecretError {
    /// The cause as logs name it.
    #[must_use]
    pub fn cause(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "secret_unavailable",
            Self::Unusable { .. } => "secret_unusable",
        }
    }

    /// The OAuth error that says it: what can't be read now may be read later, what is wrong
    /// stays wrong until an operator mends it.
    #[must_use]
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::Unavailable { .. } => ErrorCode::TemporarilyUnavailable,
            Self::Unusable { .. } => ErrorCode::ServerError,
        }
    }
}

type Parse<T> = Box<dyn Fn(&SecretVersion) -> Result<T, String> + Send + Sync>;

/// A secret of type `T`, kept for a while.
pub struct CachedSecret<T> {
    secrets_manager: SecretsManager,
    secret_id: String,
    stage: Stage,
    max_age: Duration,
    parse: Parse<T>,
    state: Mutex<State<T>>,
}

struct State<T> {
    kept: Option<Kept<T>>,
    refetch_allowed_at: UnixTime,
}

struct Kept<T> {
    value: Arc<T>,
    version_id: String,
    fresh_until: UnixTime,
}

impl<T> CachedSecret<T> {
    /// Prepares the cache. Nothing is fetched yet.
    pub fn new(
        secrets_manager: &SecretsManager,
        secret_id: &str,
        stage: Stage,
        max_age: Duration,
        parse: impl Fn(&SecretVersion) -> Result<T, String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            secrets_manager: secrets_manager.clone(),
            secret_id: secret_id.to_owned(),
            stage,
            max_age,
            parse: Box::new(parse),
            state: Mutex::new(State { kept: None, refetch_allowed_at: UnixTime(0) }),
        }
    }

    /// The value, fetched if there is none or it is too old. One that is too old is still used
    /// when a newer one can't be had.
    ///
    /// # Errors
    /// See [`SecretError`]; only while there has never been a usable value.
    pub async fn get(&self, now: UnixTime) -> Result<Arc<T>, SecretError> {
        let mut state = self.state.lock().await;
        if let Some(kept) = state.kept.as_ref().filter(|kept| now < kept.fresh_until) {
            return Ok(Arc::clone(&kept.value));
        }
        self.fetch(&mut state, now).await.or_else(|error| match &mut state.kept {
            Some(kept) => {
                tracing::warn!(cause = "secret_refresh_failed", detail = %error, "an older version is used");
                kept.fresh_until = now.after(RETRY_INTERVAL);
                Ok(Arc::clone(&kept.value))
            }
            None => Err(error),
        })
    }

    /// The value if it is there and not too old.
    pub async fn kept(&self, now: UnixTime) -> Option<Arc<T>> {
        let state = self.state.lock().await;
        state.kept.as_ref().filter(|kept| now < kept.fresh_until).map(|kept| Arc::clone(&kept.value))
    }

    /// The value, fetched again because the world seems to have changed, but never more often than
    /// every ten seconds. An unchanged version gives the same `Arc` as before.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub async fn refetch(&self, now: UnixTime) -> Result<Arc<T>, SecretError> {
        let mut state = self.state.lock().await;
        if now < state.refetch_allowed_at {
            let source = FetchError { code: "asked a moment ago".to_owned() };
            let unavailable = SecretError::Unavailable { secret_id: self.secret_id.clone(), source };
            return state.kept.as_ref().map(|kept| Arc::clone(&kept.value)).ok_or(unavailable);
        }
        state.refetch_allowed_at = now.after(REFETCH_INTERVAL);
        self.fetch(&mut state, now).await
    }

    async fn fetch(&self, state: &mut State<T>, now: UnixTime) -> Result<Arc<T>, SecretError> {
        let version = self
            .secrets_manager
            .fetch(&self.secret_id, self.stage)
            .await
            .map_err(|source| SecretError::Unavailable { secret_id: self.secret_id.clone(), source })?;
        let fresh_until = now.after(self.max_age);
        if let Some(kept) = state.kept.as_mut().filter(|kept| kept.version_id == version.version_id) {
            kept.fresh_until = fresh_until;
            return Ok(Arc::clone(&kept.value));
        }
        let value = (self.parse)(&version)
            .map(Arc::new)
            .map_err(|problem| SecretError::Unusable { secret_id: self.secret_id.clone(), problem })?;
        state.kept = Some(Kept { value: Arc::clone(&value), version_id: version.version_id, fresh_until });
        Ok(value)
    }
}
