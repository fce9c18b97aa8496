//! `POST /token`: authenticates Cognito, redeems its code, and exchanges the IdP's code for tokens
//! with a signed client assertion. The rules are in `protocol`; this crate carries them out, in the
//! order in which they may cost.

mod error;
pub mod idp_client;
pub mod settings;

use std::sync::Arc;
use std::time::{Duration, Instant};

use adapters::answer::{Answer, Outcome};
use adapters::aws;
use adapters::cached_secret::{CachedSecret, SecretError};
use adapters::http_api::Request;
use adapters::lambda::Handler;
use adapters::secrets_manager::{SecretVersion, SecretsManager, Stage};
use adapters::settings::Lookup;
use adapters::transaction_store::TransactionStore as _;
use adapters::transaction_store::configured::ConfiguredStore;
use adapters::{https, system};
use lambda_http::Error;
use lambda_http::http::Method;
use protocol::code_exchange::{self, CodeExchange};
use protocol::endpoint::Endpoint;
use protocol::signing_key::{Selection, SigningKey};
use protocol::time::UnixTime;
use protocol::token_request::{self, RawTokenRequest};
use protocol::token_response::{self, RawTokenResponse, TokenResponseError, Tokens};
use protocol::transaction::SignInId;
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
    signing_key: CachedSecret<DatedKey>,
    idp: IdpClient,
}

/// Where the grants are when `/authorize` and `/callback` are deployed.
struct Pkce {
    store: ConfiguredStore,
    proxy_callback_url: Endpoint,
}

impl Handler for Token {
    const ROUTE: &'static str = "token";
    const METHOD: Method = Method::POST;

    async fn start(lookup: &Lookup<'_>) -> Result<Self, Error> {
        let settings = Settings::read(lookup)?;
        let http = https::client(settings.idp_connect_timeout, lookup)?;
        let aws = aws::config(http.clone(), lookup)?;
        let secrets_manager = SecretsManager::new(&aws);
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
            move |version| DatedKey::parse(version, &selection),
        );
        let pkce = settings.pkce.map(|pkce| Pkce {
            store: ConfiguredStore::new(&pkce.store, &aws),
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
        token.warm_up(&settings.idp_issuer_url, system::now()).await?;
        Ok(token)
    }

    async fn handle(&self, request: &Request, request_id: &str, now: UnixTime) -> Answer {
        let mut learned = Learned::default();
        let mut answer = match self.tokens(request, request_id, now, &mut learned).await {
            Ok(tokens) => {
                Answer::new(Reply::json(200, tokens.expose().to_owned()), Outcome::Done, "tokens_issued")
            }
            Err(error) => error.answer(),
        };
        answer.reply.headers.extend(learned.kid.map(|kid| (SIGNED_BY, kid)));
        Answer {
            sign_in_id: learned.sign_in_id,
            idp_latency: learned.idp_latency,
            signing_key_age: learned.signing_key_age,
            ..answer
        }
    }
}

/// The response header field that tells an authenticated caller the `kid` of the key that signed,
/// so that a rotation can be seen to have arrived.
pub const SIGNED_BY: &str = "client-assertion-kid";

/// What is known about a request beside its answer, whatever the answer is.
#[derive(Default)]
struct Learned {
    sign_in_id: Option<SignInId>,
    /// Of the key that signed.
    kid: Option<String>,
    signing_key_age: Option<Duration>,
    /// Of all token requests together.
    idp_latency: Option<Duration>,
}

/// A signing key, with the time when it was put into its secret.
struct DatedKey {
    key: SigningKey,
    created_at: Option<UnixTime>,
}

impl DatedKey {
    fn parse(version: &SecretVersion, selection: &Selection) -> Result<Self, String> {
        let key = SigningKey::parse(&version.text, selection).map_err(|error| error.to_string())?;
        Ok(Self { key, created_at: version.created_at })
    }
}

impl Token {
    /// Fetches all secrets, and opens a connection to the IdP, all at once: Lambda gives a start more
    /// CPU than a request. What can't be read now is asked for again by the first request.
    /// An unusable client secret stops the start, since a wrong one would refuse Cognito without a
    /// hint; an unusable signing key is named in the log line of each request that needs it.
    async fn warm_up(&self, idp_issuer_url: &Endpoint, now: UnixTime) -> Result<(), SecretError> {
        let store = async {
            if let Some(pkce) = &self.pkce {
                pkce.store.warm_up(now).await;
            }
        };
        let (client_secret, _, (), ()) = tokio::join!(
            self.client_secret.get(now),
            self.signing_key.get(now),
            store,
            self.idp.connect(idp_issuer_url)
        );
        match client_secret {
            Err(error @ SecretError::Unusable { .. }) => Err(error),
            Ok(_) | Err(SecretError::Unavailable { .. }) => Ok(()),
        }
    }

    async fn tokens(
        &self,
        request: &Request,
        request_id: &str,
        now: UnixTime,
        learned: &mut Learned,
    ) -> Result<Tokens, TokenError> {
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
            return self.exchange(&exchange, None, now, learned).await;
        };
        // The key is fetched meanwhile, if it must be.
        let (grant, _) = tokio::join!(pkce.store.redeem(&code, request_id, now), self.signing_key.get(now));
        let grant = grant?;
        learned.sign_in_id = Some(grant.sign_in_id.clone());
        let exchange = CodeExchange {
            code: &grant.idp_code,
            redirect_uri: &pkce.proxy_callback_url,
            client_id,
            code_verifier: Some(&grant.code_verifier),
        };
        let result = self.exchange(&exchange, Some(&grant.nonce), now, learned).await;
        if result.as_ref().is_err_and(TokenError::leaves_code_unspent) {
            pkce.store.release(&grant, request_id).await;
        }
        result
    }

    /// Exchanges the code. Where the IdP refuses our key, it may have been replaced a moment ago:
    /// it is fetched once more, and only a new one is tried.
    async fn exchange(
        &self,
        exchange: &CodeExchange<'_>,
        nonce: Option<&SecretString>,
        now: UnixTime,
        learned: &mut Learned,
    ) -> Result<Tokens, TokenError> {
        let key = self.signing_key.get(now).await?;
        let result = self.exchange_with(&key, exchange, nonce, now, learned).await;
        if matches!(&result, Err(TokenError::Response(error)) if error.is_invalid_client())
            && let Ok(new_key) = self.signing_key.refetch(now).await
            && !Arc::ptr_eq(&key, &new_key)
        {
            return self.exchange_with(&new_key, exchange, nonce, now, learned).await;
        }
        result
    }

    async fn exchange_with(
        &self,
        DatedKey { key, created_at }: &DatedKey,
        exchange: &CodeExchange<'_>,
        nonce: Option<&SecretString>,
        now: UnixTime,
        learned: &mut Learned,
    ) -> Result<Tokens, TokenError> {
        let assertion = client_assertion::sign(&self.client_assertion, key, &system::random()?, now)?;
        learned.kid = Some(key.kid().to_owned());
        learned.signing_key_age = created_at.map(|created_at| now.since(created_at));
        let asked_at = Instant::now();
        let response = self.idp.post(&code_exchange::form(exchange, &assertion)).await;
        *learned.idp_latency.get_or_insert_default() += asked_at.elapsed();
        let response = response?;
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
