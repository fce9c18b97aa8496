//! The three legs of a sign-in, from outside: what Cognito, the browser and the IdP send, made of
//! what the functions answered.

use std::collections::HashMap;

use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::environment::{CLIENT_ID, CLIENT_SECRET, COGNITO_REDIRECT_URI};
use crate::{event, idp};

/// Cognito's state of a sign-in through the hosted pages is about as long.
const COGNITO_STATE_LENGTH: usize = 700;

/// The browser at `/authorize`.
pub fn authorize() -> String {
    authorize_of(CLIENT_ID)
}

/// A request that isn't Cognito's.
pub fn authorize_as_stranger() -> String {
    authorize_of("another-client")
}

fn authorize_of(client_id: &str) -> String {
    let state = "H4sIAAAAAAAAAE2Q".repeat(COGNITO_STATE_LENGTH / 16);
    let query = encode(&[
        ("client_id", client_id),
        ("redirect_uri", COGNITO_REDIRECT_URI),
        ("scope", "openid email profile"),
        ("response_type", "code"),
        ("state", &state),
    ]);
    event::get("/authorize", &query, &[])
}

/// The browser at `/callback`, sent by an IdP that has signed the user in, given what `/authorize`
/// answered.
pub fn callback(authorized: &Value) -> String {
    let location = authorized["headers"]["location"].as_str().unwrap_or_default();
    let sent = parameters(authorized);
    let code = idp::code(&sent["nonce"]);
    let issuer = location.split_once(idp::ISSUER_PATH).unwrap().0.to_owned() + idp::ISSUER_PATH;
    let query = encode(&[("state", &sent["state"]), ("iss", &issuer), ("code", &code)]);
    let cookies = authorized["cookies"].as_array().unwrap().iter();
    let cookies: Vec<String> =
        cookies.map(|cookie| cookie.as_str().unwrap().split(';').next().unwrap().to_owned()).collect();
    event::get("/callback", &query, &cookies)
}

/// Cognito at `/token`, given what `/callback` answered.
pub fn token(called_back: &Value) -> String {
    token_of(CLIENT_SECRET, &parameters(called_back)["code"])
}

/// Somebody who doesn't know Cognito's secret, with something of a code's length.
pub fn token_with_wrong_secret() -> String {
    token_of("uZpPmVd2yX0jC8qkqF5l6tqvK3hJYt1vS9aWb7nRxEO", &"eyJhbGciOiJBMjU2S1ci.".repeat(30))
}

fn token_of(client_secret: &str, code: &str) -> String {
    let form = encode(&[
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", COGNITO_REDIRECT_URI),
        ("client_secret", client_secret),
        ("code", code),
    ]);
    event::post("/token", &form)
}

/// An IdP at `/jwks.json`.
pub fn jwks() -> String {
    event::get("/jwks.json", "", &[])
}

/// Fails unless there are tokens in it.
pub fn assert_tokens(response: &Value) {
    let body: Value = serde_json::from_str(response["body"].as_str().unwrap()).unwrap();
    assert!(response["statusCode"] == 200 && body["id_token"].is_string(), "no tokens: {response}");
}

/// What a redirect carries. Fails if that is an error.
fn parameters(response: &Value) -> HashMap<String, String> {
    let location = response["headers"]["location"].as_str();
    let location = location.unwrap_or_else(|| panic!("no redirect: {response}"));
    let parameters: HashMap<String, String> =
        Url::parse(location).unwrap().query_pairs().into_owned().collect();
    assert!(!parameters.contains_key("error"), "an error: {response}");
    parameters
}

fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
