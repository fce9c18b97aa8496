//! Where transactions are kept, as the environment says it.

use std::time::Duration;

use protocol::seal::Binding;

use crate::deployment::DeploymentSettings;
use crate::settings::{Reader, identifier};

/// Where transactions are kept.
#[derive(Debug)]
pub enum TransactionStoreSettings {
    /// In the browser, sealed.
    Browser(BrowserStoreSettings),
    /// In a DynamoDB table.
    DynamoDb(DynamoDbStoreSettings),
}

/// Which table keeps the transactions.
#[derive(Debug, Clone)]
pub struct DynamoDbStoreSettings {
    /// Name or ARN of the table.
    pub table_name: String,
    /// What its records are bound to.
    pub binding: Binding,
}

/// How the browser's transactions are sealed.
#[derive(Debug)]
pub struct BrowserStoreSettings {
    /// Name or ARN of the secret that transactions are sealed under.
    pub transaction_secret_id: String,
    /// What the sealing keys are bound to.
    pub binding: Binding,
    /// How old the secret may get before it is fetched again.
    pub secrets_max_age: Duration,
}

#[derive(Clone, Copy)]
enum Store {
    Browser,
    DynamoDb,
}

impl TransactionStoreSettings {
    /// Reads `TRANSACTION_STORE`, and `TRANSACTION_SECRET_ID` or `TRANSACTION_TABLE_NAME`.
    pub fn read(read: &mut Reader<'_>, deployment: &DeploymentSettings) -> Option<Self> {
        let store = read.or_default("TRANSACTION_STORE", Store::Browser, |text| match text {
            "browser" => Ok(Store::Browser),
            "dynamodb" => Ok(Store::DynamoDb),
            _ => Err("must be browser or dynamodb"),
        });
        // Each store needs one of them, and doesn't look at the other.
        let name = match store? {
            Store::Browser => read.required("TRANSACTION_SECRET_ID", identifier),
            Store::DynamoDb => read.required("TRANSACTION_TABLE_NAME", identifier),
        };
        let binding = Binding {
            cognito_redirect_uri: deployment.cognito_redirect_uri.as_ref()?.as_str().to_owned(),
            idp_issuer: deployment.idp_issuer_url.as_ref()?.as_str().to_owned(),
            idp_client_id: deployment.idp_client_id.clone()?,
        };
        Some(match store? {
            Store::Browser => Self::Browser(BrowserStoreSettings {
                transaction_secret_id: name?,
                binding,
                secrets_max_age: deployment.secrets_max_age?,
            }),
            Store::DynamoDb => Self::DynamoDb(DynamoDbStoreSettings { table_name: name?, binding }),
        })
    }
}
