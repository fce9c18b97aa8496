//! The HTTP API's event format (payload format 2.0) on one side, plain requests and replies on the
//! other. Values stay as raw as they come: the protocol core decodes them.

use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_http::aws_lambda_events::encodings::Body;
use lambda_http::http::{HeaderName, HeaderValue, Method};
use protocol::Reply;

/// What the Lambdas read of an event.
pub struct Request {
    /// The HTTP method.
    pub method: Method,
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

impl From<ApiGatewayV2httpRequest> for Request {
    fn from(event: ApiGatewayV2httpRequest) -> Self {
        let header = |name| {
            event.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Self {
            method: event.request_context.http.method.clone(),
            content_type: header("content-type"),
            authorization: header("authorization"),
            if_none_match: header("if-none-match"),
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
