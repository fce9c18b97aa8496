//! AWS Secrets Manager: one operation, `GetSecretValue`.

use std::time::Duration;

use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use protocol::SecretString;

use crate::https::{self, AwsTransport, HttpsError};
use crate::settings::Lookup;

/// A connection within the Region takes a few milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// One attempt; Secrets Manager usually answers within 20 ms.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// All attempts together, well below the time that Cognito and the Lambda have.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);

/// The staging label of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// `AWSCURRENT`
    Current,
    /// `AWSPREVIOUS`
    Previous,
}

/// One version of a secret.
#[derive(Debug)]
pub struct SecretVersion {
    /// Secrets Manager's identifier of the version, which is no secret.
    pub version_id: String,
    /// The `SecretString`; empty where the secret holds bytes or nothing.
    pub text: SecretString,
}

/// The secret couldn't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Secrets Manager: {code}")]
pub struct FetchError {
    /// The error code of AWS, such as `AccessDeniedException`, or what happened on the way.
    pub code: String,
}

/// Reads secrets.
#[derive(Debug, Clone)]
pub struct SecretsManager(Client);

impl SecretsManager {
    /// Sets up a client with an HTTPS client of its own, for Lambdas that call nobody else.
    ///
    /// # Errors
    /// [`HttpsError`] if `SSL_CERT_FILE` can't be used.
    pub async fn from_environment(lookup: &Lookup) -> Result<Self, HttpsError> {
        Ok(Self::new(https::client(CONNECT_TIMEOUT, lookup)?).await)
    }

    /// Sets up the client with the credentials and the region that Lambda puts into the
    /// environment. No call is made.
    pub async fn new(client: reqwest::Client) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let config = ConfigLoader::default()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(EnvironmentVariableCredentialsProvider::new())
            .region(EnvironmentVariableRegionProvider::new())
            .retry_config(RetryConfig::standard())
            .timeout_config(timeouts)
            .http_client(AwsTransport(client))
            .load()
            .await;
        Self(Client::new(&config))
    }

    /// Reads one version of a secret.
    ///
    /// # Errors
    /// [`FetchError`] after the SDK's own retries.
    pub async fn fetch(&self, secret_id: &str, stage: Stage) -> Result<SecretVersion, FetchError> {
        let request = self.0.get_secret_value().secret_id(secret_id);
        let request = match stage {
            Stage::Current => request,
            Stage::Previous => request.version_stage("AWSPREVIOUS"),
        };
        let output = request.send().await.map_err(|error| FetchError { code: code(&error) })?;
        Ok(SecretVersion {
            version_id: output.version_id.unwrap_or_default(),
            text: output.secret_string.unwrap_or_default().into(),
        })
    }
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or("unknown service error").to_owned(),
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "no answer in time".to_owned(),
        SdkError::DispatchFailure(failure) if failure.is_io() => "no connection".to_owned(),
        SdkError::DispatchFailure(_) => "the request could not be sent (credentials?)".to_owned(),
        SdkError::ConstructionFailure(_) => "the request could not be built (region?)".to_owned(),
        _ => "an answer that is none of Secrets Manager's".to_owned(),
    }
}
