//! The transaction store `dynamodb`: everything once, and nothing lost when AWS falters.

use std::time::{Duration, Instant};

use adapters::system;
use adapters::transaction_store::dynamodb::DynamoDbStore;
use adapters::transaction_store::settings::DynamoDbStoreSettings;
use adapters::transaction_store::{BeginError, FindError, TransactionStore as _};
use battery::aws;
use battery::aws_wire::{Fault, Wire};
use battery::idp::{Behaviour, http, json};
use battery::proxy::{
    CALLBACK_URL, COGNITO_STATE, ISSUER, Proxy, SignIn, authorize_query, cookie_pair, encode, parameters,
    signing_key, token_form, tokens,
};
use protocol::pkce::CodeVerifier;
use protocol::seal::Binding;
use protocol::time::UnixTime;
use protocol::transaction::{Handle, Transaction, nonce_from_random};

const THROTTLED: Fault = Fault::Error(400, "ProvisionedThroughputExceededException");
const DENIED: Fault = Fault::Error(400, "AccessDeniedException");
const HANDLE_TAKEN: Fault = Fault::Error(400, "ConditionalCheckFailedException");

const NOW: UnixTime = UnixTime(1_800_000_000);

async fn store() -> DynamoDbStore {
    let binding = Binding {
        cognito_redirect_uri: "https://pool.example/oauth2/idpresponse".to_owned(),
        idp_issuer: "https://idp.example".to_owned(),
        idp_client_id: "client".to_owned(),
    };
    let settings = DynamoDbStoreSettings { table_name: aws::transaction_table().await, binding };
    DynamoDbStore::new(&aws::config(), &settings)
}

/// A proxy whose way to AWS a test can cut.
async fn on_a_wire() -> (Proxy, Wire) {
    let wire = Wire::start();
    (started_on(&wire).await, wire)
}

async fn started_on(wire: &Wire) -> Proxy {
    Proxy::with(&[("TRANSACTION_STORE", "dynamodb"), ("AWS_ENDPOINT_URL", wire.endpoint())]).await
}

/// Sends the browser to the IdP; returns the answer to come and the cookies.
async fn begin(proxy: &Proxy) -> (String, String, Vec<String>) {
    let begun = proxy.authorize(&authorize_query(&[]), &[]).await;
    let sent = parameters(&begun.headers["location"]);
    let cookies = begun.cookies.iter().map(|cookie| cookie_pair(cookie)).collect();
    let response = encode(&[("code", "idp-code-0123"), ("state", &sent["state"]), ("iss", ISSUER)]);
    (response, sent["nonce"].clone(), cookies)
}

/// A sign-in whose code Cognito holds, at an IdP that will say yes.
async fn ready(proxy: &Proxy) -> SignIn {
    let sign_in = proxy.sign_in("idp-code-0123").await;
    proxy.idp.behave(json("200 OK", &tokens(&sign_in.nonce)));
    sign_in
}

#[tokio::test]
async fn a_sign_in_completes_with_one_call_a_leg_and_two_at_callback_and_no_transaction_secret() {
    let (proxy, wire) = on_a_wire().await;
    assert_eq!(wire.secrets_asked_for(), 2, "of /token alone");
    let at_start = wire.all_calls();
    proxy.genuine_sign_in().await;
    let calls = ["PutItem", "GetItem", "UpdateItem"].map(|operation| wire.calls(operation));
    assert_eq!((calls, wire.all_calls() - at_start), ([1, 1, 2], 4), "{calls:?}");
}

#[tokio::test]
async fn a_start_of_each_leg_opens_a_connection_to_the_table_and_goes_on_where_it_cannot() {
    let (_, wire) = on_a_wire().await;
    assert_eq!(wire.calls("DescribeEndpoints"), 3);
    for fault in [Fault::Refused, DENIED, Fault::Delay(Duration::from_secs(30))] {
        let wire = Wire::start();
        wire.fail("DescribeEndpoints", fault, u32::MAX);
        let started = Instant::now();
        let proxy = started_on(&wire).await;
        // A second for each leg; the AWS SDK itself would try for four.
        assert!(started.elapsed() < Duration::from_secs(7), "{fault:?}");
        assert!(wire.faults_met() >= 3, "{fault:?}");
        proxy.genuine_sign_in().await;
    }
}

#[tokio::test]
async fn a_callback_works_once() {
    let proxy = Proxy::with_store("dynamodb").await;
    let (response, _, cookies) = begin(&proxy).await;
    assert_eq!(proxy.callback(&response, &cookies).await.status, 302);
    let again = proxy.callback(&response, &cookies).await;
    again.assert_page(400);
    assert_eq!(again.log["cause"], "used_transaction");
    // Nor does an error open it again.
    let state = parameters(&format!("{CALLBACK_URL}?{response}"))["state"].clone();
    let error = encode(&[("error", "access_denied"), ("state", &state), ("iss", ISSUER)]);
    proxy.callback(&error, &cookies).await.assert_page(400);
}

#[tokio::test]
async fn a_transaction_is_read_as_it_is_and_not_as_it_was() {
    let (proxy, wire) = on_a_wire().await;
    proxy.sign_in("idp-code").await;
    // moto has no stale reads to show; the table of a deployment has.
    assert!(wire.last_request("GetItem").contains(r#""ConsistentRead":true"#));
}

#[tokio::test]
async fn a_code_works_once_and_its_replay_asks_the_idp_nothing() {
    let proxy = Proxy::with_store("dynamodb").await;
    let sign_in = ready(&proxy).await;
    let form = token_form(&sign_in.code, &[]);
    assert_eq!(proxy.token(&form).await.status, 200);
    let again = proxy.token(&form).await;
    again.assert_oauth_error(400, "invalid_grant");
    assert_eq!(again.log["cause"], "used_code");
    assert_eq!(proxy.idp.seen().len(), 1);
}

#[tokio::test]
async fn a_refusal_at_the_idp_leaves_the_transaction_open() {
    let proxy = Proxy::with_store("dynamodb").await;
    let (response, nonce, cookies) = begin(&proxy).await;
    let state = parameters(&format!("{CALLBACK_URL}?{response}"))["state"].clone();
    let denied = encode(&[("error", "access_denied"), ("state", &state), ("iss", ISSUER)]);
    proxy.callback(&denied, &cookies).await.assert_back("access_denied");
    let forged = encode(&[("code", "forged"), ("state", &state), ("iss", "https://evil.example")]);
    proxy.callback(&forged, &cookies).await.assert_back("server_error");
    let back = proxy.callback(&response, &cookies).await;
    proxy.idp.behave(json("200 OK", &tokens(&nonce)));
    let code = &parameters(&back.headers["location"])["code"];
    assert_eq!(proxy.token(&token_form(code, &[])).await.status, 200);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_no_replay_when_it_is_sent_again() {
    let (proxy, wire) = on_a_wire().await;
    wire.fail("PutItem", Fault::LostAnswer, 1);
    let (response, nonce, cookies) = begin(&proxy).await;
    wire.fail("UpdateItem", Fault::LostAnswer, 1);
    let back = proxy.callback(&response, &cookies).await;
    let code = parameters(&back.headers["location"])["code"].clone();
    wire.fail("UpdateItem", Fault::LostAnswer, 1);
    proxy.idp.behave(json("200 OK", &tokens(&nonce)));
    let response = proxy.token(&token_form(&code, &[])).await;
    assert_eq!(response.status, 200, "{}", response.log);
    assert_eq!(wire.faults_met(), 3);
    assert_eq!((wire.calls("PutItem"), wire.calls("UpdateItem")), (2, 4), "each write was made twice");
}

#[tokio::test]
async fn a_handle_that_is_taken_is_drawn_anew_once() {
    let (proxy, wire) = on_a_wire().await;
    wire.fail("PutItem", HANDLE_TAKEN, 1);
    let begun = proxy.authorize(&authorize_query(&[]), &[]).await;
    assert_eq!((begun.status, wire.faults_met(), wire.calls("PutItem")), (302, 1, 1));
    assert!(begun.headers["location"].starts_with("https://idp.example/"));
    wire.fail("PutItem", HANDLE_TAKEN, 2);
    let begun = proxy.authorize(&authorize_query(&[]), &[]).await;
    begun.assert_back("server_error");
    assert_eq!(begun.log["cause"], "handle_taken");
    assert_eq!(wire.calls("PutItem"), 1, "not a third time");
}

#[tokio::test]
async fn a_record_is_never_overwritten_by_another_request() {
    let store = store().await;
    let now = NOW;
    let handle = Handle::from_random(&system::random().unwrap());
    let transaction = || Transaction {
        handle: handle.clone(),
        cognito_state: "state".to_owned().into(),
        code_verifier: CodeVerifier::from_random(&system::random().unwrap()),
        nonce: nonce_from_random(&system::random().unwrap()),
        expires_at: UnixTime(now.0 + 600),
    };
    let first = transaction();
    let cookies = store.begin(&first, &[], "request-1", now).await.unwrap();
    let second = store.begin(&transaction(), &[], "request-2", now).await;
    assert_eq!(second.unwrap_err(), BeginError::HandleTaken);
    let kept = store.resume(&handle, &[cookie_pair(&cookies[0])], now).await.unwrap();
    assert_eq!(kept.code_verifier.expose(), first.code_verifier.expose());
}

#[tokio::test]
async fn no_browser_is_sent_to_the_idp_before_the_write_is_confirmed() {
    let (proxy, wire) = on_a_wire().await;
    for fault in [THROTTLED, DENIED, Fault::Refused] {
        wire.fail("PutItem", fault, u32::MAX);
        let response = proxy.authorize(&authorize_query(&[]), &[]).await;
        response.assert_back("temporarily_unavailable");
        assert_eq!(response.log["cause"], "store_unavailable", "{fault:?}");
        assert!(response.cookies.is_empty());
    }
    wire.mend();
    proxy.genuine_sign_in().await;
}

#[tokio::test]
async fn while_the_table_cannot_be_used_nothing_is_lost() {
    let (proxy, wire) = on_a_wire().await;
    for fault in [THROTTLED, DENIED, Fault::Refused] {
        let (response, nonce, cookies) = begin(&proxy).await;
        wire.fail("GetItem", fault, u32::MAX);
        proxy.callback(&response, &cookies).await.assert_page(503);
        wire.fail("UpdateItem", fault, u32::MAX);
        proxy.callback(&response, &cookies).await.assert_back("temporarily_unavailable");
        wire.mend();
        let back = proxy.callback(&response, &cookies).await;
        let form = token_form(&parameters(&back.headers["location"])["code"], &[]);
        wire.fail("UpdateItem", fault, u32::MAX);
        let response = proxy.token(&form).await;
        response.assert_oauth_error(503, "temporarily_unavailable");
        assert_eq!(response.log["cause"], "store_unavailable", "{fault:?}");
        wire.mend();
        proxy.idp.behave(json("200 OK", &tokens(&nonce)));
        assert_eq!(proxy.token(&form).await.status, 200, "{fault:?}");
    }
    assert_eq!(proxy.idp.seen().len(), 3, "the IdP was asked only when its answer could be used");
}

#[tokio::test]
async fn a_table_that_throttles_once_is_asked_again() {
    let (proxy, wire) = on_a_wire().await;
    wire.fail("PutItem", THROTTLED, 1);
    let (response, nonce, cookies) = begin(&proxy).await;
    wire.fail("GetItem", THROTTLED, 1);
    let back = proxy.callback(&response, &cookies).await;
    proxy.idp.behave(json("200 OK", &tokens(&nonce)));
    wire.fail("UpdateItem", THROTTLED, 1);
    let form = token_form(&parameters(&back.headers["location"])["code"], &[]);
    assert_eq!(proxy.token(&form).await.status, 200);
    assert_eq!(wire.faults_met(), 3);
}

#[tokio::test]
async fn a_table_that_hangs_is_given_up_at_our_own_deadline() {
    let (proxy, wire) = on_a_wire().await;
    wire.fail("PutItem", Fault::Delay(Duration::from_secs(20)), u32::MAX);
    let response = proxy.authorize(&authorize_query(&[]), &[]).await;
    response.assert_back("temporarily_unavailable");
    let milliseconds = response.log["duration_ms"].as_f64().unwrap();
    assert!((3500.0..6000.0).contains(&milliseconds), "{milliseconds}");
}

#[tokio::test]
async fn a_code_that_the_idp_never_saw_is_given_back() {
    let proxy = Proxy::with_store("dynamodb").await;
    // Nobody listens.
    let mut elsewhere = proxy.environment.clone();
    elsewhere.insert("IDP_TOKEN_ENDPOINT".into(), "http://127.0.0.1:1/token".into());
    let sign_in = ready(&proxy).await;
    let form = token_form(&sign_in.code, &[]);
    let cut_off = proxy.another_instance().await.with_token_environment(elsewhere).await;
    cut_off.token(&form).await.assert_oauth_error(503, "temporarily_unavailable");
    assert_eq!(proxy.token(&form).await.status, 200, "as soon as somebody listens");
}

#[tokio::test]
async fn a_code_is_given_back_while_the_idp_refuses_our_key() {
    let proxy = Proxy::with_store("dynamodb").await;
    let sign_in = ready(&proxy).await;
    let form = token_form(&sign_in.code, &[]);
    proxy.idp.behave(Behaviour::Answers(vec![
        http("401 Unauthorized", "", r#"{"error":"invalid_client"}"#),
        http("200 OK", "", &tokens(&sign_in.nonce)),
    ]));
    proxy.token(&form).await.assert_oauth_error(401, "invalid_client");
    assert_eq!(proxy.token(&form).await.status, 200, "once the key is registered");
}

#[tokio::test]
async fn a_code_is_given_back_while_there_is_no_usable_signing_key() {
    let name = aws::create_secret("not a key yet").await;
    let changes = [("TRANSACTION_STORE", "dynamodb"), ("SIGNING_KEY_SECRET_ID", &name)];
    let proxy = Proxy::with(&changes).await;
    let sign_in = ready(&proxy).await;
    let form = token_form(&sign_in.code, &[]);
    proxy.token(&form).await.assert_oauth_error(500, "server_error");
    aws::put_secret(&name, &signing_key("k1").to_string()).await;
    assert_eq!(proxy.later(1).token(&form).await.status, 200);
}

#[tokio::test]
async fn a_code_that_the_idp_may_have_spent_stays_used() {
    let proxy = Proxy::with_store("dynamodb").await;
    for behaviour in [
        json("500 Internal Server Error", "{}"),
        json("400 Bad Request", r#"{"error":"invalid_grant"}"#),
        Behaviour::CloseMidway,
        json("200 OK", &tokens("another-nonce")),
    ] {
        let sign_in = ready(&proxy).await;
        proxy.idp.behave(behaviour);
        let before = proxy.idp.seen().len();
        assert_ne!(proxy.token(&token_form(&sign_in.code, &[])).await.status, 200);
        proxy.token(&token_form(&sign_in.code, &[])).await.assert_oauth_error(400, "invalid_grant");
        assert_eq!(proxy.idp.seen().len(), before + 1);
    }
}

#[tokio::test]
async fn the_table_holds_nothing_of_a_sign_in_that_can_be_read() {
    let proxy = Proxy::with_store("dynamodb").await;
    let begun = proxy.authorize(&authorize_query(&[]), &[]).await;
    let id = begun.log["sign_in_id"].as_str().unwrap().to_owned();
    let sent = parameters(&begun.headers["location"]);
    let cookie = cookie_pair(&begun.cookies[0]);
    let (_, cookie_value) = cookie.split_once('=').unwrap();
    let at_begin = aws::transaction_record(&id).await;
    let response = encode(&[("code", "idp-code-0123"), ("state", &sent["state"]), ("iss", ISSUER)]);
    let back = proxy.callback(&response, std::slice::from_ref(&cookie)).await;
    let code = parameters(&back.headers["location"])["code"].clone();
    let at_close = aws::transaction_record(&id).await;
    proxy.idp.behave(json("200 OK", &tokens(&sent["nonce"])));
    assert_eq!(proxy.token(&token_form(&code, &[])).await.status, 200);
    let verifier = proxy.idp.seen()[0].parameter("code_verifier");
    let (_, ticket) = code.split_once('.').unwrap();
    let secrets =
        [&sent["state"], &sent["nonce"], cookie_value, ticket, &verifier, COGNITO_STATE, "idp-code-0123"];
    for (record, sealed) in [(at_begin, "sealed_transaction"), (at_close, "sealed_grant")] {
        assert!(record.contains(sealed) && record.contains("delete_after"), "{record}");
        for secret in secrets {
            assert!(!record.contains(secret));
        }
    }
}

#[tokio::test]
async fn the_content_of_a_transaction_goes_when_it_is_closed() {
    let proxy = Proxy::with_store("dynamodb").await;
    let (response, _, cookies) = begin(&proxy).await;
    let back = proxy.callback(&response, &cookies).await;
    let record = aws::transaction_record(back.log["sign_in_id"].as_str().unwrap()).await;
    assert!(record.contains("sealed_grant") && !record.contains("sealed_transaction"));
}

#[tokio::test]
async fn an_attempt_that_arrives_late_opens_nothing_again() {
    let (proxy, wire) = on_a_wire().await;
    // Longer than an attempt may take, so that the SDK gives it up and writes again.
    let late = Duration::from_secs(4);
    wire.fail("PutItem", Fault::Delay(late), 1);
    let (response, nonce, cookies) = begin(&proxy).await;
    let back = proxy.callback(&response, &cookies).await;
    let form = token_form(&parameters(&back.headers["location"])["code"], &[]);
    proxy.idp.behave(json("200 OK", &tokens(&nonce)));
    assert_eq!(proxy.token(&form).await.status, 200);
    assert_eq!(wire.calls("PutItem"), 1);
    let deadline = Instant::now() + 5 * late;
    while wire.calls("PutItem") < 2 || wire.under_way() > 0 {
        assert!(Instant::now() < deadline, "the late attempt never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    proxy.callback(&response, &cookies).await.assert_page(400);
    proxy.token(&form).await.assert_oauth_error(400, "invalid_grant");
    assert_eq!(proxy.idp.seen().len(), 1);
}

#[tokio::test]
async fn a_claim_whose_answers_were_all_lost_is_given_back() {
    let (proxy, wire) = on_a_wire().await;
    let sign_in = ready(&proxy).await;
    let form = token_form(&sign_in.code, &[]);
    // All attempts of the claim, and not the release.
    wire.fail("UpdateItem", Fault::LostAnswer, 3);
    proxy.token(&form).await.assert_oauth_error(503, "temporarily_unavailable");
    assert_eq!(proxy.token(&form).await.status, 200);
    assert_eq!(proxy.idp.seen().len(), 1);
}

#[tokio::test]
async fn nobody_gives_back_what_another_request_has_claimed() {
    let store = store().await;
    let transaction = Transaction {
        handle: Handle::from_random(&system::random().unwrap()),
        cognito_state: "state".to_owned().into(),
        code_verifier: CodeVerifier::from_random(&system::random().unwrap()),
        nonce: nonce_from_random(&system::random().unwrap()),
        expires_at: UnixTime(NOW.0 + 600),
    };
    store.begin(&transaction, &[], "request-0", NOW).await.unwrap();
    let grant = transaction.grant("idp-code", NOW);
    let code = store.close(&transaction, &grant, "request-0", NOW).await.unwrap().code;
    store.redeem(&code, "request-a", NOW).await.unwrap();
    store.release(&grant, "request-a").await;
    store.redeem(&code, "request-b", NOW).await.unwrap();
    store.release(&grant, "request-a").await; // once more, and late
    assert_eq!(store.redeem(&code, "request-c", NOW).await.unwrap_err(), FindError::Used);
}

#[tokio::test]
async fn what_cannot_be_ours_costs_no_call() {
    let (proxy, wire) = on_a_wire().await;
    let sign_in = proxy.sign_in("idp-code").await;
    let before = wire.all_calls();
    let response = encode(&[("code", "c"), ("state", &sign_in.state), ("iss", ISSUER)]);
    proxy.callback(&response, &[]).await.assert_page(400);
    proxy.callback("code=c&state=x", &sign_in.cookies).await.assert_page(400);
    let (name, _) = sign_in.cookies[0].split_once('=').unwrap();
    proxy.callback(&response, &[format!("{name}=made-up")]).await.assert_page(400);
    proxy.authorize("", &[]).await.assert_page(400);
    for code in ["", "x", "a.b", &sign_in.state, &sign_in.cookies[0]] {
        assert_eq!(proxy.token(&token_form(code, &[])).await.status, 400);
    }
    let wrong = token_form(&sign_in.code, &[("client_secret", "wrong")]);
    proxy.token(&wrong).await.assert_oauth_error(401, "invalid_client");
    assert_eq!(wire.all_calls(), before);
}

#[tokio::test]
async fn a_code_is_bound_to_its_own_record() {
    let proxy = Proxy::with_store("dynamodb").await;
    let (one, other) = (ready(&proxy).await, ready(&proxy).await);
    let (id, _) = one.code.split_once('.').unwrap();
    let (_, secret) = other.code.split_once('.').unwrap();
    let response = proxy.token(&token_form(&format!("{id}.{secret}"), &[])).await;
    response.assert_oauth_error(400, "invalid_grant");
    assert_eq!(response.log["cause"], "forged_code");
    assert!(proxy.idp.seen().is_empty());
}
