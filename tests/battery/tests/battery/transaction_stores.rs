//! What both transaction stores promise, whoever keeps the transaction.

use adapters::system;
use adapters::transaction_store::configured::ConfiguredStore;
use adapters::transaction_store::settings::{
    BrowserStoreSettings, DynamoDbStoreSettings, TransactionStoreSettings,
};
use adapters::transaction_store::{Closed, FindError, TransactionStore as _};
use battery::aws;
use battery::proxy::cookie_pair;
use protocol::pkce::CodeVerifier;
use protocol::seal::Binding;
use protocol::time::UnixTime;
use protocol::transaction::{Grant, Handle, Transaction, nonce_from_random};
use protocol::{ExposeSecret as _, SecretString};

const NOW: UnixTime = UnixTime(1_800_000_000);
const STATE: &str = "Cognito's state, with %20, \u{e9}, \"quotes\" and a,b";

fn binding() -> Binding {
    Binding {
        cognito_redirect_uri: "https://pool.example/oauth2/idpresponse".to_owned(),
        idp_issuer: "https://idp.example".to_owned(),
        idp_client_id: "client".to_owned(),
    }
}

async fn stores() -> [ConfiguredStore; 2] {
    let secret = aws::create_secret("transaction-secret-0123456789abcdef").await;
    stores_of(&secret, binding()).await
}

/// Both stores, with a secret and a table that other deployments may have, too.
async fn stores_of(secret: &str, binding: Binding) -> [ConfiguredStore; 2] {
    let browser = BrowserStoreSettings {
        transaction_secret_id: secret.to_owned(),
        binding: binding.clone(),
        secrets_max_age: std::time::Duration::from_mins(5),
    };
    let dynamodb = DynamoDbStoreSettings { table_name: aws::transaction_table().await, binding };
    [TransactionStoreSettings::Browser(browser), TransactionStoreSettings::DynamoDb(dynamodb)]
        .map(|settings| ConfiguredStore::new(&settings, &aws::config()))
}

fn transaction() -> Transaction {
    Transaction {
        handle: Handle::from_random(&system::random().unwrap()),
        cognito_state: STATE.to_owned().into(),
        code_verifier: CodeVerifier::from_random(&system::random().unwrap()),
        nonce: nonce_from_random(&system::random().unwrap()),
        expires_at: UnixTime(NOW.0 + 600),
    }
}

async fn begin(store: &ConfiguredStore, transaction: &Transaction) -> Vec<String> {
    let set_cookies = store.begin(transaction, &[], "request-1", NOW).await.unwrap();
    set_cookies.iter().map(|cookie| cookie_pair(cookie)).collect()
}

async fn close(store: &ConfiguredStore, transaction: &Transaction, idp_code: &str) -> Closed {
    store.close(transaction, &transaction.grant(idp_code, NOW), "request-2", NOW).await.unwrap()
}

/// A code that is good for five minutes, and what it stands for.
async fn code(store: &ConfiguredStore) -> (SecretString, Transaction) {
    let transaction = transaction();
    begin(store, &transaction).await;
    (close(store, &transaction, "idp-code").await.code, transaction)
}

async fn redeem(store: &ConfiguredStore, code: &str, now: UnixTime) -> Result<Grant, FindError> {
    let request_id = format!("request-{code}-{}", now.0);
    store.redeem(&code.to_owned().into(), &request_id, now).await
}

#[tokio::test]
async fn a_transaction_comes_back_exactly_as_often_as_it_is_looked_for_until_it_is_closed() {
    for store in stores().await {
        let transaction = transaction();
        let cookies = begin(&store, &transaction).await;
        for _ in 0..2 {
            let resumed = store.resume(&transaction.handle, &cookies, NOW).await.unwrap();
            assert_eq!(resumed.cognito_state.expose_secret(), STATE);
            assert_eq!(resumed.code_verifier.expose(), transaction.code_verifier.expose());
            assert_eq!(resumed.nonce.expose_secret(), transaction.nonce.expose_secret());
            assert_eq!(resumed.expires_at, transaction.expires_at);
        }
    }
}

#[tokio::test]
async fn a_code_gives_the_grant_exactly_and_closing_expires_the_cookie() {
    for store in stores().await {
        let transaction = transaction();
        begin(&store, &transaction).await;
        let idp_code = ". ~ / + = % \u{e9} ".repeat(300);
        let closed = close(&store, &transaction, &idp_code).await;
        assert_eq!(closed.cookies.len(), 1);
        assert!(closed.cookies[0].ends_with("; Max-Age=0"));
        let grant = redeem(&store, closed.code.expose_secret(), NOW).await.unwrap();
        assert_eq!(grant.idp_code.expose_secret(), idp_code);
        assert_eq!(grant.code_verifier.expose(), transaction.code_verifier.expose());
        assert_eq!(grant.nonce.expose_secret(), transaction.nonce.expose_secret());
        assert_eq!(grant.sign_in_id, transaction.handle.sign_in_id());
    }
}

#[tokio::test]
async fn a_transaction_is_found_only_in_the_browser_that_began_it() {
    for store in stores().await {
        let (ours, theirs) = (transaction(), transaction());
        let (cookies, foreign) = (begin(&store, &ours).await, begin(&store, &theirs).await);
        assert_eq!(store.resume(&ours.handle, &[], NOW).await.unwrap_err(), FindError::Unknown);
        assert_eq!(store.resume(&ours.handle, &foreign, NOW).await.unwrap_err(), FindError::Unknown);
        // Another transaction's content under the name of ours.
        let (name, _) = cookies[0].split_once('=').unwrap();
        let (_, value) = foreign[0].split_once('=').unwrap();
        let swapped = [format!("{name}={value}")];
        assert_eq!(store.resume(&ours.handle, &swapped, NOW).await.unwrap_err(), FindError::Forged);
        assert!(store.resume(&ours.handle, &cookies, NOW).await.is_ok());
    }
}

#[tokio::test]
async fn the_whole_handle_counts_and_not_only_the_part_that_names_the_cookie() {
    for store in stores().await {
        let transaction = transaction();
        let cookies = begin(&store, &transaction).await;
        let other = format!("{}{}", transaction.handle.short(), "0".repeat(48));
        let other = Handle::parse(&other).unwrap();
        let error = store.resume(&other, &cookies, NOW).await.unwrap_err();
        assert!(matches!(error, FindError::Unknown | FindError::Forged), "{error}");
    }
}

#[tokio::test]
async fn a_transaction_ends_after_ten_minutes_and_a_code_after_five() {
    for store in stores().await {
        let transaction = transaction();
        let cookies = begin(&store, &transaction).await;
        assert!(store.resume(&transaction.handle, &cookies, UnixTime(NOW.0 + 599)).await.is_ok());
        let late = store.resume(&transaction.handle, &cookies, UnixTime(NOW.0 + 600)).await;
        assert_eq!(late.unwrap_err(), FindError::Expired);

        let (first, _) = code(&store).await;
        assert!(redeem(&store, first.expose_secret(), UnixTime(NOW.0 + 299)).await.is_ok());
        let (second, _) = code(&store).await;
        let late = redeem(&store, second.expose_secret(), UnixTime(NOW.0 + 300)).await;
        assert_eq!(late.unwrap_err(), FindError::Expired);
    }
}

#[tokio::test]
async fn an_end_far_away_was_set_by_a_wrong_clock_and_is_not_believed() {
    for store in stores().await {
        let mut transaction = transaction();
        transaction.expires_at = UnixTime(NOW.0 + 700);
        let cookies = begin(&store, &transaction).await;
        let far = store.resume(&transaction.handle, &cookies, NOW).await;
        assert_eq!(far.unwrap_err(), FindError::Expired);

        let (code, _) = code(&store).await;
        let early = redeem(&store, code.expose_secret(), UnixTime(NOW.0 - 100)).await;
        assert_eq!(early.unwrap_err(), FindError::Expired);
    }
}

#[tokio::test]
async fn a_code_with_any_character_changed_missing_or_added_is_refused() {
    for store in stores().await {
        let (code, _) = code(&store).await;
        let code = code.expose_secret();
        let places = (0..code.len()).step_by(code.len() / 40 + 1).chain([code.len() - 1]);
        for place in places {
            let other = if &code[place..=place] == "A" { "Q" } else { "A" };
            let changed = format!("{}{other}{}", &code[..place], &code[place + 1..]);
            let missing = format!("{}{}", &code[..place], &code[place + 1..]);
            let added = format!("{}{other}{}", &code[..place], &code[place..]);
            for text in [changed, missing, added] {
                let error = redeem(&store, &text, NOW).await.unwrap_err();
                assert!(matches!(error, FindError::Unknown | FindError::Forged), "{error} at {place}");
            }
        }
        assert!(redeem(&store, code, NOW).await.is_ok(), "none of them used it up");
    }
}

#[tokio::test]
async fn a_cookie_is_no_code_and_a_code_no_cookie() {
    for store in stores().await {
        let open = transaction();
        let cookies = begin(&store, &open).await;
        let (name, value) = cookies[0].split_once('=').unwrap();
        assert_eq!(redeem(&store, value, NOW).await.unwrap_err(), FindError::Forged);
        let (code, _) = code(&store).await;
        let code_as_cookie = [format!("{name}={}", code.expose_secret())];
        assert_eq!(store.resume(&open.handle, &code_as_cookie, NOW).await.unwrap_err(), FindError::Forged);
    }
}

#[tokio::test]
async fn a_code_of_one_store_means_nothing_to_the_other() {
    let [browser, dynamodb] = stores().await;
    let (sealed, _) = code(&browser).await;
    let (kept, _) = code(&dynamodb).await;
    assert_eq!(redeem(&dynamodb, sealed.expose_secret(), NOW).await.unwrap_err(), FindError::Forged);
    assert_eq!(redeem(&browser, kept.expose_secret(), NOW).await.unwrap_err(), FindError::Forged);
}

#[tokio::test]
async fn another_pool_issuer_or_client_can_go_on_with_nothing_even_with_the_same_secret_or_table() {
    let secret = aws::create_secret("transaction-secret-0123456789abcdef").await;
    let ours = stores_of(&secret, binding()).await;
    let others = [
        Binding { cognito_redirect_uri: "https://other.example/oauth2/idpresponse".to_owned(), ..binding() },
        Binding { idp_issuer: "https://other.example".to_owned(), ..binding() },
        Binding { idp_client_id: "other".to_owned(), ..binding() },
    ];
    for other in others {
        let theirs = stores_of(&secret, other).await;
        for (ours, theirs) in ours.iter().zip(theirs) {
            let open = transaction();
            let cookies = begin(ours, &open).await;
            let error = theirs.resume(&open.handle, &cookies, NOW).await.unwrap_err();
            assert_eq!(error, FindError::Forged);
            let (code, _) = code(ours).await;
            let code = code.expose_secret();
            assert_eq!(redeem(&theirs, code, NOW).await.unwrap_err(), FindError::Forged);
            assert!(redeem(ours, code, NOW).await.is_ok(), "and uses up nothing");
        }
    }
}
