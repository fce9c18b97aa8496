//! AWS Secrets Manager: one operation, `GetSecretValue`.

use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use lambda_http::Error;
use protocol::SecretString;
use protocol::endpoint::Endpoint;

use crate::https::{self, AwsTransport};
use crate::settings::{Lookup, Reader, SettingsError, boolean, identifier};

/// A connection within the Region takes a few milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// One attempt; Secrets Manager usually answers within 20 ms.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// All attempts together, well below the time that Cognito and the Lambda have.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);

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
    /// Sets up a client with an HTTPS client of its own, for Lambdas that call nobody else.
    ///
    /// # Errors
    /// If `SSL_CERT_FILE` can't be used, or Lambda's own variables are missing.
    pub fn from_environment(lookup: &Lookup<'_>) -> Result<Self, Error> {
        Ok(Self::new(https::client(CONNECT_TIMEOUT, lookup)?, lookup)?)
    }

    /// Sets up the client with the credentials and the region that Lambda puts into the
    /// environment, and, where it is set, the endpoint. Nothing else of the environment, and no
    /// file, can lead it elsewhere. No call is made.
    ///
    /// # Errors
    /// [`SettingsError`] if one of Lambda's own variables is missing.
    pub fn new(client: reqwest::Client, lookup: &Lookup<'_>) -> Result<Self, SettingsError> {
        let environment = Environment::read(lookup)?;
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(environment.region)
            .credentials_provider(environment.credentials)
            .use_fips(environment.use_fips)
            .retry_config(RetryConfig::standard())
            .timeout_config(timeouts)
            .http_client(AwsTransport(client));
        config.set_endpoint_url(environment.endpoint_url.map(|url| url.as_str().to_owned()));
        Ok(Self(Client::from_conf(config.build())))
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
        })
    }
}

/// What Lambda sets for every function, and what AWS lets one override.
struct Environment {
    region: Region,
    credentials: Credentials,
    endpoint_url: Option<Endpoint>,
    use_fips: bool,
}

impl Environment {
    fn read(lookup: &Lookup<'_>) -> Result<Self, SettingsError> {
        let mut read = Reader::new(lookup);
        let region = read.required("AWS_REGION", identifier);
        let access_key_id = read.required("AWS_ACCESS_KEY_ID", identifier);
        let secret_access_key = read.required("AWS_SECRET_ACCESS_KEY", identifier);
        let session_token = read.optional("AWS_SESSION_TOKEN", identifier);
        let endpoint_url = read.optional("AWS_ENDPOINT_URL", Endpoint::parse);
        let use_fips = read.or_default("AWS_USE_FIPS_ENDPOINT", false, boolean);
        let environment = || {
            let credentials =
                Credentials::new(access_key_id?, secret_access_key?, session_token?, None, "environment");
            let region = Region::new(region?);
            Some(Self { region, credentials, endpoint_url: endpoint_url?, use_fips: use_fips? })
        };
        read.finish(environment())
    }
}

fn fetch_error<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> FetchError {
    let code = match error {
        SdkError::ServiceError(service) => match service.err().code() {
            Some("ResourceNotFoundException") => {
                // Secrets Manager answers the same in both cases.
                "ResourceNotFoundException (there is no such secret, or nothing was put into it yet)"
            }
            code => code.unwrap_or("an error without a code"),
        },
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "no answer in time",
        SdkError::DispatchFailure(failure) if failure.is_io() => "no connection",
        SdkError::DispatchFailure(_) => "the request could not be sent",
        SdkError::ConstructionFailure(_) => "the request could not be built",
        _ => "an answer that is none of Secrets Manager's",
    };
    let transient = !DEFINITE.iter().any(|definite| code.starts_with(definite));
    FetchError { code: code.to_owned(), transient }
}
