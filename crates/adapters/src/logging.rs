//! Logs: JSON on standard output, one line per request, with fields from a fixed list,
//! and one when a secret can't be read anew or the start is refused. Only this
//! crate's own events are written: what libraries log may show requests, and so secrets.

use std::time::Duration;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::answer::{Answer, Outcome};

/// Starts logging to `writer`. Further calls change nothing.
pub fn init<W>(writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_ansi(false);
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::INFO);
    let _ = tracing_subscriber::registry().with(ours).with(lines).try_init();
}

/// Writes the line of one request.
pub fn request(route: &str, request_id: &str, answer: &Answer, duration: Duration) {
    let status = answer.reply.status;
    let outcome = answer.outcome.as_str();
    let (cause, detail) = (answer.cause, answer.detail.as_deref());
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(request_id, route, status, outcome, cause, detail, duration_ms, "request")
        };
    }
    match answer.outcome {
        Outcome::Done => line!(info),
        Outcome::Refused => line!(warn),
        Outcome::Failed | Outcome::Attack => line!(error),
    }
}

/// Says that a secret couldn't be read anew, beside the line of the request that wanted it.
pub fn older_secret_used(reason: &dyn std::error::Error) {
    tracing::warn!(cause = "secret_refresh_failed", detail = %reason, "an older secret is used");
}

/// Says why the Lambda can't start.
pub fn refused_to_start(route: &str, reason: &dyn std::error::Error) {
    tracing::error!(route, detail = %reason, "refused to start");
}
