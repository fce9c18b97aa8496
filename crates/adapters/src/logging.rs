//! Logs and metrics: one line of JSON on standard output per request, with fields from a fixed list,
//! and one when a secret can't be read anew or the start is refused. The line is in CloudWatch's
//! Embedded Metric Format, so that it is the metric, too. What libraries log is not written: it may
//! show requests, and so secrets. (The Lambda runtime alone says on standard error when its own API fails.)

use std::error::Error;
use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use metrique_writer_core::format::Format as _;
use metrique_writer_core::unit::{AsCount, AsSeconds, Unit};
use metrique_writer_core::{Entry, EntryWriter};
use metrique_writer_format_emf::{Emf, MetricDefinition, MetricDirective, NoMetric};
use protocol::transaction::SignInId;

use crate::answer::{Answer, Outcome};

/// The namespace of all metrics.
pub const NAMESPACE: &str = "cognito-oidc-proxy";

const FUNCTION_NAME: &str = "function_name";
const REQUESTS: &str = "Requests";

static LOG: OnceLock<Mutex<Log>> = OnceLock::new();

struct Log {
    format: Emf,
    function_name: String,
    output: Box<dyn Write + Send>,
}

/// Starts logging to `output`, in the name of a Lambda function. Further calls change nothing.
pub fn init(function_name: &str, output: impl Write + Send + 'static) {
    let _ = LOG.set(Mutex::new(Log {
        format: format(),
        function_name: function_name.to_owned(),
        output: Box::new(output),
    }));
}

/// Every metric by function; `Requests` also by function and outcome, and by function and cause.
/// Outcomes and causes are fixed words, so that nobody can make metrics, which cost, at will.
fn format() -> Emf {
    Emf::builder(NAMESPACE.to_owned(), vec![vec![FUNCTION_NAME.to_owned()]])
        .directive(MetricDirective {
            dimensions: vec![vec![FUNCTION_NAME, "outcome"], vec![FUNCTION_NAME, "cause"]],
            metrics: vec![MetricDefinition {
                name: REQUESTS,
                unit: Unit::Count,
                storage_resolution: Option::None,
            }],
            namespace: NAMESPACE,
        })
        .build()
}

/// Writes the line of one request.
pub fn request(route: &str, request_id: &str, answer: &Answer, duration: Duration) {
    write(&RequestLine { route, request_id, answer, duration });
}

/// Says that a secret couldn't be read anew, beside the line of the request that wanted it.
pub fn older_secret_used(reason: &dyn Error) {
    write(&Notice {
        level: "WARN",
        message: "an older secret is used",
        cause: "secret_refresh_failed",
        metric: "SecretRefreshFailures",
        detail: reason.to_string(),
    });
}

/// Says why the Lambda can't start.
pub fn refused_to_start(reason: &dyn Error) {
    write(&Notice {
        level: "ERROR",
        message: "refused to start",
        cause: "refused_to_start",
        metric: "RefusedStarts",
        detail: reason.to_string(),
    });
}

/// Writes one line. What can't be written has nowhere to be reported.
fn write(entry: &impl Entry) {
    let Some(log) = LOG.get() else { return };
    let Log { format, function_name, output } = &mut *log.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = format.format(&Line { function_name, entry }, output);
    let _ = output.flush();
}

/// An entry in the name of this function.
struct Line<'l, E> {
    function_name: &'l str,
    entry: &'l E,
}

impl<E: Entry> Entry for Line<'_, E> {
    fn write<'a>(&'a self, line: &mut impl EntryWriter<'a>) {
        line.value(FUNCTION_NAME, self.function_name);
        self.entry.write(line);
    }
}

struct RequestLine<'a> {
    route: &'a str,
    request_id: &'a str,
    answer: &'a Answer,
    duration: Duration,
}

impl Entry for RequestLine<'_> {
    fn write<'a>(&'a self, line: &mut impl EntryWriter<'a>) {
        let level = match self.answer.outcome {
            Outcome::Done => "INFO",
            Outcome::Refused => "WARN",
            Outcome::Failed | Outcome::IdpFailed | Outcome::Attack => "ERROR",
        };
        line.value("level", level);
        line.value("message", "request");
        line.value("route", self.route);
        line.value("request_id", self.request_id);
        line.value("sign_in_id", &self.answer.sign_in_id.as_ref().map(SignInId::as_str));
        line.value("status", &NoMetric::from(u64::from(self.answer.reply.status)));
        line.value("outcome", self.answer.outcome.as_str());
        line.value("cause", self.answer.cause);
        line.value("detail", &self.answer.detail);
        line.value("duration_ms", &NoMetric::from(self.duration));
        line.value(REQUESTS, &AsCount::from(1_u64));
        line.value("IdpLatency", &self.answer.idp_latency);
        line.value("SigningKeyAge", &self.answer.signing_key_age.map(AsSeconds::from));
    }
}

struct Notice {
    level: &'static str,
    message: &'static str,
    cause: &'static str,
    metric: &'static str,
    detail: String,
}

impl Entry for Notice {
    fn write<'a>(&'a self, line: &mut impl EntryWriter<'a>) {
        line.value("level", self.level);
        line.value("message", self.message);
        line.value("cause", self.cause);
        line.value("detail", &self.detail);
        line.value(self.metric, &AsCount::from(1_u64));
    }
}
