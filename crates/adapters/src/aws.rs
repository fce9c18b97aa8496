//! What every client of an AWS service is built from, and what their failures have in common.

use std::time::Duration;

use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_types::SdkConfig;
use lambda_http::Error;
use protocol::endpoint::Endpoint;

use crate::https::{self, AwsTransport};
use crate::settings::{Lookup, Reader, SettingsError, boolean, identifier};

/// A connection within the Region takes a few milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// One attempt; the services that are called usually answer within 20 ms.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// All attempts together, well below the time that Cognito and the Lambda have.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);

/// [`config`] with an HTTPS client of its own, for Lambdas that call nobody but AWS.
///
/// # Errors
/// If `SSL_CERT_FILE` can't be used, or Lambda's own variables are missing.
pub fn config_from_environment(lookup: &Lookup<'_>) -> Result<SdkConfig, Error> {
    Ok(config(https::client(CONNECT_TIMEOUT, lookup)?, lookup)?)
}

/// The credentials and the region that Lambda puts into the environment, and, where it is set, the
/// endpoint. Nothing else of the environment, and no file, can lead a client elsewhere. No call is
/// made.
///
/// # Errors
/// [`SettingsError`] if one of Lambda's own variables is missing.
pub fn config(client: reqwest::Client, lookup: &Lookup<'_>) -> Result<SdkConfig, SettingsError> {
    let environment = Environment::read(lookup)?;
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(environment.region)
        .credentials_provider(SharedCredentialsProvider::new(environment.credentials))
        .use_fips(environment.use_fips)
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts)
        .http_client(AwsTransport(client));
    config.set_endpoint_url(environment.endpoint_url.map(|url| url.as_str().to_owned()));
    Ok(config.build())
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

/// The error code of AWS, such as `AccessDeniedException`, or what happened on the way.
pub fn error_code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> &str {
    match error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or("an error without a code"),
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "no answer in time",
        SdkError::DispatchFailure(failure) if failure.is_io() => "no connection",
        SdkError::DispatchFailure(_) => "the request could not be sent",
        SdkError::ConstructionFailure(_) => "the request could not be built",
        _ => "an answer that is none of AWS's",
    }
}
