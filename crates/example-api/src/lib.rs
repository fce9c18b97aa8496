//! Answers with the claims that API Gateway's JWT authorizer has verified. It reads no token itself:
//! what isn't in the authorizer's context was never verified.

use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_http::aws_lambda_events::encodings::Body;
use lambda_http::http::HeaderValue;
use serde_json::json;

/// The claims as JSON; without an authorizer on the route, there are none.
#[must_use]
pub fn respond(request: &ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    let authorizer = request.request_context.authorizer.as_ref();
    let claims = authorizer.and_then(|authorizer| authorizer.jwt.as_ref()).map(|jwt| &jwt.claims);
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = 200;
    response.headers.insert("content-type", HeaderValue::from_static("application/json"));
    response.headers.insert("cache-control", HeaderValue::from_static("no-store"));
    response.body = Some(Body::Text(json!({ "verified_claims": claims }).to_string()));
    response
}

#[cfg(test)]
mod tests;
