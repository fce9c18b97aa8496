//! `GET /jwks.json`: publishes the client's public keys, for IdPs that fetch them. It reads a secret
//! of its own, has no way to a private key, and refuses to publish one. The rules are in
//! `protocol::jwks`.

pub mod settings;

use std::time::Duration;

use adapters::answer::{Answer, Outcome};
use adapters::aws;
use adapters::cached_secret::{CachedSecret, SecretError};
use adapters::http_api::Request;
use adapters::lambda::Handler;
use adapters::secrets_manager::{SecretVersion, SecretsManager, Stage};
use adapters::settings::Lookup;
use adapters::system;
use lambda_http::Error;
use lambda_http::http::Method;
use protocol::jwks::{JwksDocument, JwksError, PublicJwkSet};
use protocol::oauth_error::{ErrorCode, OAuthError};
use protocol::time::UnixTime;
use protocol::{ExposeSecret as _, Reply};

use crate::settings::Settings;

/// The handler of `/jwks.json`.
pub struct Jwks {
    document: CachedSecret<JwksDocument>,
    max_age: Duration,
}

impl Handler for Jwks {
    const ROUTE: &'static str = "jwks";
    const METHOD: Method = Method::GET;

    async fn start(lookup: &Lookup<'_>) -> Result<Self, Error> {
        let settings = Settings::read(lookup)?;
        let secrets_manager = SecretsManager::new(&aws::config_from_environment(lookup)?);
        let document = CachedSecret::new(
            &secrets_manager,
            &settings.jwks_secret_id,
            Stage::Current,
            settings.secrets_max_age,
            |version| parse(version).map_err(|error| error.to_string()),
        );
        let _ = document.get(system::now()).await; // the first request will say what is wrong
        Ok(Self { document, max_age: settings.jwks_max_age })
    }

    async fn handle(&self, request: &Request, _: &str, now: UnixTime) -> Answer {
        match self.document.get(now).await {
            Ok(document) => {
                let reply = document.reply(request.if_none_match.as_deref(), self.max_age);
                let cause = if reply.status == 304 { "unchanged" } else { "keys_published" };
                Answer::new(reply, Outcome::Done, cause)
            }
            Err(error) => not_published(&error),
        }
    }
}

fn parse(version: &SecretVersion) -> Result<JwksDocument, JwksError> {
    PublicJwkSet::parse(version.text.expose_secret()).map(|set| JwksDocument::new(&set))
}

fn not_published(error: &SecretError) -> Answer {
    let code = error.error_code();
    let status = if code == ErrorCode::TemporarilyUnavailable { 503 } else { 500 };
    let body = OAuthError::new(code.as_str(), Some("no keys can be published"), None);
    Answer::new(Reply::oauth_error(status, &body), Outcome::Failed, error.cause()).detailed(error.to_string())
}
