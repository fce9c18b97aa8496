//! AWS Secrets Manager with an operator's own credentials: profile, region and single sign-on as
//! AWS's tools have them. Values are read and put; nothing is ever deleted.

use std::error::Error;
use std::fmt::Debug;
use std::time::Duration;

use adapters::https::{self, AwsTransport, HttpsError};
use adapters::system;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use protocol::SecretString;
use zeroize::Zeroizing;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);

/// One call that failed.
#[derive(Debug, thiserror::Error)]
#[error("Secrets Manager, {operation} of {secret_id}: {problem}")]
pub struct SecretsError {
    operation: &'static str,
    secret_id: String,
    problem: String,
    code: Option<String>,
}

/// A version of a secret.
#[derive(Debug)]
pub struct Version {
    /// Its identifier.
    pub id: String,
    /// Its text.
    pub text: SecretString,
}

/// Secrets Manager.
pub struct Secrets(Client);

impl Secrets {
    /// Prepares the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`HttpsError`] if `SSL_CERT_FILE` can't be used.
    pub async fn connect(profile: Option<&str>, region: Option<&str>) -> Result<Self, HttpsError> {
        let transport = AwsTransport(https::client(CONNECT_TIMEOUT, &system::environment)?);
        let timeouts = TimeoutConfig::builder().operation_timeout(OPERATION_TIMEOUT).build();
        let mut config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(transport.clone())
            .timeout_config(timeouts);
        if let Some(region) = region {
            config = config.region(Region::new(region.to_owned()));
        }
        let Some(profile) = profile else {
            return Ok(Self(Client::new(&config.load().await)));
        };
        // As in AWS's own tools, a profile that was named counts more than credentials that happen to
        // be in the environment.
        let config = config.profile_name(profile).load().await;
        let context = ProviderConfig::without_region()
            .with_region(config.region().cloned())
            .with_http_client(transport);
        let credentials =
            ProfileFileCredentialsProvider::builder().configure(&context).profile_name(profile).build();
        let config = aws_sdk_secretsmanager::config::Builder::from(&config).credentials_provider(credentials);
        Ok(Self(Client::from_conf(config.build())))
    }

    /// One version by its identifier, or the current one; `None` if it isn't there.
    ///
    /// # Errors
    /// [`SecretsError`]
    pub async fn version(
        &self,
        secret_id: &str,
        version_id: Option<&str>,
    ) -> Result<Option<Version>, SecretsError> {
        let request =
            self.0.get_secret_value().secret_id(secret_id).set_version_id(version_id.map(str::to_owned));
        let output = match request.send().await.map_err(|error| failed("GetSecretValue", secret_id, &error)) {
            Ok(output) => output,
            // The same for a secret that isn't there; putting something will tell.
            Err(error) if error.code.as_deref() == Some("ResourceNotFoundException") => return Ok(None),
            Err(error) => return Err(error),
        };
        let text = output.secret_string.unwrap_or_default().into();
        Ok(Some(Version { id: output.version_id.unwrap_or_default(), text }))
    }

    /// Makes `text` the current version, under this identifier: the same call twice is one.
    ///
    /// # Errors
    /// [`SecretsError`]
    pub async fn put(
        &self,
        secret_id: &str,
        version_id: &str,
        text: &Zeroizing<String>,
    ) -> Result<(), SecretsError> {
        self.0
            .put_secret_value()
            .secret_id(secret_id)
            .client_request_token(version_id)
            .secret_string(text.as_str())
            .send()
            .await
            .map(|_| ())
            .map_err(|error| failed("PutSecretValue", secret_id, &error))
    }
}

/// AWS's own words for what it refused, and otherwise what happened on the way. A response that can't
/// be understood isn't shown, since it may hold a secret.
fn failed<E, R>(operation: &'static str, secret_id: &str, error: &SdkError<E, R>) -> SecretsError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: Debug + 'static,
{
    let code = error.as_service_error().and_then(|error| error.code()).map(str::to_owned);
    let problem = match error {
        SdkError::ServiceError(service) => {
            let error = service.err();
            [error.code(), error.message()].into_iter().flatten().collect::<Vec<_>>().join(": ")
        }
        SdkError::ResponseError(_) => "an answer that is none of Secrets Manager's".to_owned(),
        error => causes(error),
    };
    SecretsError { operation, secret_id: secret_id.to_owned(), problem, code }
}

/// An error and its causes, in their own words. Their `Debug` output may show more than words.
fn causes(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
