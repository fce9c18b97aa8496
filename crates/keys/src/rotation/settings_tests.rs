//! Where settings come from, and which are refused before anything is asked.

use serde_json::json;

use super::*;

fn read(changes: &Value) -> Result<Settings, SettingsError> {
    let mut settings = json!({
        "idp_client_id": "client",
        "idp_issuer_url": "https://idp.example",
        "idp_token_path": "/token",
        "cognito_redirect_uri": "https://pool.example/oauth2/idpresponse",
        "proxy_callback_url": "https://proxy.example/v1/callback",
        "signing_key_secret_id": "key",
    });
    settings.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    Settings::read(&|name| of_file(settings.as_object().unwrap(), name))
}

#[test]
fn the_proxys_urls_follow_from_the_callback() {
    let settings = read(&json!({"jwks_secret_id": "keys"})).unwrap();
    assert_eq!(settings.proxy_url.unwrap().as_str(), "https://proxy.example/v1");
    assert_eq!(settings.jwks_url.unwrap().as_str(), "https://proxy.example/v1/jwks.json");
    assert!(read(&json!({})).unwrap().jwks_url.is_none(), "nothing is published");
}

#[test]
fn the_callback_follows_from_the_proxys_url() {
    let settings = read(&json!({"proxy_callback_url": null, "proxy_url": "https://p.example/v1/"})).unwrap();
    assert_eq!(settings.proxy_callback_url.unwrap().as_str(), "https://p.example/v1/callback");
}

#[test]
fn routes_are_the_deployments_own() {
    let settings = read(&json!({
        "proxy_callback_url": "https://proxy.example/v1/back",
        "api_callback_route": "/back",
        "api_token_route": "/tokens",
        "jwks_route": "/keys",
        "jwks_secret_id": "keys",
    }));
    let settings = settings.unwrap();
    assert_eq!(settings.proxy_url.unwrap().as_str(), "https://proxy.example/v1");
    assert_eq!(settings.jwks_url.unwrap().as_str(), "https://proxy.example/v1/keys");
    assert_eq!(
        (settings.routes.authorize.as_str(), settings.routes.token.as_str()),
        ("/authorize", "/tokens")
    );
}

#[test]
fn without_pkce_there_is_no_callback() {
    let settings = read(&json!({"pkce": false, "proxy_callback_url": null})).unwrap();
    assert!(settings.proxy_callback_url.is_none() && settings.proxy_url.is_none());
}

#[test]
fn settings_that_a_rotation_cannot_work_with_are_named() {
    for (changes, name) in [
        (json!({"proxy_callback_url": null}), "PROXY_CALLBACK_URL"),
        (json!({"signing_key_kid": "old"}), "SIGNING_KEY_KID"),
        (json!({"signing_key_secret_id": null}), "SIGNING_KEY_SECRET_ID"),
        (json!({"pkce": false, "proxy_callback_url": null, "jwks_secret_id": "keys"}), "JWKS_URL"),
        (json!({"api_token_route": "token"}), "API_TOKEN_ROUTE"),
        (json!({"client_assertion_alg": "HS256"}), "CLIENT_ASSERTION_ALG"),
    ] {
        let error = read(&changes).unwrap_err();
        assert_eq!(error.problems.len(), 1, "{error}");
        assert!(error.to_string().starts_with(name), "{error}");
    }
}
