//! That the search for secrets in the logs would find one, and what a line says.

use battery::idp::json;
use battery::proxy::{Proxy, authorize_query, cookie_pair, encode, parameters, token_form, tokens};
use serde_json::Value;

#[tokio::test]
async fn the_search_finds_what_was_logged() {
    let proxy = Proxy::start().await;
    let response = proxy.authorize("", &[]).await;
    let id = response.log["request_id"].as_str().unwrap().to_owned();
    assert_eq!(battery::log::leaked([&id]), [id.as_str()]);
    assert!(battery::log::leaked([&"never logged".to_owned()]).is_empty());
}

#[tokio::test]
async fn a_line_says_which_request_took_which_way_for_how_long() {
    let proxy = Proxy::start().await;
    let line = proxy.authorize("", &[]).await.log;
    let mut fields: Vec<&String> = line.as_object().unwrap().keys().collect();
    fields.sort();
    let expected = [
        "Requests",
        "_aws",
        "cause",
        "duration_ms",
        "function_name",
        "level",
        "message",
        "outcome",
        "request_id",
        "route",
        "status",
    ];
    assert_eq!(fields, expected);
    assert_eq!((&line["route"], &line["cause"]), (&"authorize".into(), &"client_id".into()));
}

/// Metric, unit and dimensions of everything that CloudWatch makes of a line, by the specification
/// of its Embedded Metric Format: what a line doesn't have is left out.
fn metrics(line: &Value) -> Vec<(String, String, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut metrics = Vec::new();
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        assert_eq!(directive["Namespace"], adapters::logging::NAMESPACE);
        for metric in directive["Metrics"].as_array().unwrap() {
            let name = text(&metric["Name"]);
            for dimensions in directive["Dimensions"].as_array().unwrap() {
                let dimensions: Vec<String> = dimensions.as_array().unwrap().iter().map(text).collect();
                if line[&name].is_number() && dimensions.iter().all(|name| line[name].is_string()) {
                    metrics.push((name.clone(), text(&metric["Unit"]), dimensions));
                }
            }
        }
    }
    metrics.sort();
    metrics
}

fn metric(name: &str, unit: &str, dimensions: &[&str]) -> (String, String, Vec<String>) {
    (name.to_owned(), unit.to_owned(), dimensions.iter().map(|name| (*name).to_owned()).collect())
}

#[tokio::test]
async fn each_line_is_one_metric_by_function_outcome_and_cause() {
    let proxy = Proxy::start().await;
    let line = proxy.authorize("", &[]).await.log;
    let expected = [
        metric("Requests", "Count", &["function_name"]),
        metric("Requests", "Count", &["function_name", "cause"]),
        metric("Requests", "Count", &["function_name", "outcome"]),
    ];
    assert_eq!(metrics(&line), expected);
    assert_eq!((&line["Requests"], &line["function_name"]), (&1.into(), &"battery".into()));
    let milliseconds = line["_aws"]["Timestamp"].as_u64().unwrap();
    assert!(milliseconds / 1000 >= proxy.now.0, "{milliseconds}");
}

#[tokio::test]
async fn a_line_of_token_measures_the_idp_and_the_age_of_the_key() {
    let proxy = Proxy::start().await;
    let sign_in = proxy.sign_in("c").await;
    proxy.idp.behave(json("200 OK", &tokens(&sign_in.nonce)));
    let proxy = proxy.later(200);
    let line = proxy.token(&token_form(&sign_in.code, &[])).await.log;
    let metrics = metrics(&line);
    assert!(metrics.contains(&metric("IdpLatency", "Milliseconds", &["function_name"])), "{metrics:?}");
    assert!(metrics.contains(&metric("SigningKeyAge", "Seconds", &["function_name"])), "{metrics:?}");
    let age = line["SigningKeyAge"].as_u64().unwrap();
    assert!((200..260).contains(&age), "{age}");
    // Where the IdP isn't asked, nothing is measured.
    let line = proxy.token(&token_form("made-up", &[])).await.log;
    assert!(line.get("IdpLatency").is_none() && line.get("SigningKeyAge").is_none(), "{line}");
}

#[tokio::test]
async fn one_id_leads_from_authorize_to_token_and_is_not_in_what_the_browser_carries() {
    for store in ["browser", "dynamodb"] {
        let proxy = Proxy::with_store(store).await;
        let begun = proxy.authorize(&authorize_query(&[]), &[]).await;
        let state = &parameters(&begun.headers["location"])["state"];
        let nonce = &parameters(&begun.headers["location"])["nonce"];
        let cookies = [cookie_pair(&begun.cookies[0])];
        let id = begun.log["sign_in_id"].as_str().unwrap();
        assert!(!state.contains(id) && !cookies[0].contains(id));
        let query = encode(&[("state", state), ("code", "c"), ("iss", battery::proxy::ISSUER)]);
        let back = proxy.callback(&query, &cookies).await;
        proxy.idp.behave(json("200 OK", &tokens(nonce)));
        let code = &parameters(&back.headers["location"])["code"];
        let response = proxy.token(&token_form(code, &[])).await;
        assert_eq!(response.status, 200, "{}", response.log);
        assert_eq!((&back.log["sign_in_id"], &response.log["sign_in_id"]), (&id.into(), &id.into()));
        // Nothing is found with the id.
        proxy.callback(&encode(&[("state", id), ("code", "c")]), &cookies).await.assert_page(400);
        proxy.token(&token_form(id, &[])).await.assert_oauth_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_request_that_belongs_to_no_sign_in_has_no_id() {
    let proxy = Proxy::start().await;
    let sign_in = proxy.sign_in("c").await;
    let query = encode(&[("state", &sign_in.state), ("code", "c")]);
    for response in [proxy.callback(&query, &[]).await, proxy.token(&token_form("made-up", &[])).await] {
        assert!(response.log.get("sign_in_id").is_none(), "{}", response.log);
    }
}
