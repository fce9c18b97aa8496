//! AWS Secrets Manager: one operation, `GetSecretValue`.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_types::SdkConfig;
use protocol::SecretString;
use protocol::time::UnixTime;

use crate::aws;

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
    /// When the version was made, if Secrets Manager says so.
    pub created_at: Option<UnixTime>,
}

/// The secret couldn't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Secrets Manager: {code}")]
pub struct FetchError {
    /// The error code of AWS, such as `AccessDeniedException`, or what happened on the way.
    pub code: String,
    /// Whether it may pass by itself. It won't if the secret isn't there, or may not be read.
    pub transient: bool,
}

impl FetchError {
    /// A failure that may pass by itself.
    #[must_use]
    pub fn transient(code: &str) -> Self {
        Self { code: code.to_owned(), transient: true }
    }
}

/// Error codes of AWS that say that somebody took the secret, or the right to read it, away.
const DEFINITE: [&str; 4] =
    ["AccessDeniedException", "DecryptionFailure", "InvalidRequestException", "ResourceNotFoundException"];

/// Reads secrets.
#[derive(Debug, Clone)]
pub struct SecretsManager(Client);

impl SecretsManager {
    /// Sets up the client. No call is made.
    #[must_use]
    pub fn new(aws: &SdkConfig) -> Self {
        Self(Client::new(aws))
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
        let output = request.send().await.map_err(|error| fetch_error(&error))?;
        Ok(SecretVersion {
            version_id: output.version_id.unwrap_or_default(),
            text: output.secret_string.unwrap_or_default().into(),
            created_at: output.created_date.and_then(|date| date.secs().try_into().ok()).map(UnixTime),
        })
    }
}

fn fetch_error<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> FetchError {
    let code = match aws::error_code(error) {
        // Secrets Manager answers the same in both cases.
        "ResourceNotFoundException" => {
            "ResourceNotFoundException (there is no such secret, or nothing was put into it yet)"
        }
        code => code,
    };
    let transient = !DEFINITE.iter().any(|definite| code.starts_with(definite));
    FetchError { code: code.to_owned(), transient }
}
