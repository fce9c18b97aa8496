//! What the browser carries, changed in every way.
//!
//! Three lines: Cognito's state, the nonce, and the damage; see [`fuzz::mutation`]. All of the input
//! is also tried as a sealed text.
#![no_main]

use std::sync::LazyLock;

use fuzz::mutation::mutate;
use fuzz::settings::{CLIENT_ID, COGNITO, ISSUER};
use fuzz::{NOW, settings};
use libfuzzer_sys::fuzz_target;
use protocol::ExposeSecret as _;
use protocol::seal::{Binding, OpenError, SealingKeys};
use protocol::time::UnixTime;
use protocol::transaction::{GRANT_LIFETIME, Grant, Handle, TRANSACTION_LIFETIME, Transaction};

static KEYS: LazyLock<SealingKeys> = LazyLock::new(|| keys("version-1", CLIENT_ID));
/// The same secret, for another client and under another name: each must be enough.
static OTHERS: LazyLock<[SealingKeys; 2]> =
    LazyLock::new(|| [keys("version-1", "client-2"), keys("version-2", CLIENT_ID)]);

fn keys(version: &str, client: &str) -> SealingKeys {
    let binding = Binding {
        cognito_redirect_uri: COGNITO.to_owned(),
        idp_issuer: ISSUER.to_owned(),
        idp_client_id: client.to_owned(),
    };
    let secret = "test-secret-of-the-fuzz-targets-0123456789".to_owned().into();
    SealingKeys::derive(&secret, version, &binding).expect("keys")
}

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let transaction = settings::transaction(&text(), &text());
    let program = parts.next().unwrap_or_default();
    let grant = transaction.grant(transaction.cognito_state.expose_secret(), NOW);

    let sealed = KEYS.seal_transaction(&transaction).expect("sealed");
    let code = KEYS.seal_grant(&grant).expect("sealed");
    same_transaction(&transaction, &open(&KEYS, &sealed).expect("what was sealed opens"));
    same_grant(&grant, &KEYS.open_grant(&code, NOW).expect("what was sealed opens"));

    assert!(KEYS.open_grant(&sealed, NOW).is_err(), "a transaction was taken for a grant");
    assert!(open(&KEYS, &code).is_err(), "a grant was taken for a transaction");
    for others in OTHERS.iter() {
        assert!(open(others, &sealed).is_err() && others.open_grant(&code, NOW).is_err());
    }
    time_and_handle(&sealed, &code);

    refused(&String::from_utf8_lossy(input), &[&sealed, &code]);
    let (other_sealed, other_code) =
        (KEYS.seal_transaction(&transaction).expect("sealed"), KEYS.seal_grant(&grant).expect("sealed"));
    for (original, other) in [(&sealed, &other_sealed), (&code, &other_code)] {
        refused(&mutate(original, program), &[original]);
        refused(&spliced(original, other, program), &[original, other]);
    }
});

/// Neither kind of text opens, unless it's letter by letter one that was sealed.
fn refused(text: &str, sealed: &[&String]) {
    if sealed.iter().any(|sealed| *sealed == text) {
        return;
    }
    assert!(open(&KEYS, text).is_err(), "a changed transaction was accepted");
    assert!(KEYS.open_grant(text, NOW).is_err(), "a changed grant was accepted");
}

/// Some parts of one text, and the others of a second.
fn spliced(one: &str, other: &str, program: &[u8]) -> String {
    let choice = program.first().copied().unwrap_or_default();
    let parts = one.split('.').zip(other.split('.')).enumerate();
    let parts: Vec<&str> =
        parts.map(|(at, (one, other))| if choice >> at & 1 == 0 { one } else { other }).collect();
    parts.join(".")
}

fn handle() -> Handle {
    Handle::from_random(&settings::ENTROPY.handle)
}

fn open(keys: &SealingKeys, sealed: &str) -> Result<Transaction, OpenError> {
    keys.open_transaction(sealed, &handle(), NOW)
}

fn time_and_handle(sealed: &str, code: &str) {
    let another = Handle::from_random(&[0xa6; 32]);
    assert_eq!(KEYS.open_transaction(sealed, &another, NOW).err(), Some(OpenError::Forged));
    let late = KEYS.open_transaction(sealed, &handle(), NOW.after(TRANSACTION_LIFETIME));
    assert_eq!(late.err(), Some(OpenError::Expired));
    assert_eq!(KEYS.open_grant(code, NOW.after(GRANT_LIFETIME)).err(), Some(OpenError::Expired));
    assert_eq!(KEYS.open_grant(code, UnixTime(0)).err(), Some(OpenError::Expired));
}

fn same_transaction(one: &Transaction, other: &Transaction) {
    let parts = |transaction: &Transaction| {
        [
            transaction.handle.expose().to_owned(),
            transaction.cognito_state.expose_secret().to_owned(),
            transaction.code_verifier.expose().to_owned(),
            transaction.nonce.expose_secret().to_owned(),
            transaction.expires_at.0.to_string(),
        ]
    };
    assert_eq!(parts(one), parts(other), "a transaction came back changed");
}

fn same_grant(one: &Grant, other: &Grant) {
    let parts = |grant: &Grant| {
        [
            grant.idp_code.expose_secret().to_owned(),
            grant.code_verifier.expose().to_owned(),
            grant.nonce.expose_secret().to_owned(),
            grant.expires_at.0.to_string(),
        ]
    };
    assert_eq!(parts(one), parts(other), "a grant came back changed");
}
