//! HTTP API events, payload format 2.0, as API Gateway documents and sends them.

use adapters::http_api::Event;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// An HTTP request, to be turned into an event.
#[derive(Clone)]
pub struct Http {
    pub method: &'static str,
    pub query: String,
    pub cookies: Vec<String>,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<String>,
    pub is_base64_encoded: bool,
}

impl Http {
    pub fn get(query: &str, cookies: &[String]) -> Self {
        Self {
            method: "GET",
            query: query.to_owned(),
            cookies: cookies.to_vec(),
            headers: Vec::new(),
            body: None,
            is_base64_encoded: false,
        }
    }

    /// A form post, with the body in base64 as an HTTP API hands it over.
    pub fn post(form: &str) -> Self {
        Self {
            method: "POST",
            query: String::new(),
            cookies: Vec::new(),
            headers: vec![
                ("content-type", "application/x-www-form-urlencoded; charset=UTF-8".to_owned()),
                ("user-agent", "Amazon/Cognito".to_owned()),
            ],
            body: Some(STANDARD.encode(form)),
            is_base64_encoded: true,
        }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(key, _)| *key != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn event(&self, path: &str) -> Event {
        let mut headers: serde_json::Map<String, Value> =
            self.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        headers.entry("host").or_insert(json!("abc.execute-api.eu-central-1.amazonaws.com"));
        let mut event = json!({
            "version": "2.0",
            "routeKey": format!("{} {path}", self.method),
            "rawPath": format!("/v1{path}"),
            "rawQueryString": self.query,
            "headers": headers,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "abc",
                "domainName": "abc.execute-api.eu-central-1.amazonaws.com",
                "domainPrefix": "abc",
                "http": {
                    "method": self.method,
                    "path": format!("/v1{path}"),
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1",
                    "userAgent": "agent"
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": format!("{} {path}", self.method),
                "stage": "v1",
                "time": "20/Nov/2026:12:00:00 +0000",
                "timeEpoch": 1_795_176_000_000_i64
            },
            "isBase64Encoded": self.is_base64_encoded
        });
        if !self.cookies.is_empty() {
            event["cookies"] = json!(self.cookies);
        }
        if let Some(body) = &self.body {
            event["body"] = json!(body);
        }
        serde_json::from_value(event).unwrap()
    }
}
