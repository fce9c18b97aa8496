//! Many sign-ins at once, over several instances of each Lambda, with faults thrown in: each ends as
//! the user who began it, or in an explicit failure, and never as somebody else.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use battery::aws_wire::{Fault, Wire};
use battery::idp::{Behaviour, Seen, http};
use battery::proxy::{ISSUER, Proxy, Response, authorize_query, cookie_pair, encode, parameters, token_form};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::task::LocalSet;

const INSTANCES: usize = 3;
const SIGN_INS: usize = 1000;
const AT_ONCE: usize = 50;

/// What the IdP knows of a code that it gave out.
struct Issued {
    user: String,
    nonce: String,
    code_challenge: String,
    spent: bool,
}

/// An IdP that checks PKCE and takes a code once, and every tenth time fails or breaks off.
#[derive(Clone, Default)]
struct IdpOfManyUsers {
    issued: Arc<Mutex<HashMap<String, Issued>>>,
}

impl IdpOfManyUsers {
    fn issue(&self, user: usize, sent: &HashMap<String, String>) -> String {
        let code = format!("code-of-user-{user}-{}", &sent["state"][..8]);
        let issued = Issued {
            user: format!("user-{user}"),
            nonce: sent["nonce"].clone(),
            code_challenge: sent["code_challenge"].clone(),
            spent: false,
        };
        self.issued.lock().unwrap().insert(code.clone(), issued);
        code
    }

    fn behaviour(&self) -> Behaviour {
        let idp = self.clone();
        Behaviour::Compute(Arc::new(move |seen| idp.answer(seen)))
    }

    fn answer(&self, seen: &Seen) -> Option<Vec<u8>> {
        let mut all = self.issued.lock().unwrap();
        let count = all.values().filter(|issued| issued.spent).count();
        let refused = http("400 Bad Request", "", r#"{"error":"invalid_grant"}"#);
        let Some(issued) = all.get_mut(&seen.parameter("code")).filter(|issued| !issued.spent) else {
            return Some(refused);
        };
        issued.spent = true;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(seen.parameter("code_verifier")));
        if challenge != issued.code_challenge {
            return Some(refused);
        }
        match count % 20 {
            7 => return Some(http("500 Internal Server Error", "", "")),
            13 => return None,
            _ => {}
        }
        let payload = json!({"iss": ISSUER, "sub": issued.user, "nonce": issued.nonce}).to_string();
        let body = json!({
            "access_token": format!("access-token-of-{}", issued.user),
            "id_token": format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload)),
            "token_type": "Bearer"
        });
        Some(http("200 OK", "", &body.to_string()))
    }
}

/// Who a token response signs in; `None` for an explicit failure.
fn signed_in(response: &Response) -> Option<String> {
    if response.status != 200 {
        assert!(response.json()["error"].is_string(), "a failure says so");
        return None;
    }
    let body = response.json();
    let payload = body["id_token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let claims: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let user = claims["sub"].as_str().unwrap().to_owned();
    assert_eq!(body["access_token"], format!("access-token-of-{user}"));
    Some(user)
}

async fn instances(store: &str) -> (Rc<Vec<Proxy>>, IdpOfManyUsers) {
    instances_of(Proxy::with_store(store).await).await
}

async fn instances_of(first: Proxy) -> (Rc<Vec<Proxy>>, IdpOfManyUsers) {
    let idp = IdpOfManyUsers::default();
    first.idp.behave(idp.behaviour());
    let mut all = vec![first];
    while all.len() < INSTANCES {
        let another = all[0].another_instance().await;
        all.push(another);
    }
    (Rc::new(all), idp)
}

/// A user who went through `/authorize` and has signed in at the IdP: the query that the browser brings
/// to `/callback`, and its cookies.
async fn signed_in_at(idp: &IdpOfManyUsers, user: usize, proxy: &Proxy) -> (String, Vec<String>) {
    let begun = proxy.authorize(&authorize_query(&[]), &[]).await;
    let sent = parameters(&begun.headers["location"]);
    let cookies = begun.cookies.iter().map(|cookie| cookie_pair(cookie)).collect();
    let query = encode(&[("code", &idp.issue(user, &sent)), ("state", &sent["state"]), ("iss", ISSUER)]);
    (query, cookies)
}

/// Runs `sign_in(number)` for each number, at most fifty of them at once.
async fn run<F: Future<Output = ()> + 'static>(count: usize, sign_in: impl Fn(usize) -> F + 'static) {
    let next = Rc::new(Cell::new(0));
    let sign_in = Rc::new(sign_in);
    let tasks = LocalSet::new();
    for _ in 0..AT_ONCE {
        let (next, sign_in) = (Rc::clone(&next), Rc::clone(&sign_in));
        tasks.spawn_local(async move {
            while next.get() < count {
                let number = next.get();
                next.set(number + 1);
                sign_in(number).await;
            }
        });
    }
    tasks.await;
}

/// Many sign-ins. `trouble` may throw a fault in; it is asked before each sign-in, with its number.
async fn interleaved(proxies: Rc<Vec<Proxy>>, idp: IdpOfManyUsers, trouble: impl Fn(usize) + 'static) {
    let trouble = Rc::new(trouble);
    // The same order of chances in every run.
    let rng = Rc::new(RefCell::new(StdRng::seed_from_u64(1)));
    // The codes of others, for those who try them.
    let overheard = Rc::new(RefCell::new(Vec::<(usize, String)>::new()));
    let completed = Rc::new(Cell::new(0));
    let counter = Rc::clone(&completed);
    run(SIGN_INS, move |user| {
        let (proxies, idp, rng) = (Rc::clone(&proxies), idp.clone(), Rc::clone(&rng));
        let (overheard, completed) = (Rc::clone(&overheard), Rc::clone(&counter));
        let trouble = Rc::clone(&trouble);
        async move {
            trouble(user);
            let any = |count: usize| rng.borrow_mut().random_range(0..count);
            let (query, cookies) = signed_in_at(&idp, user, &proxies[any(INSTANCES)]).await;
            if any(10) == 0 {
                // Another browser, without the cookie.
                proxies[any(INSTANCES)].callback(&query, &[]).await.assert_page(400);
            }
            let back = proxies[any(INSTANCES)].callback(&query, &cookies).await;
            let code = parameters(&back.headers["location"])["code"].clone();
            overheard.borrow_mut().push((user, code.clone()));
            let response = proxies[any(INSTANCES)].token(&token_form(&code, &[])).await;
            match signed_in(&response) {
                Some(name) => {
                    assert_eq!(name, format!("user-{user}"), "an identity was swapped");
                    completed.set(completed.get() + 1);
                }
                None => assert!(matches!(response.status, 400 | 502), "{}", response.log),
            }
            if any(10) == 0 {
                // A code that was used, once more: nobody, or at the most its owner.
                let stolen = any(overheard.borrow().len());
                let (owner, code) = overheard.borrow()[stolen].clone();
                let response = proxies[any(INSTANCES)].token(&token_form(&code, &[])).await;
                assert!(signed_in(&response).is_none_or(|name| name == format!("user-{owner}")));
            }
        }
    })
    .await;
    assert!(completed.get() > SIGN_INS * 8 / 10, "{} of {SIGN_INS} completed", completed.get());
    assert!(completed.get() < SIGN_INS, "no fault was met");
}

#[tokio::test]
async fn a_thousand_sign_ins_interleaved_over_several_instances_never_swap_an_identity() {
    let (proxies, idp) = instances("browser").await;
    interleaved(proxies, idp, |_| ()).await;
}

#[tokio::test]
async fn a_thousand_sign_ins_over_a_table_that_falters_never_swap_an_identity() {
    let wire = Wire::start();
    let changes = [("TRANSACTION_STORE", "dynamodb"), ("AWS_ENDPOINT_URL", wire.endpoint())];
    let (proxies, idp) = instances_of(Proxy::with(&changes).await).await;
    let wire = Rc::new(wire);
    let throwing = Rc::clone(&wire);
    interleaved(proxies, idp, move |number| match number % 40 {
        5 => throwing.fail("PutItem", Fault::LostAnswer, 1),
        15 => throwing.fail("UpdateItem", Fault::LostAnswer, 1),
        25 => throwing.fail("GetItem", Fault::Refused, 1),
        35 => throwing.fail("UpdateItem", Fault::Error(400, "ThrottlingException"), 1),
        _ => {}
    })
    .await;
    assert!(wire.faults_met() > 50, "{} faults met", wire.faults_met());
}

/// Sends fifty identical token requests; returns who was signed in, and how often the IdP was asked.
async fn fifty_token_requests(store: &str) -> (Vec<String>, usize) {
    let (proxies, idp) = instances(store).await;
    let all = Rc::clone(&proxies);
    let (query, cookies) = signed_in_at(&idp, 1, &proxies[0]).await;
    let back = proxies[0].callback(&query, &cookies).await;
    let code = parameters(&back.headers["location"])["code"].clone();
    let names = Rc::new(RefCell::new(Vec::new()));
    let collected = Rc::clone(&names);
    run(50, move |number| {
        let (proxies, code, names) = (Rc::clone(&proxies), code.clone(), Rc::clone(&collected));
        async move {
            let response = proxies[number % INSTANCES].token(&token_form(&code, &[])).await;
            names.borrow_mut().extend(signed_in(&response));
        }
    })
    .await;
    (names.take(), all[0].idp.seen().len())
}

#[tokio::test]
async fn of_fifty_identical_token_requests_one_at_the_most_gets_tokens() {
    assert_eq!(fifty_token_requests("browser").await, (vec!["user-1".to_owned()], 50));
}

#[tokio::test]
async fn of_fifty_identical_token_requests_one_alone_asks_the_idp_in_dynamodb_mode() {
    assert_eq!(fifty_token_requests("dynamodb").await, (vec!["user-1".to_owned()], 1));
}

/// Sends fifty identical callbacks, and redeems every code that comes of them; returns who was
/// signed in, and how many callbacks went on.
async fn fifty_callbacks(store: &str) -> (Vec<String>, usize) {
    let (proxies, idp) = instances(store).await;
    let (query, cookies) = signed_in_at(&idp, 1, &proxies[0]).await;
    let (names, went_on) = (Rc::new(RefCell::new(Vec::new())), Rc::new(Cell::new(0)));
    let (collected, counted) = (Rc::clone(&names), Rc::clone(&went_on));
    run(50, move |number| {
        let (proxies, names, went_on) = (Rc::clone(&proxies), Rc::clone(&collected), Rc::clone(&counted));
        let (query, cookies) = (query.clone(), cookies.clone());
        async move {
            let back = proxies[number % INSTANCES].callback(&query, &cookies).await;
            if back.status != 302 {
                back.assert_page(400);
                return;
            }
            went_on.set(went_on.get() + 1);
            let code = parameters(&back.headers["location"])["code"].clone();
            let response = proxies[number % INSTANCES].token(&token_form(&code, &[])).await;
            names.borrow_mut().extend(signed_in(&response));
        }
    })
    .await;
    (names.take(), went_on.get())
}

#[tokio::test]
async fn fifty_identical_callbacks_lead_to_codes_of_one_user_only() {
    assert_eq!(fifty_callbacks("browser").await, (vec!["user-1".to_owned()], 50));
}

#[tokio::test]
async fn of_fifty_identical_callbacks_one_goes_on_in_dynamodb_mode() {
    assert_eq!(fifty_callbacks("dynamodb").await, (vec!["user-1".to_owned()], 1));
}
