//! Running a handler as a Lambda function behind an HTTP API: start, event in, response out, one
//! log line.

use std::process::ExitCode;
use std::time::Instant;

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::Method;
use lambda_http::{Error, LambdaEvent, lambda_runtime, service_fn};
use protocol::Reply;
use protocol::time::UnixTime;

use crate::answer::{Answer, Outcome};
use crate::http_api::{Event, Request, response};
use crate::settings::Lookup;
use crate::{logging, system};

/// What one Lambda does.
#[expect(async_fn_in_trait, reason = "a Lambda handles one request at a time, on one thread")]
pub trait Handler: Sized {
    /// The route's name, for logs.
    const ROUTE: &'static str;
    /// The one method that it answers.
    const METHOD: Method;

    /// Reads the settings, builds the clients, and fetches what the first request will need.
    ///
    /// # Errors
    /// Whatever makes it pointless to start.
    async fn start(lookup: &Lookup<'_>) -> Result<Self, Error>;

    /// Answers a request that came at `now`. Every failure is an answer.
    async fn handle(&self, request: &Request, request_id: &str, now: UnixTime) -> Answer;
}

/// Starts the handler and serves events until Lambda ends the process. This is the whole `main` of
/// a function.
#[must_use]
pub fn run<H: Handler>() -> ExitCode {
    let function_name = system::environment("AWS_LAMBDA_FUNCTION_NAME");
    logging::init(function_name.as_deref().unwrap_or(H::ROUTE), std::io::stdout());
    let result = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(serve::<H>()));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            logging::refused_to_start(reason.as_ref());
            ExitCode::FAILURE
        }
    }
}

async fn serve<H: Handler>() -> Result<(), Error> {
    let handler = &H::start(&system::environment).await?;
    let serve = |event: LambdaEvent<Event>| async move {
        Ok::<_, Error>(respond(handler, event.payload, &event.context.request_id, system::now()).await)
    };
    // Without the layer that makes spans, since nobody listens to them.
    lambda_runtime::Runtime::new(service_fn(serve)).run().await
}

/// Answers one event that came at `now`, and writes its log line.
pub async fn respond<H: Handler>(
    handler: &H,
    event: Event,
    request_id: &str,
    now: UnixTime,
) -> ApiGatewayV2httpResponse {
    let started = Instant::now();
    let request = Request::from(event);
    let answer = if request.method == H::METHOD.as_str() {
        handler.handle(&request, request_id, now).await
    } else {
        wrong_method(&H::METHOD, request_id)
    };
    logging::request(H::ROUTE, request_id, &answer, started.elapsed());
    response(answer.reply)
}

fn wrong_method(allowed: &Method, request_id: &str) -> Answer {
    let mut reply = Reply::page(405, request_id);
    reply.headers.push(("allow", allowed.as_str().to_owned()));
    Answer::new(reply, Outcome::Refused, "method")
}
