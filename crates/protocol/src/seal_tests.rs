//! What opens, and what doesn't.

use proptest::prelude::*;

use super::*;
use crate::transaction::nonce_from_random;

const NOW: UnixTime = UnixTime(1_800_000_000);

fn binding() -> Binding {
    Binding {
        cognito_redirect_uri: "https://pool.example/oauth2/idpresponse".into(),
        idp_issuer: "https://idp.example".into(),
        idp_client_id: "client".into(),
    }
}

fn keys_of(secret: &str, version: &str, binding: &Binding) -> SealingKeys {
    SealingKeys::derive(&secret.to_owned().into(), version, binding).unwrap()
}

fn keys() -> SealingKeys {
    keys_of(&"s".repeat(32), "v1", &binding())
}

fn transaction() -> Transaction {
    Transaction {
        handle: Handle::from_random(&[1; 32]),
        cognito_state: "H4sIAAAA.H4sIAAAA.4".to_owned().into(),
        code_verifier: CodeVerifier::from_random(&[2; 32]),
        nonce: nonce_from_random(&[3; 32]),
        expires_at: NOW.after(TRANSACTION_LIFETIME),
    }
}

fn open(keys: &SealingKeys, sealed: &str) -> Result<Transaction, OpenError> {
    keys.open_transaction(sealed, &transaction().handle, NOW)
}

#[test]
fn a_sealed_transaction_opens_to_what_it_was() {
    let keys = keys();
    let opened = open(&keys, &keys.seal_transaction(&transaction()).unwrap()).unwrap();
    assert_eq!(opened.cognito_state.expose_secret(), "H4sIAAAA.H4sIAAAA.4");
    assert_eq!(opened.code_verifier.expose(), transaction().code_verifier.expose());
    assert_eq!(opened.nonce.expose_secret(), "03".repeat(32));
    assert_eq!(opened.expires_at, NOW.after(TRANSACTION_LIFETIME));
}

#[test]
fn the_same_transaction_never_seals_to_the_same_text() {
    let keys = keys();
    assert_ne!(
        keys.seal_transaction(&transaction()).unwrap(),
        keys.seal_transaction(&transaction()).unwrap()
    );
}

#[test]
fn the_header_shows_the_algorithms_and_the_version_of_the_secret_only() {
    let sealed = keys().seal_transaction(&transaction()).unwrap();
    let header = URL_SAFE_NO_PAD.decode(sealed.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, serde_json::json!({"alg": "A256KW", "enc": "A256GCM", "kid": "v1"}));
}

#[test]
fn a_transaction_is_no_grant_and_a_grant_no_transaction() {
    let keys = keys();
    let sealed = keys.seal_transaction(&transaction()).unwrap();
    assert_eq!(keys.open_grant(&sealed, NOW).err(), Some(OpenError::Forged));
    let code = keys.seal_grant(&transaction().grant("code", NOW)).unwrap();
    assert_eq!(open(&keys, &code).err(), Some(OpenError::Forged));
}

#[test]
fn another_secret_client_idp_and_pool_open_nothing() {
    let sealed = keys().seal_transaction(&transaction()).unwrap();
    let secret = "s".repeat(32);
    let client = Binding { idp_client_id: "other".into(), ..binding() };
    let pool =
        Binding { cognito_redirect_uri: "https://other.example/oauth2/idpresponse".into(), ..binding() };
    let idp = Binding { idp_issuer: "https://other.example".into(), ..binding() };
    for other in [
        keys_of(&"t".repeat(32), "v1", &binding()),
        keys_of(&secret, "v1", &client),
        keys_of(&secret, "v1", &pool),
        keys_of(&secret, "v1", &idp),
    ] {
        assert_eq!(open(&other, &sealed).err(), Some(OpenError::Forged));
    }
}

#[test]
fn another_version_of_the_secret_is_an_unknown_key() {
    let sealed = keys().seal_transaction(&transaction()).unwrap();
    let other = keys_of(&"t".repeat(32), "v2", &binding());
    assert_eq!(open(&other, &sealed).err(), Some(OpenError::UnknownKey));
}

#[test]
fn another_handle_is_refused_even_if_it_shares_the_cookies_name() {
    let keys = keys();
    let sealed = keys.seal_transaction(&transaction()).unwrap();
    let mut bytes = [1; 32];
    bytes[31] = 2;
    let opened = keys.open_transaction(&sealed, &Handle::from_random(&bytes), NOW);
    assert_eq!(opened.err(), Some(OpenError::Forged));
}

#[test]
fn a_grant_opens_a_second_before_its_end_and_not_at_its_end() {
    let keys = keys();
    let code = keys.seal_grant(&transaction().grant("code", NOW)).unwrap();
    assert!(keys.open_grant(&code, UnixTime(NOW.0 + 299)).is_ok());
    assert_eq!(keys.open_grant(&code, UnixTime(NOW.0 + 300)).err(), Some(OpenError::Expired));
    assert_eq!(keys.open_grant(&code, UnixTime(NOW.0 - 61)).err(), Some(OpenError::Expired));
}

/// A256GCM with no key wrapping, as an attacker without the key would write it.
#[test]
fn no_other_algorithm_opens() {
    let keys = keys();
    let sealed = keys.seal_transaction(&transaction()).unwrap();
    let rest = sealed.split_once('.').unwrap().1;
    for header in [
        r#"{"alg":"none","enc":"A256GCM","kid":"v1"}"#,
        r#"{"alg":"dir","enc":"A256GCM","kid":"v1"}"#,
        r#"{"alg":"A256KW","enc":"A128GCM","kid":"v1"}"#,
        r#"{"alg":"A256KW","enc":"A256GCM","kid":"v1","zip":"DEF"}"#,
        r#"{"enc":"A256GCM","alg":"A256KW","kid":"v1"}"#,
        r#"{"alg":"A256KW","enc":"A256GCM"}"#,
        r#"{"alg":"none","enc":"A256GCM","kid":"v2"}"#,
        r#"{"alg":"A256KW","enc":"A128GCM","kid":"v2"}"#,
        "[]",
        "",
    ] {
        let forged = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header));
        assert_eq!(open(&keys, &forged).err(), Some(OpenError::Forged), "{header}");
    }
}

#[test]
fn a_shortened_key_vector_or_tag_is_refused_before_the_library_sees_it() {
    let keys = keys();
    let sealed = keys.seal_transaction(&transaction()).unwrap();
    let parts: Vec<&str> = sealed.split('.').collect();
    for part in [1, 2, 4] {
        for length in [0, 4, parts[part].len() - 2] {
            let mut forged = parts.clone();
            forged[part] = parts[part].get(..length).unwrap();
            assert_eq!(
                open(&keys, &forged.join(".")).err(),
                Some(OpenError::Forged),
                "part {part}, length {length}"
            );
        }
    }
}

#[test]
fn a_short_secret_is_refused() {
    let derived = SealingKeys::derive(&"s".repeat(31).into(), "v1", &binding());
    assert_eq!(derived.err(), Some(SealingKeyError::TooShort));
}

proptest! {
    #[test]
    fn no_changed_character_is_accepted(at in 0_usize..10_000, replacement in "[A-Za-z0-9_.=-]") {
        let keys = keys();
        let sealed = keys.seal_transaction(&transaction()).unwrap();
        let at = at % sealed.len();
        let mut changed = sealed.clone();
        changed.replace_range(at..=at, &replacement);
        prop_assume!(changed != sealed);
        prop_assert!(open(&keys, &changed).is_err());
    }

    #[test]
    fn any_code_and_nonce_survive_the_trip_exactly(code in ".{1,4096}", nonce in ".{0,200}") {
        let keys = keys();
        let mut grant = transaction().grant(&code, NOW);
        grant.nonce = nonce.clone().into();
        let opened = keys.open_grant(&keys.seal_grant(&grant).unwrap(), NOW).unwrap();
        prop_assert_eq!(opened.idp_code.expose_secret(), code);
        prop_assert_eq!(opened.nonce.expose_secret(), nonce);
    }

    #[test]
    fn no_text_makes_opening_panic(text in "[A-Za-z0-9_.-]{0,300}") {
        prop_assert!(keys().open_grant(&text, NOW).is_err());
    }
}
