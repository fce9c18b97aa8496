//! `/authorize` under any query.
//!
//! A line: the query. It's tried as it is, as what follows Cognito's own parameters, and as
//! Cognito's state.
#![no_main]

use std::sync::LazyLock;

use fuzz::settings::{CALLBACK, CLIENT_ID, COGNITO, ENTROPY};
use fuzz::{NOW, outgoing, second_reader, settings};
use libfuzzer_sys::fuzz_target;
use protocol::authorize::{Settings, begin, recognise, send_back};
use protocol::transaction::Handle;
use protocol::{ExposeSecret as _, Reply};

static SETTINGS: LazyLock<[Settings; 2]> = LazyLock::new(settings::authorize);

fuzz_target!(|input: &str| {
    let cognitos = [("client_id", CLIENT_ID), ("redirect_uri", COGNITO)];
    let start = second_reader::form(&cognitos);
    let more = format!("{start}&response_type=code&state=s&{input}");
    let as_state = format!("{start}&response_type=code&state={}", second_reader::encoded(input));
    for settings in SETTINGS.iter() {
        check(settings, input);
        check(settings, &more);
        // What Cognito wrote down must be read, unless it's what no state can be.
        let usable = !input.is_empty() && !input.chars().any(char::is_control);
        assert_eq!(recognise(settings, &as_state).is_ok(), usable);
        check(settings, &as_state);
    }
});

fn check(settings: &Settings, query: &str) {
    let Ok(recognised) = recognise(settings, query) else {
        return;
    };
    let only = |name: &str| second_reader::all(query, name);
    assert_eq!((only("client_id"), only("redirect_uri")), (vec![CLIENT_ID.into()], vec![COGNITO.into()]));
    let states = only("state");
    let [cognito_state] = states.as_slice() else {
        panic!("{} states were recognised", states.len());
    };
    let begun = match begin(settings, &recognised, &ENTROPY, NOW) {
        Ok(begun) => begun,
        Err(error) => {
            let reply = send_back(settings, &recognised, error.code(), "Not accepted.");
            let query = outgoing::assert_back_to_cognito(&reply, cognito_state);
            assert_eq!(second_reader::one(&query, "error").as_deref(), Some(error.code().as_str()));
            return;
        }
    };
    let transaction = begun.transaction;
    assert_eq!(transaction.cognito_state.expose_secret(), cognito_state);

    let url = begun.authorization_url.expose_secret();
    outgoing::assert_headers(&Reply::redirect(url.to_owned()));
    assert!(url.len() <= settings.idp_authorization_url_max_length);
    let sent = outgoing::assert_leads_to(url, settings.idp_authorization_endpoint.as_str());
    let handle = Handle::from_random(&ENTROPY.handle);
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("state", handle.expose()),
        ("nonce", transaction.nonce.expose_secret()),
        ("code_challenge", &transaction.code_verifier.challenge()),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(second_reader::all(&sent, name), [value], "{name}");
    }
    for absent in ["response_mode", "request", "request_uri"] {
        assert!(second_reader::all(&sent, absent).is_empty(), "{absent}");
    }
    // Scopes are those of the settings, and the user's hints are those of the request.
    let scope = second_reader::one(&sent, "scope").expect("a scope");
    assert!(scope.split(' ').all(|scope| settings.idp_scopes.iter().any(|known| known == scope)));
    assert!(scope.split(' ').any(|scope| scope == "openid"));
    let nonce = second_reader::one(query, "nonce").unwrap_or_else(|| "3c".repeat(32));
    assert_eq!(transaction.nonce.expose_secret(), nonce);
    let hint = |query: &str| second_reader::one(query, "login_hint");
    assert_eq!(hint(&sent), hint(query));
}
