//! `GET /callback`: finds the transaction of this browser, and sends the browser on to Cognito with
//! a code of ours or the IdP's error. The rules are in `protocol::callback`; this crate carries them
//! out.

pub mod settings;

use adapters::answer::{Answer, Outcome};
use adapters::aws;
use adapters::http_api::Request;
use adapters::lambda::Handler;
use adapters::settings::Lookup;
use adapters::system;
use adapters::transaction_store::configured::ConfiguredStore;
use adapters::transaction_store::{CloseError, FindError, TransactionStore as _};
use lambda_http::Error;
use lambda_http::http::Method;
use protocol::callback::{IssError, NotAResponse, parse, relay_error, send_code, send_error};
use protocol::oauth_error::ErrorCode;
use protocol::time::UnixTime;
use protocol::transaction::Transaction;
use protocol::{ExposeSecret as _, Reply, SecretString};

use crate::settings::Settings;

/// The handler of `/callback`.
pub struct Callback {
    settings: protocol::callback::Settings,
    store: ConfiguredStore,
}

impl Handler for Callback {
    const ROUTE: &'static str = "callback";
    const METHOD: Method = Method::GET;

    async fn start(lookup: &Lookup<'_>) -> Result<Self, Error> {
        let settings = Settings::read(lookup)?;
        let store = ConfiguredStore::new(&settings.store, &aws::config_from_environment(lookup)?);
        store.warm_up(system::now()).await;
        Ok(Self { settings: settings.protocol, store })
    }

    async fn handle(&self, request: &Request, request_id: &str, now: UnixTime) -> Answer {
        let response = match parse(&request.raw_query) {
            Ok(response) => response,
            Err(error) => return not_a_response(error, request_id),
        };
        let found = self.store.resume(&response.unverified_handle, &request.cookies, now).await;
        let transaction = match found {
            Ok(transaction) => transaction,
            Err(error) => return no_transaction(&error, request_id),
        };
        let answer = match response.result(&self.settings) {
            Ok(Ok(code)) => self.close(&transaction, code, request_id, now).await,
            // The transaction stays open: a user who said no by mistake may go back and say yes.
            Ok(Err(error)) => {
                let reply = relay_error(&self.settings, &transaction, error);
                let detail = format!("the IdP answered {}", error.loggable());
                Answer::new(reply, Outcome::Refused, "idp_error").detailed(detail)
            }
            Err(error) => self.wrong_iss(&transaction, error),
        };
        Answer { sign_in_id: Some(transaction.handle.sign_in_id()), ..answer }
    }
}

impl Callback {
    async fn close(
        &self,
        transaction: &Transaction,
        idp_code: &SecretString,
        request_id: &str,
        now: UnixTime,
    ) -> Answer {
        let grant = transaction.grant(idp_code.expose_secret(), now);
        match self.store.close(transaction, &grant, request_id, now).await {
            Ok(closed) => {
                let mut reply = send_code(&self.settings, transaction, closed.code.expose_secret());
                reply.cookies = closed.cookies;
                Answer::new(reply, Outcome::Done, "sent_to_cognito")
            }
            Err(CloseError::Used) => no_transaction(&FindError::Used, request_id),
            Err(CloseError::Unavailable(error)) => {
                let description = "The sign-in proxy can't work at the moment.";
                let reply = send_error(&self.settings, transaction, error.error_code(), description);
                Answer::new(reply, Outcome::Failed, error.cause()).detailed(error.to_string())
            }
        }
    }

    /// The code stays here. The transaction stays open: whoever sent this response, the genuine one
    /// may still come, and Cognito takes it as long as its own state is good.
    fn wrong_iss(&self, transaction: &Transaction, error: IssError) -> Answer {
        let (outcome, cause) = match error {
            IssError::Missing => (Outcome::IdpFailed, "iss_missing"),
            IssError::Wrong => (Outcome::Attack, "iss_wrong"),
        };
        let description = "The response did not come from the expected identity provider.";
        let reply = send_error(&self.settings, transaction, ErrorCode::ServerError, description);
        let detail = format!("{error}; see idp_issuer_url and idp_authorization_response_iss");
        Answer::new(reply, outcome, cause).detailed(detail)
    }
}

fn not_a_response(error: NotAResponse, request_id: &str) -> Answer {
    let cause = match error {
        NotAResponse::Malformed => "malformed_query",
        NotAResponse::Repeated => "repeated_parameter",
        NotAResponse::State => "state",
        NotAResponse::CodeOrError => "code_or_error",
    };
    Answer::new(Reply::page(400, request_id), Outcome::Refused, cause)
}

/// The browser can't tell the causes apart; the log can.
fn no_transaction(error: &FindError, request_id: &str) -> Answer {
    let (status, outcome, cause) = match error {
        FindError::Unknown => (400, Outcome::Refused, "no_transaction"),
        FindError::Forged => (400, Outcome::Refused, "forged_transaction"),
        FindError::Expired => (400, Outcome::Refused, "expired_transaction"),
        FindError::Used => (400, Outcome::Refused, "used_transaction"),
        FindError::Unavailable(error) => (503, Outcome::Failed, error.cause()),
    };
    Answer::new(Reply::page(status, request_id), outcome, cause).detailed(error.to_string())
}
