//! The settings of the transaction store, which all Lambdas that use it read alike.

use std::time::Duration;

use protocol::endpoint::Endpoint;
use protocol::seal::Binding;

use crate::settings::{Reader, identifier};

/// Where transactions are kept, and under which secret.
#[derive(Debug, Clone)]
pub struct TransactionStoreSettings {
    /// Name or ARN of the secret that transactions are sealed under.
    pub transaction_secret_id: String,
    /// What the sealing keys are bound to.
    pub binding: Binding,
    /// How old the secret may get before it is fetched again.
    pub secrets_max_age: Duration,
}

impl TransactionStoreSettings {
    /// Reads `TRANSACTION_STORE` and `TRANSACTION_SECRET_ID`.
    pub fn read(
        read: &mut Reader<'_>,
        idp_issuer_url: Option<&Endpoint>,
        idp_client_id: Option<&str>,
        cognito_redirect_uri: Option<&Endpoint>,
        secrets_max_age: Option<Duration>,
    ) -> Option<Self> {
        let store = read.or_default("TRANSACTION_STORE", (), |text| match text {
            "browser" => Ok(()),
            _ => Err("must be browser, the one transaction store there is"),
        });
        let transaction_secret_id = read.required("TRANSACTION_SECRET_ID", identifier);
        let binding = Binding {
            cognito_redirect_uri: cognito_redirect_uri?.as_str().to_owned(),
            idp_issuer: idp_issuer_url?.as_str().to_owned(),
            idp_client_id: idp_client_id?.to_owned(),
        };
        store?;
        Some(Self {
            transaction_secret_id: transaction_secret_id?,
            binding,
            secrets_max_age: secrets_max_age?,
        })
    }
}
