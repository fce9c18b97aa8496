//! `POST /token`: authenticates Cognito, redeems its code, and exchanges the IdP's code for tokens
//! with a signed client assertion. The rules are in `protocol`; this crate carries them out, in the
//! order in which they may cost.

mod error;
pub mod idp_client;
pub mod settings;

use std::sync::Arc;

use adapters::answer::{Answer, Outcome};
use adapters::browser_store::BrowserStore;
use adapters::cached_secret::{CachedSecret, SecretError};
use adapters::http_api::Request;
use adapters::lambda::Handler;
use adapters::secrets_manager::{SecretVersion, SecretsManager, Stage};
use adapters::settings::Lookup;
use adapters::transaction_store::TransactionStore as _;
use adapters::{https, system};
use lambda_http::Error;
use lambda_http::http::Method;
use protocol::code_exchange::{self, CodeExchange};
use protocol::endpoint::Endpoint;
use protocol::signing_key::SigningKey;
use protocol::time::UnixTime;
use protocol::token_request::{self, RawTokenRequest};
use protocol::token_response::{self, RawTokenResponse, TokenResponseError, Tokens};
use protocol::{ExposeSecret as _, Reply, SecretString, client_assertion};

pub use crate::error::TokenError;
use crate::idp_client::IdpClient;
use crate::settings::Settings;

/// The handler of `/token`.
pub struct Token {
    idp_client_id: String,
    cognito_redirect_uri: Endpoint,
    client_assertion: client_assertion::Settings,
    pkce: Option<Pkce>,
    client_secret: CachedSecret<SecretString>,
    signing_key: CachedSecret<SigningKey>,
    idp: IdpClient,
}

/// Where the grants are when `/authorize` and `/callback` are deployed.
struct Pkce {
    store: BrowserStore,
    proxy_callback_url: Endpoint,
}

impl Handler for Token {
    const ROUTE: &'static str = "token";
    const METHOD: Method = Method::POST;

    async fn start(lookup: &Lookup<'_>) -> Result<Self, Error> {
        let settings = Settings::read(lookup)?;
        let http = https::client(settings.idp_connect_timeout, lookup)?;
        let secrets_manager = SecretsManager::new(http.clone(), lookup)?;
        let max_age = settings.secrets_max_age;
        let client_secret = CachedSecret::new(
            &secrets_manager,
            &settings.cognito_client_secret_id,
            Stage::Current,
            max_age,
            parse_client_secret,
        );
        let selection = settings.signing_key_selection;
        let signing_key = CachedSecret::new(
            &secrets_manager,
            &settings.signing_key_secret_id,
            Stage::Current,
            max_age,
            move |version| SigningKey::parse(&version.text, &selection).map_err(|error| error.to_string()),
        );
        let pkce = settings.pkce.map(|pkce| Pkce {
            store: BrowserStore::new(&secrets_manager, &pkce.store),
            proxy_callback_url: pkce.proxy_callback_url,
        });
        let token = Self {
            idp_client_id: settings.idp_client_id,
            cognito_redirect_uri: settings.cognito_redirect_uri,
            client_assertion: settings.client_assertion,
            pkce,
            client_secret,
            signing_key,
            idp: IdpClient::new(http, settings.idp_token_endpoint, settings.idp_timeout),
        };
        token.warm_up(system::now()).await?;
        Ok(token)
    }

    async fn handle(&self, request: &Request, _: &str, now: UnixTime) -> Answer {
        match self.tokens(request, now).await {
            Ok(Exchanged { kid, result }) => {
                let mut answer = match result {
                    Ok(tokens) => Answer {
                        reply: Reply::json(200, tokens.expose().to_owned()),
                        outcome: Outcome::Done,
                        cause: "tokens_issued",
                        detail: None,
                    },
                    Err(error) => error.answer(),
                };
                answer.reply.headers.push((SIGNED_BY, kid));
                answer
            }
            Err(error) => error.answer(),
        }
    }
}

/// The response header field that tells an authenticated caller the `kid` of the key that signed,
/// so that a rotation can be seen to have arrived.
pub const SIGNED_BY: &str = "client-assertion-kid";

/// What became of a request that an assertion was signed for.
struct Exchanged {
    kid: String,
    result: Result<Tokens, TokenError>,
}

impl Token {
    /// Fetches all secrets at once. What can't be read now is asked for again by the first request.
    /// An unusable client secret stops the start, since a wrong one would refuse Cognito without a
    /// hint; an unusable signing key is named in the log line of each request that needs it.
    async fn warm_up(&self, now: UnixTime) -> Result<(), SecretError> {
        let store = async {
            if let Some(pkce) = &self.pkce {
                pkce.store.warm_up(now).await;
            }
        };
        let (client_secret, _, ()) =
            tokio::join!(self.client_secret.get(now), self.signing_key.get(now), store);
        match client_secret {
            Err(error @ SecretError::Unusable { .. }) => Err(error),
            Ok(_) | Err(SecretError::Unavailable { .. }) => Ok(()),
        }
    }

    async fn tokens(&self, request: &Request, now: UnixTime) -> Result<Exchanged, TokenError> {
        let request = token_request::read(RawTokenRequest {
            query: &request.raw_query,
            content_type: request.content_type.as_deref(),
            authorization: request.authorization.as_deref(),
            body: &request.body,
            is_base64_encoded: request.is_base64_encoded,
        })?;
        let client_secret = self.client_secret.get(now).await?;
        if !request.unverified_credentials.are(&self.idp_client_id, &client_secret) {
            return Err(TokenError::ClientSecret);
        }
        let code = request.code(&self.cognito_redirect_uri)?;
        let client_id = self.idp_client_id.as_str();
        let Some(pkce) = &self.pkce else {
            let redirect_uri = &self.cognito_redirect_uri;
            let exchange = CodeExchange { code: &code, redirect_uri, client_id, code_verifier: None };
            return self.exchange(self.signing_key.get(now).await?, &exchange, None, now).await;
        };
        let (grant, key) = tokio::join!(pkce.store.redeem(&code, now), self.signing_key.get(now));
        let grant = grant?;
        let exchange = CodeExchange {
            code: &grant.idp_code,
            redirect_uri: &pkce.proxy_callback_url,
            client_id,
            code_verifier: Some(&grant.code_verifier),
        };
        self.exchange(key?, &exchange, Some(&grant.nonce), now).await
    }

    /// Exchanges the code. Where the IdP refuses our key, it may have been replaced a moment ago:
    /// it is fetched once more, and only a new one is tried.
    async fn exchange(
        &self,
        mut key: Arc<SigningKey>,
        exchange: &CodeExchange<'_>,
        nonce: Option<&SecretString>,
        now: UnixTime,
    ) -> Result<Exchanged, TokenError> {
        let mut result = self.exchange_with(&key, exchange, nonce, now).await;
        if matches!(&result, Err(TokenError::Response(error)) if error.is_invalid_client())
            && let Ok(new_key) = self.signing_key.refetch(now).await
            && !Arc::ptr_eq(&key, &new_key)
        {
            result = self.exchange_with(&new_key, exchange, nonce, now).await;
            key = new_key;
        }
        Ok(Exchanged { kid: key.kid().to_owned(), result })
    }

    async fn exchange_with(
        &self,
        key: &SigningKey,
        exchange: &CodeExchange<'_>,
        nonce: Option<&SecretString>,
        now: UnixTime,
    ) -> Result<Tokens, TokenError> {
        let assertion = client_assertion::sign(&self.client_assertion, key, &system::random()?, now)?;
        let response = self.idp.post(&code_exchange::form(exchange, &assertion)).await?;
        let response = RawTokenResponse {
            status: response.status,
            retry_after: response.retry_after.as_deref(),
            body: &response.body,
        };
        token_response::judge(response, nonce).map_err(TokenResponseError::into)
    }
}

fn parse_client_secret(version: &SecretVersion) -> Result<SecretString, String> {
    let text = version.text.expose_secret();
    if text.is_empty() {
        return Err("is empty: it must hold the client secret that Cognito was given".to_owned());
    }
    if text.trim() != text {
        return Err("begins or ends with white space, such as the newline of a file".to_owned());
    }
    Ok(version.text.clone())
}
