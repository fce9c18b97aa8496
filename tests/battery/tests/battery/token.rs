//! `/token`, Cognito's side. Nothing happens on bad input: no signature, no call to the IdP, and
//! the same code is still good afterwards.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use battery::event::Http;
use battery::idp;
use battery::proxy::{
    CALLBACK_URL, CLIENT_ID, CLIENT_SECRET, COGNITO_REDIRECT_URI, Proxy, SignIn, encode, token_form, tokens,
};
use protocol::time::UnixTime;

struct WithCode {
    proxy: Proxy,
    sign_in: SignIn,
}

async fn with_code() -> WithCode {
    let proxy = Proxy::start().await;
    let sign_in = proxy.sign_in("idp-code-4711").await;
    proxy.idp.behave(idp::json("200 OK", &tokens(&sign_in.nonce)));
    WithCode { proxy, sign_in }
}

impl WithCode {
    fn form(&self, changes: &[(&str, &str)]) -> String {
        token_form(&self.sign_in.code, changes)
    }

    async fn is_refused(&self, http: &Http, status: i64, error: &str) {
        self.proxy.token_http(http).await.assert_oauth_error(status, error);
        assert!(self.proxy.idp.seen().is_empty(), "the IdP was called");
    }

    async fn completes(&self) {
        let response = self.proxy.token(&self.form(&[])).await;
        assert_eq!(response.status, 200, "{}", response.log);
    }
}

fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_an_invalid_request() {
    let all = with_code().await;
    let good = Http::post(&all.form(&[]));
    for body in ["%%%".to_owned(), STANDARD.encode([0xff, 0xfe]), STANDARD.encode("a=%zz"), all.form(&[])] {
        all.is_refused(&Http { body: Some(body), ..good.clone() }, 400, "invalid_request").await;
    }
    all.completes().await;
}

#[tokio::test]
async fn a_body_that_is_not_flagged_as_base64_works() {
    let all = with_code().await;
    let http = Http { body: Some(all.form(&[])), is_base64_encoded: false, ..Http::post("") };
    assert_eq!(all.proxy.token_http(&http).await.status, 200);
}

#[tokio::test]
async fn a_wrong_content_type_an_empty_body_and_a_huge_one_are_refused() {
    let all = with_code().await;
    let good = Http::post(&all.form(&[]));
    for content_type in ["application/json", "text/plain", "multipart/form-data", ""] {
        all.is_refused(&good.clone().header("content-type", content_type), 400, "invalid_request").await;
    }
    let mut without = good.clone();
    without.headers.clear();
    all.is_refused(&without, 400, "invalid_request").await;
    all.is_refused(&Http { body: None, is_base64_encoded: false, ..good.clone() }, 401, "invalid_client")
        .await;
    let huge = all.form(&[("x", &"x".repeat(65 * 1024))]);
    all.is_refused(&Http::post(&huge), 413, "invalid_request").await;
    all.completes().await;
}

#[tokio::test]
async fn a_repeated_parameter_and_parameters_in_the_query_are_refused() {
    let all = with_code().await;
    for more in ["&code=x", "&client_secret=x", "&a=1&a=1"] {
        all.is_refused(&Http::post(&(all.form(&[]) + more)), 400, "invalid_request").await;
    }
    let query = encode(&[("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]);
    all.is_refused(&Http { query, ..Http::post(&all.form(&[])) }, 400, "invalid_request").await;
    all.completes().await;
}

#[tokio::test]
async fn another_grant_type_is_unsupported_and_a_missing_one_invalid() {
    let all = with_code().await;
    for grant in ["refresh_token", "client_credentials", "Authorization_Code"] {
        let form = all.form(&[("grant_type", grant)]);
        all.is_refused(&Http::post(&form), 400, "unsupported_grant_type").await;
    }
    all.is_refused(&Http::post(&all.form(&[("grant_type", "")])), 400, "invalid_request").await;
    all.is_refused(&Http::post(&token_form("", &[])), 400, "invalid_request").await;
    all.completes().await;
}

#[tokio::test]
async fn wrong_credentials_are_an_invalid_client() {
    let all = with_code().await;
    let nearly = &CLIENT_SECRET[..CLIENT_SECRET.len() - 1];
    for (name, value) in [
        ("client_id", ""),
        ("client_id", "other"),
        ("client_secret", ""),
        ("client_secret", "wrong"),
        ("client_secret", nearly),
    ] {
        all.is_refused(&Http::post(&all.form(&[(name, value)])), 401, "invalid_client").await;
    }
    let response = all.proxy.token(&all.form(&[("client_secret", "wrong")])).await;
    assert!(response.headers["www-authenticate"].starts_with("Basic"));
    all.completes().await;
}

#[tokio::test]
async fn basic_works_alone_with_any_secret_and_not_beside_the_form() {
    let all = with_code().await;
    let good = Http::post(&all.form(&[]));
    all.is_refused(&good.header("authorization", &basic(CLIENT_ID, CLIENT_SECRET)), 400, "invalid_request")
        .await;
    let form = all.form(&[("client_secret", "")]);
    for wrong in
        [basic(CLIENT_ID, "wrong"), basic("other", CLIENT_SECRET), "Bearer x".into(), "Basic %".into()]
    {
        all.is_refused(&Http::post(&form).header("authorization", &wrong), 401, "invalid_client").await;
    }
    let http = Http::post(&form).header("authorization", &basic(CLIENT_ID, CLIENT_SECRET));
    assert_eq!(all.proxy.token_http(&http).await.status, 200);
}

#[tokio::test]
async fn the_token_request_to_the_idp_has_exactly_the_parameters_of_the_exchange() {
    let all = with_code().await;
    let form = all.form(&[
        ("client_assertion", "forged"),
        ("client_assertion_type", "forged"),
        ("code_verifier", "forged"),
        ("scope", "admin"),
        ("resource", "x"),
        ("audience", "x"),
    ]);
    assert_eq!(all.proxy.token(&form).await.status, 200);
    let seen = &all.proxy.idp.seen()[0];
    let names: Vec<String> = seen.form().into_iter().map(|(name, _)| name).collect();
    let expected = [
        "grant_type",
        "code",
        "redirect_uri",
        "client_id",
        "client_assertion_type",
        "client_assertion",
        "code_verifier",
    ];
    assert_eq!(names, expected);
    assert_eq!(seen.parameter("grant_type"), "authorization_code");
    assert_eq!(seen.parameter("code"), "idp-code-4711");
    assert_eq!(seen.parameter("redirect_uri"), CALLBACK_URL);
    assert_eq!(seen.parameter("client_id"), CLIENT_ID);
    assert_eq!(
        seen.parameter("client_assertion_type"),
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    assert_eq!(seen.parameter("code_verifier").len(), 43);
    let head = seen.head.to_ascii_lowercase();
    assert!(head.starts_with("post /token http/1.1\r\n"));
    assert!(head.contains("\r\naccept: application/json\r\n"));
    assert!(head.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"));
    assert!(head.contains("\r\nuser-agent: cognito-oidc-proxy/"));
    assert!(!head.contains("authorization:") && !head.contains("cookie:"));
}

#[tokio::test]
async fn without_pkce_cognitos_code_and_redirect_uri_pass_as_they_are_and_no_verifier_is_sent() {
    // Only /token is deployed then, and without the settings of the other two.
    let proxy = Proxy::start().await;
    let mut environment = proxy.environment.clone();
    environment.insert("PKCE".into(), "false".into());
    for name in ["TRANSACTION_SECRET_ID", "PROXY_CALLBACK_URL"] {
        environment.remove(name);
    }
    let proxy = proxy.with_token_environment(environment).await;
    proxy.idp.behave(idp::json("200 OK", &tokens("a nonce that Cognito checks")));
    let response = proxy.token(&token_form("bare/idp+code=", &[])).await;
    assert_eq!(response.status, 200, "{}", response.log);
    let seen = &proxy.idp.seen()[0];
    assert_eq!(seen.parameter("code"), "bare/idp+code=");
    assert_eq!(seen.parameter("redirect_uri"), COGNITO_REDIRECT_URI);
    assert!(!seen.body.contains("code_verifier"));
}

#[tokio::test]
async fn a_redirect_uri_other_than_cognitos_is_an_invalid_grant() {
    let all = with_code().await;
    for uri in ["", "https://evil.example/oauth2/idpresponse", CALLBACK_URL] {
        all.is_refused(&Http::post(&all.form(&[("redirect_uri", uri)])), 400, "invalid_grant").await;
    }
    all.completes().await;
}

#[tokio::test]
async fn a_code_that_is_not_ours_is_an_invalid_grant() {
    let all = with_code().await;
    let other = Proxy::start().await.sign_in("c").await.code;
    let cookie = all.sign_in.cookies[0].split_once('=').unwrap().1.to_owned();
    for code in ["idp-code-4711", &other, &cookie, &"x".repeat(5000), "a.b.c.d.e", "...."] {
        all.is_refused(&Http::post(&token_form(code, &[])), 400, "invalid_grant").await;
    }
    all.completes().await;
}

#[tokio::test]
async fn a_code_works_a_second_before_its_end_and_is_refused_after() {
    let mut all = with_code().await;
    let begun_at = all.proxy.now;
    all.proxy.now = UnixTime(begun_at.0 + 300);
    all.is_refused(&Http::post(&all.form(&[])), 400, "invalid_grant").await;
    all.proxy.now = UnixTime(begun_at.0 + 299);
    all.completes().await;
}

#[tokio::test]
async fn success_is_the_idps_json_and_nothing_else_of_its_answer() {
    let all = with_code().await;
    let body = tokens(&all.sign_in.nonce);
    let headers =
        "content-type: application/json\r\nset-cookie: a=b\r\nx-idp: 1\r\nlocation: https://x.example\r\n";
    all.proxy.idp.behave(idp::Behaviour::Answer(idp::http("200 OK", headers, &body)));
    let response = all.proxy.token(&all.form(&[])).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.json(), serde_json::from_str::<serde_json::Value>(&body).unwrap());
    response.assert_not_stored();
    assert_eq!(response.headers["content-type"], "application/json");
    for name in ["set-cookie", "x-idp", "location"] {
        assert!(!response.headers.contains_key(name), "{name}");
    }
    assert!(response.cookies.is_empty());
}

#[tokio::test]
async fn another_method_is_refused() {
    let all = with_code().await;
    for method in ["GET", "PUT", "HEAD"] {
        let response = all.proxy.token_http(&Http { method, ..Http::post(&all.form(&[])) }).await;
        response.assert_page(405);
    }
    all.completes().await;
}

/// The IdP sees the assertion's `jti` once, however often Cognito sends the same code.
#[tokio::test]
async fn the_same_code_sent_again_is_decided_by_the_idp_with_a_fresh_assertion_each_time() {
    let all = with_code().await;
    let spent = r#"{"error":"invalid_grant","error_description":"already used"}"#;
    all.proxy.idp.behave(idp::Behaviour::Answers(vec![
        idp::http("200 OK", "", &tokens(&all.sign_in.nonce)),
        idp::http("400 Bad Request", "", spent),
    ]));
    all.completes().await;
    all.proxy.token(&all.form(&[])).await.assert_oauth_error(400, "invalid_grant");
    let seen = all.proxy.idp.seen();
    assert_ne!(seen[0].parameter("client_assertion"), seen[1].parameter("client_assertion"));
}

#[tokio::test]
async fn a_header_that_is_no_header_is_answered_and_logged_like_any_other() {
    let all = with_code().await;
    let form = all.form(&[("client_secret", "")]);
    for value in ["Basic hunter2\u{7f}", "Basic hunter2\r\nx: y", "\u{0}hunter2"] {
        all.is_refused(&Http::post(&form).header("authorization", value), 401, "invalid_client").await;
    }
    let http = Http::post(&all.form(&[])).header("x-other", "\u{0}\u{7f}");
    assert_eq!(all.proxy.token_http(&http).await.status, 200);
    assert!(!battery::log::text().contains("hunter2"));
}
