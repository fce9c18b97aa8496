//! The IdP: its authorization endpoint, which is a function here since only the browser calls it,
//! and its token endpoint. It keeps nothing: the code that it gives out says which nonce belongs into
//! the ID token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use url::form_urlencoded;

use crate::http::{Request, response};

/// What the issuer adds to the IdP's origin.
pub const ISSUER_PATH: &str = "/realms/a";

/// The issuer that the tokens name, which only Cognito would look at.
const ISSUER: &str = "https://idp.example/realms/a";

/// A code as long as usual.
pub fn code(nonce: &str) -> String {
    format!("uss.{}.{nonce}", "c".repeat(64))
}

/// Answers a token request. One that no sign-in is behind gets tokens of the same size.
pub fn answer(request: &Request) -> Vec<u8> {
    if request.line.starts_with("GET ") {
        return response("200 OK", "Content-Type: application/json\r\n", &metadata());
    }
    let form: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
    let code = form.iter().find(|(name, _)| name == "code").map(|(_, value)| value.as_str());
    let nonce = code.and_then(|code| code.rsplit_once('.')).map_or("none", |(_, nonce)| nonce);
    let headers = "Content-Type: application/json\r\n\
                   Cache-Control: no-store\r\n\
                   Pragma: no-cache\r\n\
                   Referrer-Policy: no-referrer\r\n\
                   Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n\
                   X-Content-Type-Options: nosniff\r\n";
    response("200 OK", headers, &tokens(nonce))
}

/// Metadata as long as usual.
fn metadata() -> String {
    let algorithms =
        ["PS384", "RS384", "EdDSA", "ES384", "RS256", "ES256", "RS512", "PS256", "PS512", "ES512"];
    let name = |number: u32| (format!("member_{number}_values_supported"), json!(algorithms));
    serde_json::Value::Object((0..50).map(name).collect()).to_string()
}

/// Tokens as long as usual, with a signature of 2048 bits that nobody here checks.
fn tokens(nonce: &str) -> String {
    let header = r#"{"alg":"RS256","typ":"JWT","kid":"FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE"}"#;
    let id_token = json!({
        "iss": ISSUER, "aud": "client-at-the-idp", "azp": "client-at-the-idp", "typ": "ID",
        "sub": "5f1e1d4c-2b3a-4c5d-8e9f-a0b1c2d3e4f5", "nonce": nonce, "acr": "1",
        "exp": 1_795_176_300, "iat": 1_795_176_000, "auth_time": 1_795_175_999,
        "jti": "8b4a1f2e-4d3c-4012-9456-789abcdef012", "at_hash": "uvH1vQ1gYyBfXnY0JQ2Qxw",
        "sid": "2f1e4d3c-8b4a-4012-9456-789abcdef012", "email_verified": true,
        "name": "Erika Mustermann", "given_name": "Erika", "family_name": "Mustermann",
        "preferred_username": "erika.mustermann", "email": "erika.mustermann@example.org"
    });
    let access_token = json!({
        "iss": ISSUER, "typ": "Bearer", "azp": "client-at-the-idp", "scope": "openid email profile",
        "sub": "5f1e1d4c-2b3a-4c5d-8e9f-a0b1c2d3e4f5", "exp": 1_795_176_300, "iat": 1_795_176_000,
        "realm_access": {"roles": ["offline_access", "uma_authorization", "default-roles-a"]},
        "resource_access": {"account": {"roles": ["manage-account", "view-profile"]}}
    });
    let jwt = |claims: &serde_json::Value| {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let signature = encode(&[0x5a; 256]);
        format!("{}.{}.{signature}", encode(header.as_bytes()), encode(claims.to_string().as_bytes()))
    };
    json!({
        "access_token": jwt(&access_token),
        "expires_in": 300,
        "refresh_expires_in": 1800,
        "refresh_token": jwt(&json!({"iss": ISSUER, "typ": "Refresh"})),
        "token_type": "Bearer",
        "id_token": jwt(&id_token),
        "not-before-policy": 0,
        "scope": "openid email profile"
    })
    .to_string()
}
