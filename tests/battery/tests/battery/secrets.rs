//! Secrets that can't be read, are wrong, or change.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use battery::aws_wire::{Fault, Wire};
use battery::idp::{Behaviour, http, json};
use battery::proxy::{Proxy, authorize_query, signing_key, token_form, tokens};
use battery::{aws, idp};

const INVALID_CLIENT: &str = r#"{"error":"invalid_client"}"#;

fn key_id(seen: &idp::Seen) -> String {
    let assertion = seen.parameter("client_assertion");
    let header = URL_SAFE_NO_PAD.decode(assertion.split('.').next().unwrap());
    let header: serde_json::Value = serde_json::from_slice(&header.unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_missing_transaction_secret_goes_back_until_it_is_there() {
    let proxy = Proxy::with(&[("TRANSACTION_SECRET_ID", "not-there-yet")]).await;
    let response = proxy.authorize(&authorize_query(&[]), &[]).await;
    response.assert_back("temporarily_unavailable");
    assert_eq!(response.log["cause"], "secret_unavailable");
    let detail = response.log["detail"].as_str().unwrap();
    assert!(detail.contains("not-there-yet") && detail.contains("ResourceNotFoundException"), "{detail}");
}

#[tokio::test]
async fn a_transaction_secret_that_is_too_short_goes_back_as_a_server_error() {
    let name = aws::create_secret("too short").await;
    let proxy = Proxy::with(&[("TRANSACTION_SECRET_ID", &name)]).await;
    let response = proxy.authorize(&authorize_query(&[]), &[]).await;
    response.assert_back("server_error");
    assert_eq!(response.log["cause"], "secret_unusable");
}

#[tokio::test]
async fn after_a_rotation_the_new_key_is_fetched_and_tried_once() {
    let proxy = Proxy::start().await;
    let sign_in = proxy.sign_in("c").await;
    let new_key = signing_key("k2");
    aws::put_secret(&proxy.environment["SIGNING_KEY_SECRET_ID"], &new_key.to_string()).await;
    proxy.idp.behave(Behaviour::Answers(vec![
        http("401 Unauthorized", "", INVALID_CLIENT),
        http("200 OK", "", &tokens(&sign_in.nonce)),
    ]));
    let response = proxy.token(&token_form(&sign_in.code, &[])).await;
    assert_eq!(response.status, 200, "{}", response.log);
    let seen = proxy.idp.seen();
    assert_eq!(seen.iter().map(key_id).collect::<Vec<_>>(), ["k1", "k2"]);
    assert_eq!(seen[0].parameter("code_verifier"), seen[1].parameter("code_verifier"));
}

#[tokio::test]
async fn without_a_rotation_an_invalid_client_is_answered_after_one_attempt() {
    let proxy = Proxy::start().await;
    let sign_in = proxy.sign_in("c").await;
    proxy.idp.behave(json("401 Unauthorized", INVALID_CLIENT));
    let response = proxy.token(&token_form(&sign_in.code, &[])).await;
    response.assert_oauth_error(401, "invalid_client");
    assert_eq!(
        (&response.log["outcome"], &response.log["cause"]),
        (&"idp_failed".into(), &"idp_invalid_client".into())
    );
    assert_eq!(proxy.idp.seen().len(), 1);
}

#[tokio::test]
async fn an_unusable_signing_key_is_a_500_whose_log_line_names_the_cause_and_the_secret() {
    let mut public = signing_key("k1");
    public.as_object_mut().unwrap().remove("d");
    let mut without_kid = signing_key("k1");
    without_kid.as_object_mut().unwrap().remove("kid");
    let mut for_encryption = signing_key("k1");
    for_encryption["use"] = "enc".into();
    let with = |name: &str, value: &str| {
        let mut key = signing_key("k1");
        key[name] = value.into();
        key
    };
    let mut short = josekit::jwk::Jwk::generate_rsa_key(1024).unwrap();
    short.set_key_id("k1");
    short.set_algorithm("RS256");
    for (text, problem) in [
        (serde_json::to_string(&short).unwrap(), "2048"),
        (with("crv", "P-384").to_string(), "type or curve"),
        (with("alg", "RS256").to_string(), "type or curve"),
        (" ".to_owned(), "is empty: upload the private JWK"),
        ("-----BEGIN PRIVATE KEY-----".to_owned(), "is not a JSON object"),
        (r#"{"kty":"oct","k":"c2VjcmV0","kid":"a","alg":"HS256"}"#.to_owned(), "kty"),
        (public.to_string(), "only the public key"),
        (without_kid.to_string(), "no kid"),
        (for_encryption.to_string(), "not meant for signing"),
    ] {
        let name = aws::create_secret(&text).await;
        let proxy = Proxy::with(&[("SIGNING_KEY_SECRET_ID", &name)]).await;
        let sign_in = proxy.sign_in("c").await;
        let response = proxy.token(&token_form(&sign_in.code, &[])).await;
        response.assert_oauth_error(500, "server_error");
        let detail = response.log["detail"].as_str().unwrap();
        assert!(detail.contains(&name) && detail.contains(problem), "{detail}");
        assert!(proxy.idp.seen().is_empty());
        // As soon as a right key is there, the same request succeeds.
        aws::put_secret(&name, &signing_key("k1").to_string()).await;
        let proxy = proxy.later(1);
        proxy.idp.behave(json("200 OK", &tokens(&sign_in.nonce)));
        assert_eq!(proxy.token(&token_form(&sign_in.code, &[])).await.status, 200);
    }
}

#[tokio::test]
async fn while_secrets_manager_throttles_or_denies_a_cold_start_goes_back_and_a_warm_one_works() {
    for (code, attempts) in [("ThrottlingException", 3), ("AccessDeniedException", 1)] {
        let aws = Wire::start();
        let warm = Proxy::with(&[("AWS_ENDPOINT_URL", aws.endpoint())]).await;
        aws.fail("GetSecretValue", Fault::Error(400, code), u32::MAX);
        warm.genuine_sign_in().await;
        assert_eq!(aws.faults_met(), 0, "a warm sign-in asks for nothing");
        let mut cold = warm.another_instance().await;
        assert_eq!(aws.faults_met(), 5 * attempts, "a throttled call is made again, a denied one not");
        let response = cold.authorize(&authorize_query(&[]), &[]).await;
        response.assert_back("temporarily_unavailable");
        assert!(response.log["detail"].as_str().unwrap().contains(code), "{}", response.log);
        let form = token_form("c", &[]);
        cold.token(&form).await.assert_oauth_error(503, "temporarily_unavailable");
        // Nothing was consumed: as soon as Secrets Manager answers, sign-ins complete.
        aws.mend();
        cold.now.0 += 1;
        let sign_in = cold.sign_in("c").await;
        warm.idp.behave(json("200 OK", &tokens(&sign_in.nonce)));
        assert_eq!(cold.token(&token_form(&sign_in.code, &[])).await.status, 200);
    }
}

#[tokio::test]
async fn a_secrets_manager_that_hangs_is_given_up_at_our_own_deadline() {
    let aws = Wire::start();
    aws.fail("GetSecretValue", Fault::Delay(std::time::Duration::from_secs(20)), u32::MAX);
    let started = std::time::Instant::now();
    let proxy = Proxy::with(&[("AWS_ENDPOINT_URL", aws.endpoint())]).await;
    proxy.authorize(&authorize_query(&[]), &[]).await.assert_back("temporarily_unavailable");
    // Three Lambdas that start one after the other and read all their secrets at once, and a request.
    let seconds = started.elapsed().as_secs();
    assert!((4 * 4 - 1..4 * 4 + 4).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_secret_past_its_age_is_used_while_secrets_manager_is_in_trouble() {
    let aws = Wire::start();
    let proxy = Proxy::with(&[("AWS_ENDPOINT_URL", aws.endpoint())]).await;
    aws.fail("GetSecretValue", Fault::Refused, u32::MAX);
    let proxy = proxy.later(3600);
    proxy.genuine_sign_in().await;
    assert!(battery::log::text().contains("secret_refresh_failed"));
    let met = aws.faults_met();
    proxy.genuine_sign_in().await;
    assert_eq!(aws.faults_met(), met, "asked again only after a while");
}

#[tokio::test]
async fn a_call_that_fails_is_tried_again() {
    let aws = Wire::start();
    aws.fail("GetSecretValue", Fault::Refused, 2);
    let proxy = Proxy::with(&[("AWS_ENDPOINT_URL", aws.endpoint())]).await;
    assert_eq!(aws.secrets_asked_for(), 5);
    proxy.genuine_sign_in().await;
    assert_eq!(aws.secrets_asked_for(), 5);
}

#[tokio::test]
async fn a_secret_that_was_taken_away_is_not_used_past_its_age() {
    let proxy = Proxy::start().await;
    aws::delete_secret(&proxy.environment["COGNITO_CLIENT_SECRET_ID"]).await;
    let sign_in = proxy.sign_in("c").await;
    let proxy = proxy.later(299);
    proxy.token(&token_form("x", &[])).await.assert_oauth_error(400, "invalid_grant");
    let proxy = proxy.later(1);
    let response = proxy.token(&token_form(&sign_in.code, &[])).await;
    response.assert_oauth_error(503, "temporarily_unavailable");
}

#[tokio::test]
async fn an_unusable_new_key_leaves_the_old_one_in_use() {
    let proxy = Proxy::start().await;
    aws::put_secret(&proxy.environment["SIGNING_KEY_SECRET_ID"], "not a key").await;
    let proxy = proxy.later(3600);
    assert_eq!(key_id(&proxy.genuine_sign_in().await), "k1");
}

#[tokio::test]
async fn a_value_that_was_fetched_under_a_clock_far_ahead_is_fetched_again() {
    let proxy = Proxy::start().await.later(1_000_000);
    proxy.genuine_sign_in().await;
    aws::put_secret(&proxy.environment["SIGNING_KEY_SECRET_ID"], &signing_key("k2").to_string()).await;
    let mut proxy = proxy.later(0);
    proxy.now = protocol::time::UnixTime(proxy.now.0 - 999_000);
    assert_eq!(key_id(&proxy.genuine_sign_in().await), "k2");
}

#[tokio::test]
async fn without_any_secret_anonymous_requests_cause_one_fetch_a_second() {
    let aws = Wire::start();
    let changes = [("AWS_ENDPOINT_URL", aws.endpoint()), ("TRANSACTION_SECRET_ID", "not-there")];
    let proxy = Proxy::with(&changes).await;
    let before = aws.secrets_asked_for();
    for _ in 0..20 {
        proxy.authorize(&authorize_query(&[]), &[]).await.assert_back("temporarily_unavailable");
    }
    assert!(aws.secrets_asked_for() <= before + 1, "{} calls", aws.secrets_asked_for() - before);
}

#[tokio::test]
async fn an_unreadable_client_secret_is_a_503_and_a_wrong_one_costs_nothing_else() {
    let proxy =
        Proxy::with(&[("COGNITO_CLIENT_SECRET_ID", "not-there"), ("SIGNING_KEY_SECRET_ID", "not-there")])
            .await;
    proxy.token(&token_form("c", &[])).await.assert_oauth_error(503, "temporarily_unavailable");
    // With an unusable signing key, a request shows how far it came.
    let proxy = Proxy::with(&[("SIGNING_KEY_SECRET_ID", "not-there")]).await;
    let sign_in = proxy.sign_in("c").await;
    let wrong = token_form(&sign_in.code, &[("client_secret", "wrong")]);
    proxy.token(&wrong).await.assert_oauth_error(401, "invalid_client");
    proxy.token(&token_form("x", &[])).await.assert_oauth_error(400, "invalid_grant");
    proxy.token(&token_form(&sign_in.code, &[])).await.assert_oauth_error(503, "temporarily_unavailable");
}

#[tokio::test]
async fn only_an_invalid_client_is_tried_again_with_a_new_key() {
    let proxy = Proxy::start().await;
    let sign_in = proxy.sign_in("c").await;
    aws::put_secret(&proxy.environment["SIGNING_KEY_SECRET_ID"], &signing_key("k2").to_string()).await;
    proxy.idp.behave(json("400 Bad Request", r#"{"error":"invalid_grant"}"#));
    proxy.token(&token_form(&sign_in.code, &[])).await.assert_oauth_error(400, "invalid_grant");
    assert_eq!(proxy.idp.seen().len(), 1);
}

#[tokio::test]
async fn a_new_key_is_picked_up_within_the_age_limit() {
    let proxy = Proxy::start().await;
    assert_eq!(key_id(&proxy.genuine_sign_in().await), "k1");
    aws::put_secret(&proxy.environment["SIGNING_KEY_SECRET_ID"], &signing_key("k2").to_string()).await;
    assert_eq!(key_id(&proxy.genuine_sign_in().await), "k1", "kept");
    let proxy = proxy.later(300);
    assert_eq!(key_id(&proxy.genuine_sign_in().await), "k2");
}

#[tokio::test]
async fn an_authenticated_caller_and_nobody_else_learns_which_key_signed() {
    let proxy = Proxy::start().await;
    let sign_in = proxy.sign_in("c").await;
    let signed_by = async |form: &str| proxy.token(form).await.headers.get(token::SIGNED_BY).cloned();
    let form = token_form(&sign_in.code, &[]);
    assert_eq!(signed_by(&token_form(&sign_in.code, &[("client_secret", "wrong")])).await, None);
    assert_eq!(signed_by(&token_form("made-up", &[])).await, None, "nothing was signed");
    proxy.idp.behave(json("400 Bad Request", r#"{"error":"invalid_grant"}"#));
    assert_eq!(signed_by(&form).await.as_deref(), Some("k1"));

    // The key that signed last, where two were tried.
    let name = &proxy.environment["SIGNING_KEY_SECRET_ID"];
    aws::put_secret(name, &signing_key("k2").to_string()).await;
    proxy.idp.behave(json("401 Unauthorized", INVALID_CLIENT));
    assert_eq!(signed_by(&form).await.as_deref(), Some("k2"));
    proxy.idp.behave(json("200 OK", &tokens(&sign_in.nonce)));
    assert_eq!(signed_by(&form).await.as_deref(), Some("k2"), "beside tokens, too");
}

#[tokio::test]
async fn a_cold_start_reads_each_secret_once_and_a_warm_sign_in_makes_no_call_to_aws() {
    let aws = Wire::start();
    let proxy = Proxy::with(&[("AWS_ENDPOINT_URL", aws.endpoint())]).await;
    assert_eq!(aws.secrets_asked_for(), 5, "/authorize and /callback one secret each, /token three");
    for _ in 0..3 {
        proxy.genuine_sign_in().await;
    }
    assert_eq!(aws.secrets_asked_for(), 5);
    // Once they are too old, each is read once more, and is fresh again.
    let proxy = proxy.later(300);
    for _ in 0..3 {
        proxy.genuine_sign_in().await;
    }
    assert_eq!(aws.secrets_asked_for(), 10);
}

#[tokio::test]
async fn refused_requests_make_no_call_to_aws() {
    let aws = Wire::start();
    let proxy = Proxy::with(&[("AWS_ENDPOINT_URL", aws.endpoint())]).await;
    let sign_in = proxy.sign_in("c").await;
    let before = aws.secrets_asked_for();
    for _ in 0..50 {
        proxy.authorize("state=x", &[]).await.assert_page(400);
        proxy.callback("state=x&code=y", &sign_in.cookies).await.assert_page(400);
        let wrong = token_form(&sign_in.code, &[("client_secret", "wrong")]);
        proxy.token(&wrong).await.assert_oauth_error(401, "invalid_client");
        proxy.token(&token_form("a.b.c.d.e", &[])).await.assert_oauth_error(400, "invalid_grant");
    }
    assert_eq!(aws.secrets_asked_for(), before);
}

#[tokio::test]
async fn made_up_key_ids_cause_one_look_for_new_keys_in_ten_seconds() {
    let aws = Wire::start();
    let proxy = Proxy::with(&[("AWS_ENDPOINT_URL", aws.endpoint())]).await;
    let sign_in = proxy.sign_in("c").await;
    let before = aws.secrets_asked_for();
    let (_, rest) = sign_in.code.split_once('.').unwrap();
    let ask = async |proxy: &Proxy| {
        for number in 0..20 {
            let header = format!(r#"{{"alg":"A256KW","enc":"A256GCM","kid":"made-up-{number}"}}"#);
            let code = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header));
            proxy.token(&token_form(&code, &[])).await.assert_oauth_error(400, "invalid_grant");
        }
    };
    ask(&proxy).await;
    assert_eq!(aws.secrets_asked_for(), before + 2, "the current and the previous version");
    let proxy = proxy.later(10);
    ask(&proxy).await;
    assert_eq!(aws.secrets_asked_for(), before + 4);
}
