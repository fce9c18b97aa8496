//! HTTP API events, payload format 2.0, with the header fields that API Gateway adds to those of a
//! browser or of Cognito.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                       Chrome/142.0.0.0 Safari/537.36";

/// A browser's request.
pub fn get(path: &str, query: &str, cookies: &[String]) -> String {
    let headers = json!({
        "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        "accept-encoding": "gzip, deflate, br, zstd",
        "accept-language": "en-GB,en;q=0.9,de;q=0.8",
        "content-length": "0",
        "sec-fetch-dest": "document",
        "sec-fetch-mode": "navigate",
        "sec-fetch-site": "cross-site",
        "upgrade-insecure-requests": "1",
        "user-agent": BROWSER,
    });
    let mut event = event("GET", path, query, headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    event.to_string()
}

/// Cognito's post of a form. An HTTP API hands the body over in base64.
pub fn post(path: &str, form: &str) -> String {
    let headers = json!({
        "accept": "application/json",
        "content-length": form.len().to_string(),
        "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
        "user-agent": "Amazon/Cognito",
    });
    let mut event = event("POST", path, "", headers);
    event["body"] = json!(STANDARD.encode(form));
    event["isBase64Encoded"] = json!(true);
    event.to_string()
}

fn event(method: &str, path: &str, query: &str, mut headers: Value) -> Value {
    let host = "abc.execute-api.eu-central-1.amazonaws.com";
    let of_api_gateway = [
        ("host", host),
        ("x-amzn-trace-id", "Root=1-66e2c2e5-1a2b3c4d5e6f708192a3b4c5"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ];
    for (name, value) in of_api_gateway {
        headers[name] = json!(value);
    }
    json!({
        "version": "2.0",
        "routeKey": format!("{method} {path}"),
        "rawPath": format!("/v1{path}"),
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc",
            "domainName": host,
            "domainPrefix": "abc",
            "http": {
                "method": method,
                "path": format!("/v1{path}"),
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": headers["user-agent"]
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": format!("{method} {path}"),
            "stage": "v1",
            "time": "20/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1_795_176_000_000_i64
        },
        "isBase64Encoded": false
    })
}
