//! What is recognised, what is sent on, and what goes back.

use std::collections::HashMap;

use super::*;

const STATE: &str = "H4sIAAAAAAAAAE2.H4sIAAAAAAA_-.4";

fn settings() -> Settings {
    Settings {
        idp_client_id: "client".into(),
        idp_authorization_endpoint: Endpoint::parse("https://idp.example/authorize").unwrap(),
        idp_scopes: vec!["openid".into(), "email".into()],
        idp_authorization_parameters: FixedParameters::default(),
        idp_authorization_url_max_length: 4096,
        cognito_redirect_uri: Endpoint::parse("https://pool.example/oauth2/idpresponse").unwrap(),
        proxy_callback_url: Endpoint::parse("https://proxy.example/v1/callback").unwrap(),
    }
}

fn query(more: &str) -> String {
    format!(
        "client_id=client&redirect_uri=https%3A%2F%2Fpool.example%2Foauth2%2Fidpresponse&scope=openid+email&response_type=code&state={STATE}{more}"
    )
}

fn begun(settings: &Settings, query: &str) -> Result<Begun, AuthorizeError> {
    let entropy = Entropy { handle: [1; 32], code_verifier: [2; 32], nonce: [3; 32] };
    begin(settings, &recognise(settings, query).unwrap(), &entropy, UnixTime(1_000))
}

fn sent(settings: &Settings, query: &str) -> HashMap<String, String> {
    let begun = begun(settings, query).unwrap();
    url::Url::parse(begun.authorization_url.expose_secret()).unwrap().query_pairs().into_owned().collect()
}

#[test]
fn the_idp_gets_our_state_nonce_and_challenge_and_nothing_of_cognitos_state() {
    let sent = sent(&settings(), &query(""));
    let expected = [
        ("response_type", "code"),
        ("client_id", "client"),
        ("redirect_uri", "https://proxy.example/v1/callback"),
        ("scope", "openid email"),
        ("state", &"01".repeat(32)),
        ("nonce", &"03".repeat(32)),
        ("code_challenge", &CodeVerifier::from_random(&[2; 32]).challenge()),
        ("code_challenge_method", "S256"),
    ];
    assert_eq!(sent, expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
}

#[test]
fn a_request_that_is_not_cognitos_is_not_recognised() {
    let good = query("");
    for (bad, expected) in [
        (String::new(), Unrecognised::ClientId),
        (good.replace("client_id=client", "client_id=Client"), Unrecognised::ClientId),
        (good.replace("pool.example", "pool.Example"), Unrecognised::RedirectUri),
        (good.replace("idpresponse", "idpresponse%2F"), Unrecognised::RedirectUri),
        (good.replace(STATE, ""), Unrecognised::State),
        (good.replace(STATE, "a%0d%0ab"), Unrecognised::State),
        (good.replace(STATE, "a%00"), Unrecognised::State),
        (good.replace(STATE, "%c0%af"), Unrecognised::Malformed),
        (good.clone() + "&state=2", Unrecognised::Repeated),
        (good.clone() + "&client_id=client", Unrecognised::Repeated),
    ] {
        assert_eq!(recognise(&settings(), &bad).err(), Some(expected), "{bad}");
    }
}

#[test]
fn a_request_for_something_else_goes_back_with_its_error() {
    for (bad, expected) in [
        (query("").replace("response_type=code", "response_type=token"), AuthorizeError::ResponseType),
        (query("&response_mode=fragment"), AuthorizeError::ProxyOnly),
        (query("&code_challenge=x"), AuthorizeError::ProxyOnly),
        (query("&request_uri="), AuthorizeError::ProxyOnly),
        (query("").replace("email", "phone"), AuthorizeError::Scope),
        (query("").replace("openid+", ""), AuthorizeError::Scope),
        (query("").replace("openid+email", "+"), AuthorizeError::Scope),
        (query("&nonce=1&nonce=2"), AuthorizeError::Repeated),
        (query("&prompt=a&prompt=b"), AuthorizeError::Repeated),
    ] {
        assert_eq!(begun(&settings(), &bad).err(), Some(expected), "{bad}");
    }
}

#[test]
fn a_nonce_of_cognitos_is_forwarded_and_kept() {
    let nonce = "n-".repeat(85) + "z";
    let query = query(&format!("&nonce={nonce}"));
    assert_eq!(sent(&settings(), &query)["nonce"], nonce);
    assert_eq!(begun(&settings(), &query).unwrap().transaction.nonce.expose_secret(), nonce);
}

#[test]
fn what_concerns_the_user_is_forwarded_and_the_rest_is_dropped() {
    let sent = sent(&settings(), &query("&login_hint=a%2Bb%40c&prompt=login&ui_locales=de&evil=1"));
    assert_eq!(sent["login_hint"], "a+b@c");
    assert_eq!(sent["prompt"], "login");
    assert_eq!(sent["ui_locales"], "de");
    assert!(!sent.contains_key("evil"));
}

#[test]
fn a_url_longer_than_the_limit_is_refused() {
    let mut settings = settings();
    settings.idp_authorization_url_max_length = 100;
    assert_eq!(begun(&settings, &query("")).err(), Some(AuthorizeError::UrlTooLong));
}

#[test]
fn the_way_back_carries_cognitos_state_exactly() {
    let settings = settings();
    for state in ["a,b", "a+b c%/\u{e9}=&"] {
        let encoded: String = url::form_urlencoded::byte_serialize(state.as_bytes()).collect();
        let request = recognise(&settings, &query("").replace(STATE, &encoded)).unwrap();
        let reply = send_back(&settings, &request, ErrorCode::InvalidScope, "why");
        let location = &reply.headers.iter().find(|(name, _)| *name == "location").unwrap().1;
        let pairs: HashMap<String, String> =
            url::Url::parse(location).unwrap().query_pairs().into_owned().collect();
        assert_eq!(pairs["state"], state);
        assert_eq!(pairs["error"], "invalid_scope");
    }
}

#[test]
fn scopes_are_separated_by_one_space() {
    assert_eq!(
        sent(&settings(), &query("").replace("openid+email", "+email++openid+"))["scope"],
        "email openid"
    );
}
