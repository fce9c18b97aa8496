//! `/callback`. Nothing happens on bad input: the sign-in under way still completes afterwards.

use battery::aws_wire::{Fault, Wire};
use battery::proxy::{
    COGNITO_STATE, ISSUER, Proxy, authorize_query, cookie_pair, encode, parameters, token_form, tokens,
};
use battery::{aws, idp};
use protocol::time::UnixTime;

/// A sign-in of which the browser is at the IdP.
struct AtTheIdp {
    proxy: Proxy,
    state: String,
    nonce: String,
    cookies: Vec<String>,
}

async fn at_the_idp() -> AtTheIdp {
    at_the_idp_of(Proxy::start().await).await
}

async fn at_the_idp_of(proxy: Proxy) -> AtTheIdp {
    let response = proxy.authorize(&authorize_query(&[]), &[]).await;
    let sent = parameters(&response.headers["location"]);
    let cookies = response.cookies.iter().map(|cookie| cookie_pair(cookie)).collect();
    AtTheIdp { proxy, state: sent["state"].clone(), nonce: sent["nonce"].clone(), cookies }
}

impl AtTheIdp {
    fn query(&self) -> String {
        encode(&[("code", "idp-code-4711"), ("state", &self.state), ("iss", ISSUER)])
    }

    /// The genuine response gets through, up to the tokens.
    async fn completes(&self) {
        self.proxy.idp.behave(idp::json("200 OK", &tokens(&self.nonce)));
        let response = self.proxy.callback(&self.query(), &self.cookies).await;
        let code = &parameters(&response.headers["location"])["code"];
        let response = self.proxy.token(&token_form(code, &[])).await;
        assert_eq!(response.status, 200, "{}", response.log);
    }

    /// This query and these cookies get the page.
    async fn gets_the_page(&self, query: &str, cookies: &[String]) {
        self.proxy.callback(query, cookies).await.assert_page(400);
    }
}

#[tokio::test]
async fn what_is_no_authorization_response_gets_the_page() {
    let sign_in = at_the_idp().await;
    let state = &sign_in.state;
    for query in [
        String::new(),
        "code=c".to_owned(),
        format!("state={state}"),
        format!("state={state}&code=&error="),
        format!("state={state}&code=c&error=access_denied"),
    ] {
        sign_in.gets_the_page(&query, &sign_in.cookies).await;
    }
    sign_in.completes().await;
}

#[tokio::test]
async fn any_repeated_parameter_gets_the_page() {
    let sign_in = at_the_idp().await;
    for more in ["&code=c", "&iss=x", "&state=", "&a=1&a=1"] {
        sign_in.gets_the_page(&(sign_in.query() + more), &sign_in.cookies).await;
    }
    sign_in.completes().await;
}

#[tokio::test]
async fn an_error_of_the_idp_goes_back_with_cognitos_state() {
    let sign_in = at_the_idp().await;
    let query = encode(&[
        ("error", "access_denied"),
        ("error_description", "The user said no."),
        ("error_uri", "https://idp.example/why"),
        ("state", &sign_in.state),
        ("iss", ISSUER),
    ]);
    let back = sign_in.proxy.callback(&query, &sign_in.cookies).await.assert_back("access_denied");
    assert_eq!(back["error_description"], "The user said no.");
    assert_eq!(back["error_uri"], "https://idp.example/why");
    sign_in.completes().await;
}

#[tokio::test]
async fn an_error_with_a_forged_state_gets_the_page() {
    let sign_in = at_the_idp().await;
    for state in ["ab".repeat(32), COGNITO_STATE.to_owned(), sign_in.state.to_uppercase()] {
        let query = encode(&[("error", "access_denied"), ("state", &state), ("iss", ISSUER)]);
        sign_in.gets_the_page(&query, &sign_in.cookies).await;
    }
    sign_in.completes().await;
}

#[tokio::test]
async fn an_error_description_is_filtered_and_cut() {
    let sign_in = at_the_idp().await;
    let nasty = format!("<script>\"a\\b\"\r\nSet-Cookie: x=y\u{e9}{}", "z".repeat(10_000));
    let query = encode(&[
        ("error", "access_denied\r\n"),
        ("error_description", &nasty),
        ("state", &sign_in.state),
        ("iss", ISSUER),
    ]);
    let response = sign_in.proxy.callback(&query, &sign_in.cookies).await;
    let description = &response.assert_back("access_denied")["error_description"];
    assert_eq!(description.len(), 512);
    assert!(description.starts_with("<script>abSet-Cookie: x=yzzz"));
    assert!(!description.contains(['"', '\\', '\r', '\n', '\u{e9}']));
    assert!(
        response.log["detail"].as_str().unwrap().ends_with("access_denied"),
        "the description isn't logged"
    );
}

#[tokio::test]
async fn a_changed_cookie_gets_the_same_page_whatever_was_changed() {
    let sign_in = at_the_idp().await;
    let (name, value) = sign_in.cookies[0].split_once('=').unwrap();
    let middle = value.len() / 2;
    let flipped = if &value[middle..=middle] == "A" { "B" } else { "A" };
    let changed = [
        format!("{}{flipped}{}", &value[..middle], &value[middle + 1..]),
        value[..value.len() - 1].to_owned(),
        format!("{value}A"),
        format!("{value}=="),
        format!("\"{value}\""),
        value.replace('.', "%2E"),
        value.replace('-', "+").replace('_', "/") + ".",
        String::new(),
    ];
    let mut bodies = Vec::new();
    for value in changed {
        let response = sign_in.proxy.callback(&sign_in.query(), &[format!("{name}={value}")]).await;
        response.assert_page(400);
        bodies.push(response.body.split("request-").next().unwrap().to_owned());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "the page tells nothing about the cause");
    sign_in.completes().await;
}

#[tokio::test]
async fn a_cookie_of_another_purpose_deployment_client_or_key_gets_the_page() {
    let sign_in = at_the_idp().await;
    let name = sign_in.cookies[0].split_once('=').unwrap().0;
    // Another purpose: the code that Cognito would get.
    let other = sign_in.proxy.sign_in("c").await;
    sign_in.gets_the_page(&sign_in.query(), &[format!("{name}={}", other.code)]).await;
    // Another client that was given the same secret.
    let secret = sign_in.proxy.environment["TRANSACTION_SECRET_ID"].clone();
    let client = Proxy::with(&[("IDP_CLIENT_ID", "other"), ("TRANSACTION_SECRET_ID", &secret)]).await;
    client.callback(&sign_in.query(), &sign_in.cookies).await.assert_page(400);
    // Another deployment, with a secret of its own.
    let deployment = Proxy::start().await;
    deployment.callback(&sign_in.query(), &sign_in.cookies).await.assert_page(400);
    // Another algorithm, and a key that never was.
    for header in [
        r#"{"alg":"none","enc":"A256GCM","kid":"x"}"#,
        r#"{"alg":"dir","enc":"A256GCM","kid":"x"}"#,
        r#"{"alg":"A256KW","enc":"A256GCM","kid":"ffffffff-0000-4000-8000-000000000000"}"#,
    ] {
        use base64::Engine as _;
        let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(header);
        let rest = sign_in.cookies[0].split_once('.').unwrap().1;
        sign_in.gets_the_page(&sign_in.query(), &[format!("{name}={header}.{rest}")]).await;
    }
    sign_in.completes().await;
}

#[tokio::test]
async fn a_transaction_works_a_second_before_its_end_and_not_after() {
    let mut sign_in = at_the_idp().await;
    let begun_at = sign_in.proxy.now;
    sign_in.proxy.now = UnixTime(begun_at.0 + 600);
    sign_in.gets_the_page(&sign_in.query(), &sign_in.cookies).await;
    sign_in.proxy.now = UnixTime(begun_at.0 - 3600);
    sign_in.gets_the_page(&sign_in.query(), &sign_in.cookies).await;
    sign_in.proxy.now = UnixTime(begun_at.0 + 599);
    sign_in.completes().await;
}

#[tokio::test]
async fn a_wrong_or_missing_issuer_goes_back_and_the_code_is_not_forwarded() {
    let sign_in = at_the_idp().await;
    let (code, state) = (("code", "idp-code-4711"), ("state", sign_in.state.as_str()));
    let slash = format!("{ISSUER}/");
    for iss in [
        Some("https://evil.example"),
        Some(slash.as_str()),
        Some("https://IDP.example/realms/a"),
        Some(""),
        None,
    ] {
        let mut pairs = vec![code, state];
        pairs.extend(iss.map(|iss| ("iss", iss)));
        let response = sign_in.proxy.callback(&encode(&pairs), &sign_in.cookies).await;
        response.assert_back("server_error");
        let (outcome, cause) = if iss.is_some_and(|iss| !iss.is_empty()) {
            ("attack", "iss_wrong")
        } else {
            ("idp_failed", "iss_missing")
        };
        assert_eq!((&response.log["outcome"], &response.log["cause"]), (&outcome.into(), &cause.into()));
    }
    sign_in.completes().await;
}

#[tokio::test]
async fn without_a_promise_a_missing_issuer_is_accepted_but_a_wrong_one_is_not() {
    let proxy = Proxy::with(&[("IDP_AUTHORIZATION_RESPONSE_ISS", "if_present")]).await;
    let sign_in = at_the_idp_of(proxy).await;
    let wrong = encode(&[("code", "c"), ("state", &sign_in.state), ("iss", "https://evil.example")]);
    sign_in.proxy.callback(&wrong, &sign_in.cookies).await.assert_back("server_error");
    let without = encode(&[("code", "c"), ("state", &sign_in.state)]);
    let response = sign_in.proxy.callback(&without, &sign_in.cookies).await;
    assert!(parameters(&response.headers["location"]).contains_key("code"));
}

#[tokio::test]
async fn without_the_cookie_or_with_another_browsers_it_gets_the_page() {
    let sign_in = at_the_idp().await;
    let other = sign_in.proxy.authorize(&authorize_query(&[]), &[]).await;
    let others: Vec<String> = other.cookies.iter().map(|cookie| cookie_pair(cookie)).collect();
    sign_in.gets_the_page(&sign_in.query(), &[]).await;
    sign_in.gets_the_page(&sign_in.query(), &others).await;
    // Another browser's cookie under this transaction's name.
    let name = sign_in.cookies[0].split_once('=').unwrap().0;
    let value = others[0].split_once('=').unwrap().1;
    sign_in.gets_the_page(&sign_in.query(), &[format!("{name}={value}")]).await;
    sign_in.completes().await;
}

#[tokio::test]
async fn two_tabs_of_one_browser_both_complete() {
    let mut first = at_the_idp().await;
    let response = first.proxy.authorize(&authorize_query(&[]), &first.cookies).await;
    let sent = parameters(&response.headers["location"]);
    let jar: Vec<String> = first
        .cookies
        .iter()
        .cloned()
        .chain(response.cookies.iter().map(|cookie| cookie_pair(cookie)))
        .collect();
    first.cookies.clone_from(&jar);
    let second = AtTheIdp {
        state: sent["state"].clone(),
        nonce: sent["nonce"].clone(),
        cookies: jar,
        proxy: first.proxy,
    };
    second.completes().await;
    let first = AtTheIdp { proxy: second.proxy, ..first };
    first.completes().await;
}

#[tokio::test]
async fn the_cookie_goes_with_the_first_callback_so_the_second_gets_the_page() {
    let sign_in = at_the_idp().await;
    let response = sign_in.proxy.callback(&sign_in.query(), &sign_in.cookies).await;
    let name = sign_in.cookies[0].split_once('=').unwrap().0;
    assert_eq!(response.cookies, [format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")]);
    // The browser has obeyed.
    sign_in.gets_the_page(&sign_in.query(), &[]).await;
}

#[tokio::test]
async fn a_code_of_any_characters_and_of_4_kb_reaches_the_idp_exactly() {
    let proxy = Proxy::start().await;
    for idp_code in [". ~ / + = % & ?#\u{e9}", &"c".repeat(4096)] {
        let sign_in = proxy.sign_in(idp_code).await;
        proxy.idp.behave(idp::json("200 OK", &tokens(&sign_in.nonce)));
        assert_eq!(proxy.token(&token_form(&sign_in.code, &[])).await.status, 200);
        assert_eq!(proxy.idp.seen().last().unwrap().parameter("code"), idp_code);
    }
}

#[tokio::test]
async fn parameters_that_nobody_asked_for_are_not_relayed() {
    let sign_in = at_the_idp().await;
    let query = sign_in.query() + "&session_state=s&id_token=t&evil=1";
    let response = sign_in.proxy.callback(&query, &sign_in.cookies).await;
    let mut names: Vec<String> = parameters(&response.headers["location"]).into_keys().collect();
    names.sort();
    assert_eq!(names, ["code", "state"]);
}

#[tokio::test]
async fn a_transaction_survives_one_rotation_of_the_secret_and_not_two() {
    let sign_in = at_the_idp().await;
    let secret = &sign_in.proxy.environment["TRANSACTION_SECRET_ID"];
    aws::put_secret(secret, &"second-secret-".repeat(4)).await;
    // An instance that was warm before the rotation, and one that started after it.
    sign_in.completes().await;
    let cold = sign_in.proxy.another_instance().await;
    assert_eq!(cold.callback(&sign_in.query(), &sign_in.cookies).await.status, 302);
    // A code sealed before the rotation, redeemed after it.
    let before = sign_in.proxy.sign_in("c").await;
    sign_in.proxy.idp.behave(idp::json("200 OK", &tokens(&before.nonce)));
    assert_eq!(cold.token(&token_form(&before.code, &[])).await.status, 200);

    aws::put_secret(secret, &"third-secret-".repeat(4)).await;
    let cold = sign_in.proxy.another_instance().await;
    cold.callback(&sign_in.query(), &sign_in.cookies).await.assert_page(400);
}

#[tokio::test]
async fn a_secret_that_was_replaced_twice_is_forgotten_by_warm_instances_at_its_age_limit() {
    let sign_in = at_the_idp().await;
    let secret = &sign_in.proxy.environment["TRANSACTION_SECRET_ID"];
    aws::put_secret(secret, &"second-secret-".repeat(4)).await;
    // Knows both versions from now on.
    let warm = sign_in.proxy.another_instance().await;
    assert_eq!(warm.callback(&sign_in.query(), &sign_in.cookies).await.status, 302);
    aws::put_secret(secret, &"third-secret-".repeat(4)).await;
    let warm = warm.later(299);
    assert_eq!(warm.callback(&sign_in.query(), &sign_in.cookies).await.status, 302);
    let warm = warm.later(1);
    warm.callback(&sign_in.query(), &sign_in.cookies).await.assert_page(400);
}

#[tokio::test]
async fn an_instance_that_sealed_with_the_old_secret_opens_what_the_new_one_sealed() {
    let warm = Proxy::start().await;
    aws::put_secret(&warm.environment["TRANSACTION_SECRET_ID"], &"second-secret-".repeat(4)).await;
    let new = warm.another_instance().await;
    let sign_in = new.sign_in("c").await;
    warm.idp.behave(idp::json("200 OK", &tokens(&sign_in.nonce)));
    assert_eq!(warm.token(&token_form(&sign_in.code, &[])).await.status, 200);
}

#[tokio::test]
async fn an_error_from_another_issuer_is_not_relayed() {
    let sign_in = at_the_idp().await;
    let query =
        encode(&[("error", "access_denied"), ("state", &sign_in.state), ("iss", "https://evil.example")]);
    sign_in.proxy.callback(&query, &sign_in.cookies).await.assert_back("server_error");
    sign_in.completes().await;
}

#[tokio::test]
async fn while_the_secret_cannot_be_read_it_is_a_503_page() {
    let sign_in = at_the_idp().await;
    let blind = Proxy::with(&[("TRANSACTION_SECRET_ID", "not-there")]).await;
    blind.callback(&sign_in.query(), &sign_in.cookies).await.assert_page(503);
    sign_in.completes().await;
}

#[tokio::test]
async fn while_secrets_manager_is_in_trouble_an_older_transaction_is_not_called_forged() {
    let aws = Wire::start();
    let proxy = Proxy::with(&[("AWS_ENDPOINT_URL", aws.endpoint())]).await;
    let mut sign_in = at_the_idp_of(proxy).await;
    let before = sign_in.proxy.sign_in("c").await;
    aws::put_secret(&sign_in.proxy.environment["TRANSACTION_SECRET_ID"], &"second-secret-".repeat(4)).await;
    let cold = sign_in.proxy.another_instance().await;
    aws.fail("GetSecretValue", Fault::Refused, u32::MAX);
    cold.callback(&sign_in.query(), &sign_in.cookies).await.assert_page(503);
    cold.token(&token_form(&before.code, &[])).await.assert_oauth_error(503, "temporarily_unavailable");
    aws.mend();
    let cold = cold.later(10);
    assert_eq!(cold.callback(&sign_in.query(), &sign_in.cookies).await.status, 302);
    sign_in.proxy.now = cold.now;
    sign_in.completes().await;
}
