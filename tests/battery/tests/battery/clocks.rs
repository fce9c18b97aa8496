//! Clocks that are off: instances of one deployment that disagree about the time, and a deployment
//! that disagrees with the IdP.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use battery::idp::json;
use battery::proxy::{Proxy, Response, authorize_query, cookie_pair, encode, parameters, token_form, tokens};
use protocol::time::UnixTime;
use serde_json::Value;

fn at(proxy: &mut Proxy, now: UnixTime, offset: i64) {
    proxy.now = UnixTime(now.0.checked_add_signed(offset).unwrap());
}

/// Begins a sign-in at the right time, and calls back when the clock is off.
async fn callback(proxy: &mut Proxy, offset: i64) -> Response {
    let now = proxy.now;
    let begun = proxy.authorize(&authorize_query(&[]), &[]).await;
    let state = &parameters(&begun.headers["location"])["state"];
    let query = encode(&[("state", state), ("code", "c"), ("iss", battery::proxy::ISSUER)]);
    at(proxy, now, offset);
    let response = proxy.callback(&query, &[cookie_pair(&begun.cookies[0])]).await;
    at(proxy, now, 0);
    response
}

/// Signs in up to the code at the right time, and redeems it when the clock is off.
async fn token(proxy: &mut Proxy, offset: i64) -> Response {
    let now = proxy.now;
    let sign_in = proxy.sign_in("c").await;
    proxy.idp.behave(json("200 OK", &tokens(&sign_in.nonce)));
    at(proxy, now, offset);
    let response = proxy.token(&token_form(&sign_in.code, &[])).await;
    at(proxy, now, 0);
    response
}

#[tokio::test]
async fn instances_whose_clocks_are_up_to_a_minute_apart_work_together() {
    for store in ["browser", "dynamodb"] {
        let mut proxy = Proxy::with_store(store).await;
        for offset in [-60, -10, 0, 10, 60] {
            assert_eq!(callback(&mut proxy, offset).await.status, 302, "{store} {offset}");
            assert_eq!(token(&mut proxy, offset).await.status, 200, "{store} {offset}");
        }
    }
}

#[tokio::test]
async fn a_clock_five_minutes_behind_believes_no_end_so_far_away() {
    for store in ["browser", "dynamodb"] {
        let mut proxy = Proxy::with_store(store).await;
        let response = callback(&mut proxy, -300).await;
        response.assert_page(400);
        assert_eq!(response.log["cause"], "expired_transaction");
        token(&mut proxy, -300).await.assert_oauth_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_clock_five_minutes_ahead_ends_codes_at_once_and_leaves_transactions_half_their_time() {
    for store in ["browser", "dynamodb"] {
        let mut proxy = Proxy::with_store(store).await;
        assert_eq!(callback(&mut proxy, 300).await.status, 302);
        let response = token(&mut proxy, 300).await;
        response.assert_oauth_error(400, "invalid_grant");
        assert_eq!(response.log["cause"], "expired_code");
    }
}

#[tokio::test]
async fn the_assertion_says_our_own_time_and_lives_a_minute_wherever_our_clock_stands() {
    for offset in [-300_i64, -60, -10, 10, 60, 300] {
        let mut proxy = Proxy::start().await;
        let now = proxy.now;
        at(&mut proxy, now, offset);
        let seen = proxy.genuine_sign_in().await;
        let assertion = seen.parameter("client_assertion");
        let payload = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&payload).unwrap();
        let ours = now.0.checked_add_signed(offset).unwrap();
        assert_eq!((&claims["iat"], &claims["exp"]), (&ours.into(), &(ours + 60).into()));
    }
}
