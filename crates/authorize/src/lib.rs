//! `GET /authorize`: recognises Cognito's authorization request, opens a transaction, and sends the
//! browser to the IdP. The rules are in `protocol::authorize`; this crate carries them out.

pub mod settings;

use adapters::answer::{Answer, Outcome};
use adapters::aws;
use adapters::http_api::Request;
use adapters::lambda::Handler;
use adapters::settings::Lookup;
use adapters::system::{self, NoRandomness};
use adapters::transaction_store::configured::ConfiguredStore;
use adapters::transaction_store::{BeginError, TransactionStore as _};
use lambda_http::Error;
use lambda_http::http::Method;
use protocol::authorize::{
    AuthorizeError, Begun, Entropy, Recognised, Unrecognised, begin, recognise, send_back,
};
use protocol::oauth_error::ErrorCode;
use protocol::time::UnixTime;
use protocol::transaction::SignInId;
use protocol::{ExposeSecret as _, Reply};

use crate::settings::Settings;

/// The handler of `/authorize`.
pub struct Authorize {
    settings: protocol::authorize::Settings,
    store: ConfiguredStore,
}

/// Why a recognised request isn't sent on to the IdP.
enum Failure {
    Request(AuthorizeError),
    Store(BeginError),
    NoRandomness,
}

impl Handler for Authorize {
    const ROUTE: &'static str = "authorize";
    const METHOD: Method = Method::GET;

    async fn start(lookup: &Lookup<'_>) -> Result<Self, Error> {
        let settings = Settings::read(lookup)?;
        let store = ConfiguredStore::new(&settings.store, &aws::config_from_environment(lookup)?);
        store.warm_up(system::now()).await;
        Ok(Self { settings: settings.protocol, store })
    }

    async fn handle(&self, request: &Request, request_id: &str, now: UnixTime) -> Answer {
        let recognised = match recognise(&self.settings, &request.raw_query) {
            Ok(recognised) => recognised,
            Err(error) => return unrecognised(error, request_id),
        };
        match self.begin(&recognised, &request.cookies, request_id, now).await {
            Ok((reply, sign_in_id)) => {
                Answer { sign_in_id: Some(sign_in_id), ..Answer::new(reply, Outcome::Done, "sent_to_idp") }
            }
            Err(failure) => self.back(&recognised, &failure),
        }
    }
}

impl Authorize {
    /// Begins a sign-in. A handle that is taken is drawn anew, once.
    async fn begin(
        &self,
        recognised: &Recognised,
        cookies: &[String],
        request_id: &str,
        now: UnixTime,
    ) -> Result<(Reply, SignInId), Failure> {
        match self.try_to_begin(recognised, cookies, request_id, now).await {
            Err(Failure::Store(BeginError::HandleTaken)) => {
                self.try_to_begin(recognised, cookies, request_id, now).await
            }
            result => result,
        }
    }

    async fn try_to_begin(
        &self,
        recognised: &Recognised,
        cookies: &[String],
        request_id: &str,
        now: UnixTime,
    ) -> Result<(Reply, SignInId), Failure> {
        let Begun { transaction, authorization_url } =
            begin(&self.settings, recognised, &entropy()?, now).map_err(Failure::Request)?;
        let cookies =
            self.store.begin(&transaction, cookies, request_id, now).await.map_err(Failure::Store)?;
        let mut reply = Reply::redirect(authorization_url.expose_secret().to_owned());
        reply.cookies = cookies;
        Ok((reply, transaction.handle.sign_in_id()))
    }

    /// The answer for each failure of a request that is Cognito's: back to Cognito.
    fn back(&self, recognised: &Recognised, failure: &Failure) -> Answer {
        use {ErrorCode as Code, Outcome as Is};
        let (code, outcome, cause, detail) = match failure {
            Failure::Request(error) => {
                let cause = match error {
                    AuthorizeError::Repeated => "repeated_parameter",
                    AuthorizeError::ResponseType => "response_type",
                    AuthorizeError::ProxyOnly => "proxy_only_parameter",
                    AuthorizeError::Scope => "scope",
                    AuthorizeError::UrlTooLong => "url_too_long",
                };
                (error.code(), Is::Refused, cause, error.to_string())
            }
            Failure::Store(error @ BeginError::TooLong) => {
                (Code::InvalidRequest, Is::Refused, "state_too_long", error.to_string())
            }
            Failure::Store(error @ BeginError::HandleTaken) => {
                (Code::ServerError, Is::Failed, "handle_taken", error.to_string())
            }
            Failure::Store(BeginError::Unavailable(error)) => {
                (error.error_code(), Is::Failed, error.cause(), error.to_string())
            }
            Failure::NoRandomness => {
                (Code::ServerError, Is::Failed, "no_randomness", NoRandomness.to_string())
            }
        };
        let description = match outcome {
            Outcome::Refused => "The sign-in proxy does not accept this authorization request.",
            _ => "The sign-in proxy can't work at the moment.",
        };
        let reply = send_back(&self.settings, recognised, code, description);
        Answer::new(reply, outcome, cause).detailed(detail)
    }
}

fn unrecognised(error: Unrecognised, request_id: &str) -> Answer {
    let cause = match error {
        Unrecognised::Malformed => "malformed_query",
        Unrecognised::Repeated => "repeated_parameter",
        Unrecognised::ClientId => "client_id",
        Unrecognised::RedirectUri => "redirect_uri",
        Unrecognised::State => "state",
    };
    Answer::new(Reply::page(400, request_id), Outcome::Refused, cause)
}

fn entropy() -> Result<Entropy, Failure> {
    let random = || system::random().map_err(|NoRandomness| Failure::NoRandomness);
    Ok(Entropy { handle: random()?, code_verifier: random()?, nonce: random()? })
}
