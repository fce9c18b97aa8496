//! What the IdP may answer to a token request, and what Cognito gets of it.

use battery::idp::{self, Behaviour, http, json};
use battery::proxy::{Proxy, Response, token_form, tokens};

/// Signs in up to the token request, to which the IdP answers so.
async fn answered(proxy: &Proxy, behaviour: Behaviour) -> Response {
    let sign_in = proxy.sign_in("idp-code-4711").await;
    proxy.idp.behave(behaviour);
    proxy.token(&token_form(&sign_in.code, &[])).await
}

#[tokio::test]
async fn what_is_no_token_response_is_a_502_and_is_not_relayed() {
    let proxy = Proxy::start().await;
    let nonce_free = r#"{"access_token":"a","token_type":"Bearer"}"#;
    let huge = format!(r#"{{"access_token":"a","id_token":"{}"}}"#, "x".repeat(257 * 1024));
    for (status, body) in [
        ("500 Internal Server Error", r#"{"error":"invalid_grant","debug":"stack trace"}"#),
        ("503 Service Unavailable", "stack trace"),
        ("200 OK", "<html>stack trace</html>"),
        ("200 OK", r#"{"access_token":"stack trace"#),
        ("200 OK", r#"{"access_token":"a","id_token":"i","id_token":"j"}"#),
        ("200 OK", nonce_free),
        ("200 OK", r#"{"id_token":"i"}"#),
        ("200 OK", "[]"),
        ("200 OK", ""),
        ("200 OK", &huge),
        ("204 No Content", ""),
        ("400 Bad Request", "stack trace"),
        ("403 Forbidden", r#"{"message":"stack trace"}"#),
    ] {
        let response = answered(&proxy, json(status, body)).await;
        response.assert_oauth_error(502, "server_error");
        assert!(!response.body.contains("stack trace"));
        assert_eq!(response.log["cause"] == "idp_answer_too_long", body.len() > 256 * 1024);
    }
    proxy.genuine_sign_in().await;
}

#[tokio::test]
async fn an_invalid_grant_stays_one() {
    let proxy = Proxy::start().await;
    let body = r#"{"error":"invalid_grant","error_description":"expired \"code\"","error_uri":"https://idp.example/e","other":"x"}"#;
    let response = answered(&proxy, json("400 Bad Request", body)).await;
    response.assert_oauth_error(400, "invalid_grant");
    let expected = serde_json::json!({
        "error": "invalid_grant", "error_description": "expired code", "error_uri": "https://idp.example/e"
    });
    assert_eq!(response.json(), expected);
    assert_eq!(response.log["detail"], "the IdP answered 400 invalid_grant");
    proxy.genuine_sign_in().await;
}

#[tokio::test]
async fn a_429_is_a_503_with_its_retry_after() {
    let proxy = Proxy::start().await;
    let limited = Behaviour::Answer(http("429 Too Many Requests", "retry-after: 17\r\n", "slow down"));
    let response = answered(&proxy, limited).await;
    response.assert_oauth_error(503, "temporarily_unavailable");
    assert_eq!(response.headers["retry-after"], "17");
    proxy.genuine_sign_in().await;
}

#[tokio::test]
async fn a_redirect_is_a_502_and_the_assertion_never_reaches_the_second_host() {
    let proxy = Proxy::start().await;
    let elsewhere = idp::Idp::start();
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let location = format!("location: http://127.0.0.1:{}/token\r\n", elsewhere.port());
        let response = answered(&proxy, Behaviour::Answer(http(status, &location, ""))).await;
        response.assert_oauth_error(502, "server_error");
        assert_eq!(response.log["cause"], "idp_redirect");
        assert!(!response.headers.contains_key("location"));
    }
    assert!(elsewhere.seen().is_empty());
    proxy.genuine_sign_in().await;
}

#[tokio::test]
async fn an_id_token_of_another_sign_in_is_a_502_and_an_attack() {
    let proxy = Proxy::start().await;
    let without = tokens("").replace("nonce", "n");
    for body in [tokens("another"), tokens(""), without] {
        let response = answered(&proxy, json("200 OK", &body)).await;
        response.assert_oauth_error(502, "server_error");
        assert!(!response.body.contains("access-token"));
        assert_eq!(
            (&response.log["outcome"], &response.log["cause"]),
            (&"attack".into(), &"nonce_mismatch".into())
        );
        assert_eq!(response.log["level"], "ERROR");
    }
    proxy.genuine_sign_in().await;
}

#[tokio::test]
async fn an_encrypted_id_token_is_a_502_whose_log_line_says_so() {
    let proxy = Proxy::start().await;
    let response = answered(&proxy, json("200 OK", r#"{"access_token":"a","id_token":"a.b.c.d.e"}"#)).await;
    response.assert_oauth_error(502, "server_error");
    assert_eq!(response.log["cause"], "id_token_encrypted");
}

#[tokio::test]
async fn one_connection_to_the_idp_serves_many_sign_ins() {
    let proxy = Proxy::start().await;
    for _ in 0..3 {
        proxy.genuine_sign_in().await;
    }
    assert_eq!((proxy.idp.seen().len(), proxy.idp.connections()), (3, 1));
}

#[tokio::test]
async fn newlines_quotes_and_json_in_a_code_stay_in_one_log_line() {
    let proxy = Proxy::start().await;
    let forged = "x\"}\n{\"level\":\"INFO\",\"outcome\":\"done\"}\r\n";
    let lines =
        || battery::log::text().lines().filter(|line| line.contains("\"outcome\":\"done\"}\"")).count();
    let before = lines();
    let response = proxy.token(&token_form(forged, &[])).await;
    response.assert_oauth_error(400, "invalid_grant");
    assert_eq!(response.log["outcome"], "refused");
    assert_eq!(lines(), before);
}

#[tokio::test]
async fn an_idp_that_answers_with_log_lines_writes_none() {
    let proxy = Proxy::start().await;
    let body =
        serde_json::json!({"error": "x\"}\n{\"outcome\":\"done\"", "error_description": "y\ny"}).to_string();
    let response = answered(&proxy, json("400 Bad Request", &body)).await;
    assert_eq!(response.log["detail"], "the IdP answered 400 an error code that isn't registered");
}
