//! `/authorize`. Nothing happens on bad input: a genuine sign-in still completes afterwards.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use battery::aws_wire::Wire;
use battery::event::Http;
use battery::proxy::{COGNITO_STATE, Proxy, authorize_query, cookie_pair, encode, parameters};

/// Each query gets the page, and the proxy works as before.
async fn get_the_page(queries: &[String]) {
    let proxy = Proxy::start().await;
    for query in queries {
        proxy.authorize(query, &[]).await.assert_page(400);
    }
    proxy.genuine_sign_in().await;
}

/// Each query goes back to Cognito with the error, and the proxy works as before.
async fn go_back_with(error: &str, queries: &[String]) {
    let proxy = Proxy::start().await;
    for query in queries {
        let response = proxy.authorize(query, &[]).await;
        response.assert_back(error);
        assert!(response.cookies.is_empty());
    }
    proxy.genuine_sign_in().await;
}

#[tokio::test]
async fn a_missing_or_wrong_client_id_gets_the_page() {
    get_the_page(&[
        String::new(),
        authorize_query(&[("client_id", "")]),
        authorize_query(&[("client_id", "other")]),
        authorize_query(&[]).replace("client_id=", "x="),
    ])
    .await;
}

#[tokio::test]
async fn a_redirect_uri_that_differs_in_anything_gets_the_page() {
    let others = [
        "https://pool.example/oauth2/IDPresponse",
        "https://POOL.example/oauth2/idpresponse",
        "https://pool.example/oauth2/idpresponse/",
        "https://pool.example:443/oauth2/idpresponse",
        "https://pool.example/oauth2/idpresponse?a=b",
        "https://pool.example/oauth2/idpresponse#",
        "https://pool.example/oauth2/../oauth2/idpresponse",
        "https://evil.example/oauth2/idpresponse",
        "http://pool.example/oauth2/idpresponse",
        "",
    ];
    get_the_page(&others.map(|uri| authorize_query(&[("redirect_uri", uri)]))).await;
}

#[tokio::test]
async fn a_repeated_client_id_state_or_redirect_uri_gets_the_page() {
    get_the_page(&["client_id", "state", "redirect_uri"].map(|name| {
        let query = authorize_query(&[]);
        let value = parameters(&format!("https://x.example/?{query}"))[name].clone();
        format!("{query}&{}", encode(&[(name, &value)]))
    }))
    .await;
}

#[tokio::test]
async fn a_missing_or_empty_state_gets_the_page() {
    get_the_page(&[authorize_query(&[("state", "")]), authorize_query(&[]).replace("&state=", "&x=")]).await;
}

#[tokio::test]
async fn any_readable_state_comes_back_exactly() {
    let proxy = Proxy::start().await;
    for state in ["a,b", "a b", "a+b", "a%20b", "a%25b", "\u{e9}\u{1f980}", "a&b=c;d\"e'f<g>"] {
        let response = proxy.authorize(&authorize_query(&[("state", state)]), &[]).await;
        let sent = parameters(&response.headers["location"]);
        let cookies: Vec<String> = response.cookies.iter().map(|cookie| cookie_pair(cookie)).collect();
        let query = encode(&[("code", "c"), ("state", &sent["state"]), ("iss", battery::proxy::ISSUER)]);
        let back = proxy.callback(&query, &cookies).await;
        assert_eq!(parameters(&back.headers["location"])["state"], state);
    }
}

#[tokio::test]
async fn a_response_type_other_than_code_goes_back() {
    let queries =
        ["token", "code id_token", "Code", ""].map(|value| authorize_query(&[("response_type", value)]));
    go_back_with("unsupported_response_type", &queries).await;
}

#[tokio::test]
async fn parameters_that_only_the_proxy_may_send_go_back() {
    let names = ["response_mode", "request", "request_uri", "code_challenge", "code_challenge_method"];
    go_back_with("invalid_request", &names.map(|name| authorize_query(&[(name, "x")]))).await;
}

#[tokio::test]
async fn control_characters_and_broken_encoding_in_the_state_get_the_page() {
    let query = authorize_query(&[]);
    let states =
        ["a%0Db", "a%0Ab", "a%00b", "a%7Fb", "%FF", "%C0%AF", "%ED%A0%80", "%", "%4", "%zz", "%u0041"];
    get_the_page(&states.map(|state| query.replace(COGNITO_STATE, state))).await;
}

#[tokio::test]
async fn a_url_or_a_state_that_is_too_long_goes_back_and_the_log_names_the_setting() {
    let proxy = Proxy::with(&[("IDP_AUTHORIZATION_URL_MAX_LENGTH", "600")]).await;
    let long = authorize_query(&[("login_hint", &"x".repeat(600))]);
    let response = proxy.authorize(&long, &[]).await;
    response.assert_back("invalid_request");
    assert!(response.log["detail"].as_str().unwrap().contains("idp_authorization_url_max_length"));

    let state = "s".repeat(3000);
    let response = proxy.authorize(&authorize_query(&[("state", &state)]), &[]).await;
    let back = parameters(&response.headers["location"]);
    assert_eq!((back["error"].as_str(), &back["state"]), ("invalid_request", &state));
    assert!(response.log["detail"].as_str().unwrap().contains("transaction_store browser"));
    proxy.genuine_sign_in().await;
}

#[tokio::test]
async fn an_authorization_url_with_a_query_is_joined() {
    let url = "https://idp.example/authorize?tenant=a%20b";
    let proxy = Proxy::with(&[("IDP_AUTH_PATH", ""), ("IDP_AUTHORIZATION_ENDPOINT", url)]).await;
    let response = proxy.authorize(&authorize_query(&[]), &[]).await;
    let location = &response.headers["location"];
    assert!(location.starts_with("https://idp.example/authorize?tenant=a%20b&"), "one question mark");
    assert_eq!(parameters(location)["client_id"], battery::proxy::CLIENT_ID);
}

#[tokio::test]
async fn a_nonce_from_cognito_is_forwarded_byte_for_byte_and_checked_like_ours() {
    let nonce = format!("{}.~+/=", "n".repeat(166));
    assert_eq!(nonce.len(), 171);
    let proxy = Proxy::start().await;
    let response = proxy.authorize(&authorize_query(&[("nonce", &nonce)]), &[]).await;
    let sent = parameters(&response.headers["location"]);
    assert_eq!(sent["nonce"], nonce);
    let cookies: Vec<String> = response.cookies.iter().map(|cookie| cookie_pair(cookie)).collect();
    let query = encode(&[("code", "c"), ("state", &sent["state"]), ("iss", battery::proxy::ISSUER)]);
    let code = parameters(&proxy.callback(&query, &cookies).await.headers["location"])["code"].clone();
    // Whoever holds the browser could have added it: an ID token of another sign-in stays refused.
    for (in_token, status) in [("another-nonce", 502), (nonce.as_str(), 200)] {
        proxy.idp.behave(battery::idp::json("200 OK", &battery::proxy::tokens(in_token)));
        assert_eq!(proxy.token(&battery::proxy::token_form(&code, &[])).await.status, status);
    }
}

#[tokio::test]
async fn known_parameters_are_forwarded_unknown_ones_dropped_and_foreign_scopes_refused() {
    let proxy = Proxy::start().await;
    let hint = "user+tag@example.com";
    let query =
        authorize_query(&[("login_hint", hint), ("prompt", "login"), ("ui_locales", "de en"), ("evil", "1")]);
    let sent = parameters(&proxy.authorize(&query, &[]).await.headers["location"]);
    assert_eq!(
        (sent["login_hint"].as_str(), sent["prompt"].as_str(), sent["ui_locales"].as_str()),
        (hint, "login", "de en")
    );
    assert!(!sent.contains_key("evil"));
    proxy.authorize(&authorize_query(&[("scope", "openid admin")]), &[]).await.assert_back("invalid_scope");
}

#[tokio::test]
async fn configured_parameters_are_added_and_a_caller_cannot_override_them() {
    let fixed = r#"{"prompt":"login","claims":{"userinfo":{"a":null}},"vtr":["P2.Cl.Cm"]}"#;
    let proxy = Proxy::with(&[("IDP_AUTHORIZATION_PARAMETERS", fixed)]).await;
    let query = authorize_query(&[("prompt", "none"), ("claims", "{}"), ("vtr", "[]")]);
    let location = proxy.authorize(&query, &[]).await.headers["location"].clone();
    let sent = parameters(&location);
    assert_eq!(sent["prompt"], "login");
    assert_eq!(sent["claims"], r#"{"userinfo":{"a":null}}"#);
    assert_eq!(sent["vtr"], r#"["P2.Cl.Cm"]"#);
    assert_eq!(location.matches("prompt=").count(), 1);
}

#[tokio::test]
async fn another_method_is_refused() {
    let proxy = Proxy::start().await;
    for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
        let http = Http { method, ..Http::get(&authorize_query(&[]), &[]) };
        let response = proxy.authorize_http(&http).await;
        response.assert_page(405);
        assert_eq!(response.headers["allow"], "GET");
    }
    proxy.genuine_sign_in().await;
}

#[tokio::test]
async fn another_spelling_of_the_path_is_never_another_behaviour() {
    let proxy = Proxy::start().await;
    for path in ["//authorize", "/%61uthorize", "/authorize/", "/token", "/"] {
        let good = proxy.authorize_at(path, &Http::get(&authorize_query(&[]), &[])).await;
        assert!(good.headers["location"].starts_with("https://idp.example/realms/a/authorize?"), "{path}");
        proxy.authorize_at(path, &Http::get("", &[])).await.assert_page(400);
    }
}

#[tokio::test]
async fn forged_host_headers_change_nothing() {
    let proxy = Proxy::start().await;
    let http = Http::get(&authorize_query(&[]), &[])
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .header("forwarded", "host=evil.example");
    let response = proxy.authorize_http(&http).await;
    assert!(response.headers["location"].starts_with("https://idp.example/realms/a/authorize?"));
    assert_eq!(parameters(&response.headers["location"])["redirect_uri"], battery::proxy::CALLBACK_URL);
    assert!(!response.headers.values().any(|value| value.contains("evil.example")));
}

#[tokio::test]
async fn two_sign_ins_with_the_same_cognito_state_both_complete() {
    let proxy = Proxy::start().await;
    let (first, second) = (proxy.sign_in("first-idp-code").await, proxy.sign_in("second-idp-code").await);
    assert_ne!(first.state, second.state);
    for sign_in in [first, second] {
        proxy.idp.behave(battery::idp::json("200 OK", &battery::proxy::tokens(&sign_in.nonce)));
        assert_eq!(proxy.token(&battery::proxy::token_form(&sign_in.code, &[])).await.status, 200);
    }
}

#[tokio::test]
async fn with_many_open_transactions_the_oldest_are_expired_and_headers_stay_small() {
    let proxy = Proxy::start().await;
    let state = "s".repeat(740);
    let mut jar: Vec<String> = Vec::new();
    for _ in 0..12 {
        let response = proxy.authorize(&authorize_query(&[("state", &state)]), &jar).await;
        for cookie in &response.cookies {
            let pair = cookie_pair(cookie);
            let name = pair.split('=').next().unwrap().to_owned();
            if cookie.ends_with("Max-Age=0") {
                assert_eq!(name, jar[0].split('=').next().unwrap(), "the oldest goes first");
                jar.remove(0);
            } else {
                jar.push(pair);
            }
        }
        assert!(jar.iter().map(String::len).sum::<usize>() <= 6 * 1024);
    }
    assert!(jar.len() >= 3, "several tabs work side by side");
}

#[tokio::test]
async fn a_thousand_anonymous_requests_call_nobody() {
    let aws = Wire::start();
    let proxy = Proxy::with(&[("AWS_ENDPOINT_URL", aws.endpoint())]).await;
    let at_start = aws.all_calls();
    for _ in 0..1000 {
        assert_eq!(proxy.authorize(&authorize_query(&[]), &[]).await.status, 302);
    }
    assert_eq!((aws.all_calls(), proxy.idp.connections()), (at_start, 0));
}

#[tokio::test]
async fn state_nonce_and_verifier_have_nothing_in_common_and_are_new_for_each_sign_in() {
    let proxy = Proxy::start().await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..3 {
        let sign_in = proxy.sign_in("c").await;
        proxy.idp.behave(battery::idp::json("200 OK", &battery::proxy::tokens(&sign_in.nonce)));
        proxy.token(&battery::proxy::token_form(&sign_in.code, &[])).await;
        let verifier = proxy.idp.seen().last().unwrap().parameter("code_verifier");
        // All three as the bytes that were drawn.
        let verifier = URL_SAFE_NO_PAD.decode(verifier).unwrap();
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
        };
        for secret in [hex(&sign_in.state), hex(&sign_in.nonce), verifier] {
            assert_eq!(secret.len(), 32);
            assert!(seen.insert(secret), "drawn before");
        }
    }
}
