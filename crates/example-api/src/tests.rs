//! What the example API answers, with events as API Gateway sends them.

use serde_json::Value;

use super::*;

fn answer(authorizer: &Value) -> Value {
    let event: ApiGatewayV2httpRequest = serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": "GET /claims",
        "rawPath": "/claims",
        "headers": { "authorization": "Bearer unverified" },
        "requestContext": {
            "authorizer": authorizer,
            "http": { "method": "GET", "path": "/claims" },
            "stage": "$default",
        },
        "isBase64Encoded": false,
    }))
    .unwrap();
    let response = respond(&event);
    assert_eq!(response.status_code, 200);
    assert_eq!(response.headers["cache-control"], "no-store");
    let Some(Body::Text(body)) = response.body else { panic!("no text") };
    serde_json::from_str(&body).unwrap()
}

#[test]
fn verified_claims_are_echoed() {
    let claims = json!({ "sub": "6ff2", "client_id": "abc", "scope": "openid" });
    let authorizer = json!({ "jwt": { "claims": claims, "scopes": null } });
    assert_eq!(answer(&authorizer), json!({ "verified_claims": claims }));
}

#[test]
fn a_token_that_nobody_verified_is_not_read() {
    assert_eq!(answer(&Value::Null), json!({ "verified_claims": null }));
}
