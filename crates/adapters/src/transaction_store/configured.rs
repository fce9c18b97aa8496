//! The transaction store that the deployment has chosen.

use aws_types::SdkConfig;
use protocol::SecretString;
use protocol::time::UnixTime;
use protocol::transaction::{Grant, Handle, Transaction};

use crate::secrets_manager::SecretsManager;
use crate::transaction_store::browser::BrowserStore;
use crate::transaction_store::dynamodb::DynamoDbStore;
use crate::transaction_store::settings::TransactionStoreSettings;
use crate::transaction_store::{BeginError, CloseError, Closed, FindError, TransactionStore};

/// One of the two stores. Only the chosen one has clients and secrets.
pub enum ConfiguredStore {
    /// `browser`
    Browser(Box<BrowserStore>),
    /// `dynamodb`
    DynamoDb(DynamoDbStore),
}

impl ConfiguredStore {
    /// Prepares the store. No call is made.
    #[must_use]
    pub fn new(settings: &TransactionStoreSettings, aws: &SdkConfig) -> Self {
        match settings {
            TransactionStoreSettings::Browser(settings) => {
                Self::Browser(Box::new(BrowserStore::new(&SecretsManager::new(aws), settings)))
            }
            TransactionStoreSettings::DynamoDb(settings) => Self::DynamoDb(DynamoDbStore::new(aws, settings)),
        }
    }
}

impl TransactionStore for ConfiguredStore {
    async fn warm_up(&self, now: UnixTime) {
        match self {
            Self::Browser(store) => store.warm_up(now).await,
            Self::DynamoDb(store) => store.warm_up(now).await,
        }
    }

    async fn begin(
        &self,
        transaction: &Transaction,
        cookies: &[String],
        request_id: &str,
        now: UnixTime,
    ) -> Result<Vec<String>, BeginError> {
        match self {
            Self::Browser(store) => store.begin(transaction, cookies, request_id, now).await,
            Self::DynamoDb(store) => store.begin(transaction, cookies, request_id, now).await,
        }
    }

    async fn resume(
        &self,
        handle: &Handle,
        cookies: &[String],
        now: UnixTime,
    ) -> Result<Transaction, FindError> {
        match self {
            Self::Browser(store) => store.resume(handle, cookies, now).await,
            Self::DynamoDb(store) => store.resume(handle, cookies, now).await,
        }
    }

    async fn close(
        &self,
        transaction: &Transaction,
        grant: &Grant,
        request_id: &str,
        now: UnixTime,
    ) -> Result<Closed, CloseError> {
        match self {
            Self::Browser(store) => store.close(transaction, grant, request_id, now).await,
            Self::DynamoDb(store) => store.close(transaction, grant, request_id, now).await,
        }
    }

    async fn redeem(&self, code: &SecretString, request_id: &str, now: UnixTime) -> Result<Grant, FindError> {
        match self {
            Self::Browser(store) => store.redeem(code, request_id, now).await,
            Self::DynamoDb(store) => store.redeem(code, request_id, now).await,
        }
    }

    async fn release(&self, grant: &Grant, request_id: &str) {
        match self {
            Self::Browser(store) => store.release(grant, request_id).await,
            Self::DynamoDb(store) => store.release(grant, request_id).await,
        }
    }
}
