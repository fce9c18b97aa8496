//! The HTTP API's event format (payload format 2.0) on one side, plain requests and replies on the
//! other. Values stay as raw as they come: the protocol core decodes them.

use std::collections::HashMap;

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::aws_lambda_events::encodings::Body;
use lambda_http::http::{HeaderName, HeaderValue};
use protocol::Reply;
use serde::Deserialize;

/// The few members of an event that are read. A type of our own, since the general one refuses an
/// event over a header value that nobody asks for, and has what it refused repeated in the runtime's
/// error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    request_context: RequestContext,
    raw_query_string: Option<String>,
    cookies: Option<Vec<String>>,
    headers: Option<HashMap<String, String>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

/// What the Lambdas read of an event.
pub struct Request {
    /// The HTTP method.
    pub method: String,
    /// The query as it stood in the URL: the event's parsed form hides repeated parameters.
    pub raw_query: String,
    /// The cookies, as `name=value`, in the browser's order.
    pub cookies: Vec<String>,
    /// The `Content-Type` header field.
    pub content_type: Option<String>,
    /// The `Authorization` header field.
    pub authorization: Option<String>,
    /// The `If-None-Match` header field.
    pub if_none_match: Option<String>,
    /// The body, encoded or not.
    pub body: String,
    /// Whether the body is encoded in base64.
    pub is_base64_encoded: bool,
}

impl From<Event> for Request {
    fn from(event: Event) -> Self {
        // An HTTP API writes the names of header fields in lower case.
        let mut headers = event.headers.unwrap_or_default();
        Self {
            method: event.request_context.http.method,
            content_type: headers.remove("content-type"),
            authorization: headers.remove("authorization"),
            if_none_match: headers.remove("if-none-match"),
            raw_query: event.raw_query_string.unwrap_or_default(),
            cookies: event.cookies.unwrap_or_default(),
            body: event.body.unwrap_or_default(),
            is_base64_encoded: event.is_base64_encoded,
        }
    }
}

/// Turns a reply into the response format.
#[must_use]
pub fn response(reply: Reply) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(reply.status);
    for (name, value) in reply.headers {
        // Every value was built from encoded or filtered text, so none is refused here.
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers.insert(HeaderName::from_static(name), value);
        }
    }
    response.cookies = reply.cookies;
    response.body = (!reply.body.is_empty()).then_some(Body::Text(reply.body));
    response
}
