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
    DynamoDb {
        /// Name or ARN of the table.
        table_name: String,
    },
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
        match store? {
            Store::Browser => {
                let transaction_secret_id = read.required("TRANSACTION_SECRET_ID", identifier);
                let binding = Binding {
                    cognito_redirect_uri: deployment.cognito_redirect_uri.as_ref()?.as_str().to_owned(),
                    idp_issuer: deployment.idp_issuer_url.as_ref()?.as_str().to_owned(),
                    idp_client_id: deployment.idp_client_id.clone()?,
                };
                Some(Self::Browser(BrowserStoreSettings {
                    transaction_secret_id: transaction_secret_id?,
                    binding,
                    secrets_max_age: deployment.secrets_max_age?,
                }))
            }
            Store::DynamoDb => {
                let table_name = read.required("TRANSACTION_TABLE_NAME", identifier)?;
                Some(Self::DynamoDb { table_name })
            }
        }
    }
}
