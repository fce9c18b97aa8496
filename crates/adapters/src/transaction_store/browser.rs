//! The transaction store `browser`: the browser carries the transaction, sealed, in a cookie, and
//! Cognito carries the grant, sealed, as the code. Nothing is stored, and a warm sign-in makes no
//! call to AWS.

use protocol::seal::{OpenError, SealingKeys};
use protocol::time::UnixTime;
use protocol::transaction::{Grant, Handle, Transaction};
use protocol::{ExposeSecret as _, SecretString, browser_cookie};

use crate::cached_secret::{CachedSecret, SecretError};
use crate::secrets_manager::{SecretVersion, SecretsManager, Stage};
use crate::transaction_store::settings::BrowserStoreSettings;
use crate::transaction_store::{BeginError, CloseError, Closed, FindError, TransactionStore, Unavailable};

/// Seals under the current version of the secret, and opens what the current or the previous one
/// sealed.
pub struct BrowserStore {
    current: CachedSecret<SealingKeys>,
    /// Fetched only when a text names a version other than the current one.
    previous: CachedSecret<SealingKeys>,
}

impl BrowserStore {
    /// Prepares the store. Nothing is fetched yet.
    #[must_use]
    pub fn new(secrets_manager: &SecretsManager, settings: &BrowserStoreSettings) -> Self {
        let max_age = settings.secrets_max_age;
        let keys = |stage| {
            let binding = settings.binding.clone();
            let derive = move |version: &SecretVersion| {
                SealingKeys::derive(&version.text, &version.version_id, &binding)
                    .map_err(|error| error.to_string())
            };
            CachedSecret::new(secrets_manager, &settings.transaction_secret_id, stage, max_age, derive)
        };
        Self { current: keys(Stage::Current), previous: keys(Stage::Previous) }
    }

    /// Opens a sealed text with the keys that its header names. Keys that aren't known are looked
    /// for once, at a limited rate; no key is tried that the text doesn't name.
    async fn open<T>(
        &self,
        now: UnixTime,
        open: impl Fn(&SealingKeys) -> Result<T, OpenError>,
    ) -> Result<T, FindError> {
        let current = self.current.get(now).await.map_err(Unavailable::Secret)?;
        let mut result = open(&current);
        if is_unknown_key(&result)
            && let Some(previous) = self.previous.kept(now).await
        {
            result = open(&previous);
        }
        if is_unknown_key(&result) {
            let (current, previous) = tokio::join!(self.current.refetch(now), self.previous.refetch(now));
            for keys in [&current, &previous].into_iter().flatten() {
                if is_unknown_key(&result) {
                    result = open(keys);
                }
            }
            // While the keys can't be read, a genuine text can't be told from a forged one.
            if is_unknown_key(&result)
                && let Some(error) =
                    [current.err(), previous.err()].into_iter().flatten().find(SecretError::may_pass)
            {
                return Err(Unavailable::Secret(error).into());
            }
        }
        Ok(result?)
    }
}

fn is_unknown_key<T>(result: &Result<T, OpenError>) -> bool {
    matches!(result, Err(OpenError::UnknownKey))
}

impl TransactionStore for BrowserStore {
    async fn warm_up(&self, now: UnixTime) {
        let _ = self.current.get(now).await; // a request that needs it will say what is wrong
    }

    async fn begin(
        &self,
        transaction: &Transaction,
        cookies: &[String],
        _: &str,
        now: UnixTime,
    ) -> Result<Vec<String>, BeginError> {
        let keys = self.current.get(now).await.map_err(Unavailable::Secret)?;
        let sealed = keys.seal_transaction(transaction).map_err(Unavailable::Seal)?;
        browser_cookie::keep(&transaction.handle, &sealed, cookies).map_err(|_| BeginError::TooLong)
    }

    async fn resume(
        &self,
        handle: &Handle,
        cookies: &[String],
        now: UnixTime,
    ) -> Result<Transaction, FindError> {
        let sealed = browser_cookie::find(handle, cookies).ok_or(FindError::Unknown)?;
        self.open(now, |keys| keys.open_transaction(sealed, handle, now)).await
    }

    async fn close(
        &self,
        transaction: &Transaction,
        grant: &Grant,
        _: &str,
        now: UnixTime,
    ) -> Result<Closed, CloseError> {
        let keys = self.current.get(now).await.map_err(Unavailable::Secret)?;
        let code = keys.seal_grant(grant).map_err(Unavailable::Seal)?;
        Ok(Closed { code: code.into(), cookies: vec![browser_cookie::expire(&transaction.handle)] })
    }

    async fn redeem(&self, code: &SecretString, _: &str, now: UnixTime) -> Result<Grant, FindError> {
        self.open(now, |keys| keys.open_grant(code.expose_secret(), now)).await
    }

    async fn release(&self, _: &Grant, _: &str) {} // nothing was taken
}
