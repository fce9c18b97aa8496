//! What all Lambdas of a sign-in read alike: the deployment that they are part of.

use std::time::Duration;

use protocol::endpoint::Endpoint;

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
