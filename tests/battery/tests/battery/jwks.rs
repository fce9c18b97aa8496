//! `/jwks.json`: what it publishes, what it never does, and what an operator learns of it.

use std::collections::HashMap;

use adapters::lambda::{Handler as _, respond};
use adapters::system;
use battery::event::Http;
use battery::{aws, log};
use jwks::Jwks;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use protocol::time::UnixTime;
use serde_json::{Value, json};

const PRIVATE_NUMBER: &str = "c2VjcmV0LW51bWJlci1vZi10aGUtcHJpdmF0ZS1rZXk";

fn public_key(kid: &str) -> Value {
    json!({"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ", "kid": kid, "alg": "ES256", "use": "sig"})
}

fn set(keys: &[Value]) -> String {
    json!({"keys": keys}).to_string()
}

async fn start(secret_id: &str) -> Jwks {
    log::record();
    let environment: HashMap<&str, &str> = [
        ("AWS_REGION", aws::REGION),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", aws::endpoint()),
        ("JWKS_SECRET_ID", secret_id),
        ("JWKS_MAX_AGE_SECONDS", "60"),
    ]
    .into();
    Jwks::start(&|name| environment.get(name).map(|value| (*value).to_owned())).await.unwrap()
}

async fn ask(jwks: &Jwks, http: &Http, id: &str, now: UnixTime) -> (ApiGatewayV2httpResponse, Value) {
    let id = format!("jwks-{id}");
    let response = respond(jwks, http.event("/jwks.json"), &id, now).await;
    (response, log::line_of(&id))
}

fn header<'a>(response: &'a ApiGatewayV2httpResponse, name: &str) -> &'a str {
    response.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

fn body(response: &ApiGatewayV2httpResponse) -> String {
    response.body.as_ref().map(|body| String::from_utf8(body.to_vec()).unwrap()).unwrap_or_default()
}

#[tokio::test]
async fn the_public_keys_are_published_and_may_be_kept_for_the_configured_time() {
    let keys = [public_key("a"), public_key("b")];
    let jwks = start(&aws::create_secret(&set(&keys)).await).await;
    let (response, line) = ask(&jwks, &Http::get("", &[]), "published", system::now()).await;
    assert_eq!(response.status_code, 200);
    assert_eq!(serde_json::from_str::<Value>(&body(&response)).unwrap(), json!({"keys": keys}));
    assert_eq!(header(&response, "content-type"), "application/json");
    assert_eq!(header(&response, "cache-control"), "public, max-age=60");
    assert_eq!((&line["outcome"], &line["cause"]), (&"done".into(), &"keys_published".into()));

    let again = Http::get("", &[]).header("if-none-match", header(&response, "etag"));
    let (unchanged, line) = ask(&jwks, &again, "unchanged", system::now()).await;
    assert_eq!((unchanged.status_code, body(&unchanged)), (304, String::new()));
    assert_eq!(header(&unchanged, "etag"), header(&response, "etag"));
    assert_eq!(header(&unchanged, "cache-control"), "public, max-age=60");
    assert_eq!(line["cause"], "unchanged");
}

#[tokio::test]
async fn a_set_with_a_private_member_is_never_published() {
    let mut private = public_key("b");
    private["d"] = PRIVATE_NUMBER.into();
    for (number, text) in [set(&[public_key("a"), private.clone()]), private.to_string()].iter().enumerate() {
        let jwks = start(&aws::create_secret(text).await).await;
        let (response, line) =
            ask(&jwks, &Http::get("", &[]), &format!("private-{number}"), system::now()).await;
        assert_eq!(response.status_code, 500);
        assert_eq!(header(&response, "cache-control"), "no-store");
        assert!(!body(&response).contains(PRIVATE_NUMBER) && !body(&response).contains("keys\""));
        assert_eq!((&line["outcome"], &line["cause"]), (&"failed".into(), &"secret_unusable".into()));
        assert!(line["detail"].as_str().unwrap().contains("PRIVATE key (member d)"), "{line}");
    }
    assert!(log::leaked([&PRIVATE_NUMBER.to_owned()]).is_empty());
}

#[tokio::test]
async fn a_private_key_put_later_leaves_the_last_public_set_published() {
    let name = aws::create_secret(&set(&[public_key("a")])).await;
    let jwks = start(&name).await;
    let mut private = public_key("b");
    private["d"] = PRIVATE_NUMBER.into();
    aws::put_secret(&name, &set(&[private])).await;
    let later = UnixTime(system::now().0 + 301);
    let (response, _) = ask(&jwks, &Http::get("", &[]), "later", later).await;
    assert_eq!(response.status_code, 200);
    assert_eq!(body(&response), set(&[public_key("a")]));
    // What is right again is published as soon as it is read.
    aws::put_secret(&name, &set(&[public_key("c")])).await;
    let (response, _) = ask(&jwks, &Http::get("", &[]), "mended", UnixTime(later.0 + 30)).await;
    assert_eq!(body(&response), set(&[public_key("c")]));
}

#[tokio::test]
async fn without_a_set_or_with_an_empty_one_there_is_an_error_of_its_own() {
    let jwks = start("no-set-yet").await;
    let (response, line) = ask(&jwks, &Http::get("", &[]), "missing", system::now()).await;
    assert_eq!(response.status_code, 503);
    assert_eq!(line["cause"], "secret_unavailable");
    let jwks = start(&aws::create_secret(&set(&[])).await).await;
    let (response, line) = ask(&jwks, &Http::get("", &[]), "empty", system::now()).await;
    assert_eq!(response.status_code, 500);
    assert!(line["detail"].as_str().unwrap().contains("without a key"), "{line}");
}

#[tokio::test]
async fn another_method_is_refused() {
    let jwks = start(&aws::create_secret(&set(&[public_key("a")])).await).await;
    let (response, _) = ask(&jwks, &Http::post("a=b"), "method", system::now()).await;
    assert_eq!((response.status_code, header(&response, "allow")), (405, "GET"));
}
