//! The variables that a function finds: Lambda's own, and the deployment's.

use std::path::Path;

pub const CLIENT_ID: &str = "client-at-the-idp";
pub const CLIENT_SECRET: &str = "uZpPmVd2yX0jC8qkqF5l6tqvK3hJYt1vS9aWb7nRxEo";
pub const COGNITO_REDIRECT_URI: &str = "https://pool.auth.eu-central-1.amazoncognito.com/oauth2/idpresponse";
pub const CALLBACK_URL: &str = "https://abc.execute-api.eu-central-1.amazonaws.com/v1/callback";

const TRANSACTION_SECRET: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:transaction-Ab3dEf";
const COGNITO_SECRET: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:cognito-Ab3dEf";
const SIGNING_KEY: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:signing-key-Ab3dEf";
const PUBLIC_KEYS: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:public-keys-Ab3dEf";

/// Which deployment a function belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Deployment {
    /// The name of the signing key.
    pub key: &'static str,
    pub store: Store,
}

/// The store that keeps transactions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Store {
    Browser,
    DynamoDb,
}

impl Deployment {
    /// As deployed where nothing else is chosen, with this key.
    pub const fn with_key(key: &'static str) -> Self {
        Self { key, store: Store::Browser }
    }
}

impl Store {
    fn setting(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::DynamoDb => "dynamodb",
        }
    }
}

/// Where the functions find what they call, and whom they trust.
#[derive(Clone)]
pub struct Environment {
    variables: Vec<(String, String)>,
}

impl Environment {
    pub fn new(
        aws_url: &str,
        issuer: &str,
        token_endpoint: &str,
        roots: &Path,
        deployment: Deployment,
    ) -> Self {
        let Deployment { key, store } = deployment;
        // Every function gets all settings; each reads its own.
        let variables = [
            ("AWS_ENDPOINT_URL", aws_url),
            ("SSL_CERT_FILE", roots.to_str().unwrap()),
            ("URL", token_endpoint),
            ("IDP_CLIENT_ID", CLIENT_ID),
            ("IDP_ISSUER_URL", issuer),
            ("IDP_AUTH_PATH", "/protocol/openid-connect/auth"),
            ("IDP_TOKEN_ENDPOINT", token_endpoint),
            ("IDP_SCOPES", "openid email profile"),
            ("IDP_AUTHORIZATION_PARAMETERS", r#"{"acr_values":"urn:example:gold"}"#),
            ("IDP_AUTHORIZATION_RESPONSE_ISS", "required"),
            ("COGNITO_REDIRECT_URI", COGNITO_REDIRECT_URI),
            ("PROXY_CALLBACK_URL", CALLBACK_URL),
            ("TRANSACTION_STORE", store.setting()),
            ("TRANSACTION_TABLE_NAME", "transactions"),
            ("TRANSACTION_SECRET_ID", TRANSACTION_SECRET),
            ("COGNITO_CLIENT_SECRET_ID", COGNITO_SECRET),
            ("SIGNING_KEY_SECRET_ID", &format!("{SIGNING_KEY}-{key}")),
            ("JWKS_SECRET_ID", PUBLIC_KEYS),
            // So that nothing is fetched anew in a long run.
            ("SECRETS_MAX_AGE_SECONDS", "3600"),
        ];
        Self { variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into() }
    }

    /// One more variable, for a floor.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The deployment's variables alone, for programs that aren't functions.
    pub fn of_deployment(&self) -> Vec<(String, String)> {
        self.variables.clone()
    }

    /// All variables, with those that Lambda sets for every function.
    pub fn of_lambda(&self, name: &str, runtime_api: &str) -> Vec<(String, String)> {
        let log_group = format!("/aws/lambda/{name}");
        let of_lambda = [
            ("AWS_LAMBDA_RUNTIME_API", runtime_api),
            ("AWS_LAMBDA_FUNCTION_NAME", name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", &log_group),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/20/[$LATEST]0123456789abcdef0123456789abcdef"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_DEFAULT_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("AWS_SESSION_TOKEN", &"IQoJb3JpZ2luX2Vj".repeat(60)),
            ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
            ("_AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1"),
            ("_HANDLER", "bootstrap"),
            ("LAMBDA_TASK_ROOT", "/var/task"),
            ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
            ("LANG", "en_US.UTF-8"),
            ("TZ", ":UTC"),
            ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
        ];
        let of_lambda = of_lambda.map(|(name, value)| (name.to_owned(), value.to_owned()));
        of_lambda.into_iter().chain(self.variables.iter().cloned()).collect()
    }

    /// The secrets' texts by their names, given the private keys by theirs.
    pub fn secrets(keys: &[(&str, String)]) -> std::collections::HashMap<String, String> {
        let public_keys = format!(r#"{{"keys":[{PUBLIC_KEY}]}}"#);
        let fixed = [
            (TRANSACTION_SECRET, "q8yT0vJ3nQ5wL7zR1bX6cD9fH2kM4pS0uV8eA3gN5iY7oB1tK6jE9rW2xZ4mC0lQ"),
            (COGNITO_SECRET, CLIENT_SECRET),
            (PUBLIC_KEYS, &public_keys),
        ];
        let fixed = fixed.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let keys = keys.iter().map(|(key, jwk)| (format!("{SIGNING_KEY}-{key}"), jwk.clone()));
        fixed.into_iter().chain(keys).collect()
    }
}

/// The example of RFC 7517, appendix A.1.
const PUBLIC_KEY: &str = r#"{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"1","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;
