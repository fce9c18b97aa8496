//! A secret, parsed once and kept: fetched before the first request, fetched again when it has
//! reached its age limit, and used past it while Secrets Manager is in trouble. However many
//! requests come, and whoever sends them, they can't cause more than a bounded number of fetches.

use std::sync::Arc;
use std::time::Duration;

use protocol::oauth_error::ErrorCode;
use protocol::time::UnixTime;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::logging;
use crate::secrets_manager::{FetchError, SecretVersion, SecretsManager, Stage};

/// The least time between two fetches because the world seems to have changed.
const REFETCH_INTERVAL: Duration = Duration::from_secs(10);

/// The least time between two fetches while there is no value at all.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// How long a value that is too old is used before a newer one is asked for again.
const STALE_INTERVAL: Duration = Duration::from_secs(30);

/// How long a request waits for a newer value when an older one will do.
const STALE_PATIENCE: Duration = Duration::from_secs(1);

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

    /// Whether Secrets Manager is in trouble, which may pass by itself.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable { source, .. } if source.transient)
    }

    /// Whether a value that was read before may still be used: while Secrets Manager is in trouble,
    /// or while a mistake of an operator's waits to be mended. Not once the secret was taken away.
    #[must_use]
    pub fn leaves_older_value_usable(&self) -> bool {
        self.may_pass() || matches!(self, Self::Unusable { .. })
    }

    /// The OAuth error that says it: a secret that can't be read, for whatever reason, may be
    /// readable soon; one whose content is wrong waits for an operator.
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
    /// The last fetch, if it failed.
    failed: Option<SecretError>,
    /// When a value that is missing or too old may be asked for.
    next_attempt_at: UnixTime,
    /// When a value may be asked for although there is one.
    next_refetch_at: UnixTime,
}

struct Kept<T> {
    value: Arc<T>,
    version_id: String,
    fetched_at: UnixTime,
}

/// Whether `time` lies ahead. One that is further ahead than `interval` was set under a wrong clock.
fn is_ahead(time: UnixTime, interval: Duration, now: UnixTime) -> bool {
    now < time && time <= now.after(interval)
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
            state: Mutex::new(State {
                kept: None,
                failed: None,
                next_attempt_at: UnixTime(0),
                next_refetch_at: UnixTime(0),
            }),
        }
    }

    /// The value, fetched if there is none or it is too old. One that is too old is still used
    /// while Secrets Manager is in trouble, or while what is there now can't be used.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub async fn get(&self, now: UnixTime) -> Result<Arc<T>, SecretError> {
        let mut state = self.state.lock().await;
        if let Some(kept) = self.fresh(&state, now) {
            return Ok(kept);
        }
        if !is_ahead(state.next_attempt_at, STALE_INTERVAL, now) {
            return self.fetch(&mut state, now).await;
        }
        match (&state.kept, &state.failed) {
            (Some(kept), _) => Ok(Arc::clone(&kept.value)),
            (None, Some(error)) => Err(error.clone()),
            (None, None) => self.fetch(&mut state, now).await,
        }
    }

    /// The value if it is there and not too old.
    pub async fn kept(&self, now: UnixTime) -> Option<Arc<T>> {
        self.fresh(&*self.state.lock().await, now)
    }

    /// The value, fetched again because the world seems to have changed, but never more often than
    /// every ten seconds. An unchanged version gives the same `Arc` as before.
    ///
    /// # Errors
    /// See [`SecretError`]: the last fetch failed, now or a moment ago.
    pub async fn refetch(&self, now: UnixTime) -> Result<Arc<T>, SecretError> {
        let mut state = self.state.lock().await;
        if !is_ahead(state.next_refetch_at, REFETCH_INTERVAL, now) {
            state.next_refetch_at = now.after(REFETCH_INTERVAL);
            // Patience doesn't fit here: the older value is known not to do.
            return self.fetch_version(&mut state, now).await;
        }
        match (&state.failed, &state.kept) {
            (Some(error), _) => Err(error.clone()),
            (None, Some(kept)) => Ok(Arc::clone(&kept.value)),
            (None, None) => self.fetch_version(&mut state, now).await,
        }
    }

    fn fresh(&self, state: &State<T>, now: UnixTime) -> Option<Arc<T>> {
        // A value from the future was fetched under a wrong clock, and isn't believed to be fresh.
        let fresh = |kept: &&Kept<T>| kept.fetched_at <= now && now < kept.fetched_at.after(self.max_age);
        state.kept.as_ref().filter(fresh).map(|kept| Arc::clone(&kept.value))
    }

    /// Fetches, and falls back on an older value where the failure doesn't speak against it.
    async fn fetch(&self, state: &mut State<T>, now: UnixTime) -> Result<Arc<T>, SecretError> {
        if state.kept.is_none() {
            state.next_attempt_at = now.after(RETRY_INTERVAL);
            return self.fetch_version(state, now).await;
        }
        state.next_attempt_at = now.after(STALE_INTERVAL);
        let fetched = timeout(STALE_PATIENCE, self.fetch_version(state, now)).await;
        let error = match fetched {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => error,
            Err(_) => self.unavailable(FetchError::transient("no answer in time")),
        };
        match &state.kept {
            Some(kept) if error.leaves_older_value_usable() => {
                logging::older_secret_used(&error);
                Ok(Arc::clone(&kept.value))
            }
            _ => {
                // Somebody took the secret away, and means it.
                state.kept = None;
                state.next_attempt_at = now.after(RETRY_INTERVAL);
                Err(error)
            }
        }
    }

    async fn fetch_version(&self, state: &mut State<T>, now: UnixTime) -> Result<Arc<T>, SecretError> {
        let result = match self.secrets_manager.fetch(&self.secret_id, self.stage).await {
            Ok(version) => self.keep(&version, state, now),
            Err(source) => Err(self.unavailable(source)),
        };
        state.failed = result.as_ref().err().cloned();
        result
    }

    fn keep(
        &self,
        version: &SecretVersion,
        state: &mut State<T>,
        now: UnixTime,
    ) -> Result<Arc<T>, SecretError> {
        if let Some(kept) = state.kept.as_mut().filter(|kept| kept.version_id == version.version_id) {
            kept.fetched_at = now;
            return Ok(Arc::clone(&kept.value));
        }
        let value = (self.parse)(version)
            .map(Arc::new)
            .map_err(|problem| SecretError::Unusable { secret_id: self.secret_id.clone(), problem })?;
        let version_id = version.version_id.clone();
        state.kept = Some(Kept { value: Arc::clone(&value), version_id, fetched_at: now });
        Ok(value)
    }

    fn unavailable(&self, source: FetchError) -> SecretError {
        SecretError::Unavailable { secret_id: self.secret_id.clone(), source }
    }
}
