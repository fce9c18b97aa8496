//! What all Lambdas of a sign-in read alike: the deployment that they are part of, and the transaction
//! store that they share.

use std::time::Duration;

use protocol::endpoint::Endpoint;
use protocol::seal::Binding;

use crate::settings::{Reader, identifier, secrets_max_age};

/// The deployment that a Lambda is part of. A field is `None` where a problem was noted.
#[derive(Debug)]
pub struct DeploymentSettings {
    /// The client identifier, the same towards Cognito and the IdP.
    pub idp_client_id: Option<String>,
    /// The issuer identifier of the IdP.
    pub idp_issuer_url: Option<Endpoint>,
    /// `https://<domain>/oauth2/idpresponse`.
    pub cognito_redirect_uri: Option<Endpoint>,
    /// How old a secret may get before it is fetched again.
    pub secrets_max_age: Option<Duration>,
}

impl DeploymentSettings {
    /// Reads `IDP_CLIENT_ID`, `IDP_ISSUER_URL`, `COGNITO_REDIRECT_URI` and `SECRETS_MAX_AGE_SECONDS`.
    #[must_use]
    pub fn read(read: &mut Reader<'_>) -> Self {
        Self {
            idp_client_id: read.required("IDP_CLIENT_ID", identifier),
            idp_issuer_url: read.required("IDP_ISSUER_URL", Endpoint::parse_issuer),
            cognito_redirect_uri: read.required("COGNITO_REDIRECT_URI", Endpoint::parse),
            secrets_max_age: secrets_max_age(read),
        }
    }
}

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
    pub fn read(read: &mut Reader<'_>, deployment: &DeploymentSettings) -> Option<Self> {
        let store = read.or_default("TRANSACTION_STORE", (), |text| match text {
            "browser" => Ok(()),
            _ => Err("must be browser, the one transaction store there is"),
        });
        let transaction_secret_id = read.required("TRANSACTION_SECRET_ID", identifier);
        let binding = Binding {
            cognito_redirect_uri: deployment.cognito_redirect_uri.as_ref()?.as_str().to_owned(),
            idp_issuer: deployment.idp_issuer_url.as_ref()?.as_str().to_owned(),
            idp_client_id: deployment.idp_client_id.clone()?,
        };
        store?;
        Some(Self {
            transaction_secret_id: transaction_secret_id?,
            binding,
            secrets_max_age: deployment.secrets_max_age?,
        })
    }
}
