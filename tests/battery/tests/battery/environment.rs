//! The environment of each Lambda: one file lists it, the code reads it, the document describes it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use adapters::lambda::Handler as _;
use adapters::settings::{Lookup, SettingsError};
use authorize::Authorize;
use battery::aws;
use battery::proxy::Proxy;
use serde::Deserialize;
use token::Token;

/// One setting, as `crates/environment.json` lists it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    variable: String,
    lambdas: BTreeSet<String>,
    r#type: String,
    default: Option<String>,
    required: String,
    meaning: String,
}

fn contract() -> Vec<Setting> {
    serde_json::from_str(include_str!("../../../../crates/environment.json")).unwrap()
}

/// The settings of a Lambda, as text.
fn read(lambda: &str, lookup: &Lookup<'_>) -> Result<String, SettingsError> {
    match lambda {
        "authorize" => authorize::settings::Settings::read(lookup).map(|settings| format!("{settings:?}")),
        "callback" => callback::settings::Settings::read(lookup).map(|settings| format!("{settings:?}")),
        "jwks" => jwks::settings::Settings::read(lookup).map(|settings| format!("{settings:?}")),
        "token" => token::settings::Settings::read(lookup).map(|settings| format!("{settings:?}")),
        _ => panic!("no such Lambda: {lambda}"),
    }
}

const LAMBDAS: [&str; 4] = ["authorize", "callback", "jwks", "token"];

#[test]
fn each_lambda_reads_exactly_the_variables_that_the_file_lists_for_it() {
    for lambda in LAMBDAS {
        let asked = RefCell::new(BTreeSet::new());
        for store in ["browser", "dynamodb"] {
            let _ = read(lambda, &|name| {
                asked.borrow_mut().insert(name.to_owned());
                (name == "TRANSACTION_STORE").then(|| store.to_owned())
            });
        }
        let listed: BTreeSet<String> = contract()
            .into_iter()
            .filter(|setting| setting.lambdas.contains(lambda))
            .map(|setting| setting.variable)
            .collect();
        assert_eq!(asked.into_inner(), listed, "{lambda}");
    }
}

#[test]
fn every_missing_setting_is_named_in_one_message() {
    for (lambda, (store, with_the_store)) in LAMBDAS.into_iter().flat_map(|lambda| {
        [("browser", "with PKCE and the store `browser`"), ("dynamodb", "with the store `dynamodb`")]
            .map(|store| (lambda, store))
    }) {
        let error =
            read(lambda, &|name| (name == "TRANSACTION_STORE").then(|| store.to_owned())).unwrap_err();
        let named: BTreeSet<String> =
            error.problems.iter().map(|problem| problem.split(' ').next().unwrap().to_owned()).collect();
        let required: BTreeSet<String> = contract()
            .into_iter()
            .filter(|setting| {
                setting.lambdas.contains(lambda)
                    && ["yes", "with PKCE", with_the_store].contains(&setting.required.as_str())
            })
            .map(|setting| setting.variable)
            .collect();
        assert_eq!(named, required, "{lambda} with {store}");
    }
}

#[tokio::test]
async fn every_malformed_setting_is_named_in_one_message_which_repeats_no_value() {
    let environment = Proxy::start().await.environment.clone();
    let bad: BTreeMap<&str, &str> = [
        ("PKCE", "hunter2"),
        ("IDP_ISSUER_URL", "http://hunter2.example"),
        ("IDP_TOKEN_ENDPOINT", "hunter2"),
        ("IDP_CONNECT_TIMEOUT_MS", "hunter2"),
        ("IDP_TIMEOUT_MS", "0"),
        ("COGNITO_REDIRECT_URI", "https://user:hunter2@pool.example/"),
        ("CLIENT_ASSERTION_ALG", "HS256"),
        ("CLIENT_ASSERTION_TYP", "hunter2"),
        ("CLIENT_ASSERTION_CERTIFICATE_HEADER", "hunter2"),
        ("CLIENT_ASSERTION_LIFETIME_SECONDS", "3600"),
        ("SECRETS_MAX_AGE_SECONDS", "-1"),
        ("SIGNING_KEY_SECRET_ID", "hunter 2"),
    ]
    .into();
    let error = read("token", &|name| {
        bad.get(name).map(|value| (*value).to_owned()).or_else(|| environment.get(name).cloned())
    })
    .unwrap_err();
    let named: BTreeSet<&str> =
        error.problems.iter().map(|problem| problem.split(' ').next().unwrap()).collect();
    assert_eq!(named, bad.into_keys().collect());
    assert!(!error.to_string().contains("hunter"), "{error}");
}

#[tokio::test]
async fn each_default_is_the_one_that_the_file_lists() {
    let mut environment = Proxy::start().await.environment.clone();
    environment.insert("JWKS_SECRET_ID".into(), "public-keys".into());
    for setting in contract().iter().filter(|setting| setting.required == "no") {
        environment.remove(&setting.variable);
    }
    for lambda in LAMBDAS {
        let bare = read(lambda, &|name| environment.get(name).cloned()).unwrap();
        for setting in contract().into_iter().filter(|setting| setting.lambdas.contains(lambda)) {
            let Some(default) = setting.default else { continue };
            let spelled_out = read(lambda, &|name| {
                if name == setting.variable { Some(default.clone()) } else { environment.get(name).cloned() }
            });
            assert_eq!(spelled_out.unwrap(), bare, "{}", setting.variable);
        }
    }
}

#[test]
fn a_parameter_that_the_proxy_sets_cannot_be_configured() {
    for (name, value) in [
        ("IDP_AUTHORIZATION_PARAMETERS", r#"{"state":"x"}"#),
        ("IDP_AUTHORIZATION_PARAMETERS", "[]"),
        ("IDP_AUTHORIZATION_ENDPOINT", "https://idp.example/a?code_challenge=x"),
        ("IDP_SCOPES", "email"),
        ("TRANSACTION_STORE", "memory"),
    ] {
        let error = read("authorize", &|asked| (asked == name).then(|| value.to_owned())).unwrap_err();
        assert!(
            error.problems.iter().any(|problem| problem.starts_with(name) && !problem.contains("missing"))
        );
    }
}

#[tokio::test]
async fn the_start_is_refused_on_a_wrong_setting_and_on_an_empty_client_secret() {
    let proxy = Proxy::start().await;
    let mut environment = proxy.environment.clone();
    environment.insert("IDP_SCOPES".into(), "email".into());
    let start = Authorize::start(&|name| environment.get(name).cloned()).await;
    assert!(start.err().unwrap().to_string().starts_with("IDP_SCOPES must"));

    // Secrets Manager takes no empty text; one of bytes has none.
    let empty = aws::create_binary_secret().await;
    let newline = aws::create_secret("secret\n").await;
    for (name, problem) in [(empty, "is empty"), (newline, "white space")] {
        environment.insert("COGNITO_CLIENT_SECRET_ID".into(), name.clone());
        let start = Token::start(&|name| environment.get(name).cloned()).await;
        let error = start.err().unwrap().to_string();
        assert!(error.contains(&name) && error.contains(problem), "{error}");
    }
}

#[test]
fn the_document_has_one_row_for_each_setting_with_its_type_default_and_lambdas() {
    let document = include_str!("../../../../docs/configuration.md");
    let documented: Vec<Vec<String>> = document
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
        .collect();
    let expected: Vec<Vec<String>> = contract()
        .into_iter()
        .map(|setting| {
            let default = match (&setting.default, setting.required.as_str()) {
                (Some(default), _) => format!("`{default}`"),
                (None, "yes") => "required".to_owned(),
                (None, "no") => "none".to_owned(),
                (None, condition) => condition.to_owned(),
            };
            let lambdas: Vec<String> = setting.lambdas.into_iter().collect();
            vec![
                format!("`{}`", setting.variable.to_ascii_lowercase()),
                format!("`{}`", setting.variable),
                setting.r#type,
                default,
                setting.meaning,
                lambdas.join(", "),
            ]
        })
        .collect();
    assert_eq!(documented, expected);
}
