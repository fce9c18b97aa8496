//! That the search for secrets in the logs would find one, and what a line says.

use battery::proxy::Proxy;

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
    let expected =
        ["cause", "duration_ms", "level", "message", "outcome", "request_id", "route", "status", "timestamp"];
    assert_eq!(fields, expected);
    assert_eq!((&line["route"], &line["cause"]), (&"authorize".into(), &"client_id".into()));
}

#[tokio::test]
async fn what_libraries_log_is_not_written() {
    battery::log::record();
    tracing::error!(target: "hyper", "a-line-of-a-library");
    tracing::error!(target: "aws_sdk_secretsmanager", "a-line-of-a-library");
    assert!(!battery::log::text().contains("a-line-of-a-library"));
}
