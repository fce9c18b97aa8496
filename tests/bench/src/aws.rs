//! AWS as far as the functions call it: Secrets Manager's `GetSecretValue`. Operations are told
//! apart by `X-Amz-Target`, and those of a store that keeps transactions at AWS get their place
//! beside it.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::http::{Request, response};

/// Answers for all operations, given the texts of the secrets by their names.
pub fn answer(secrets: &HashMap<String, String>, request: &Request) -> Vec<u8> {
    let signed = request.header("authorization").is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256"));
    assert!(signed, "a call that isn't signed");
    let input: Value = serde_json::from_slice(&request.body).unwrap();
    match request.header("x-amz-target") {
        Some("secretsmanager.GetSecretValue") => get_secret_value(secrets, &input),
        target => panic!("an operation that is not known: {target:?}"),
    }
}

fn get_secret_value(secrets: &HashMap<String, String>, input: &Value) -> Vec<u8> {
    let id = input["SecretId"].as_str().unwrap();
    let text = secrets.get(id).unwrap_or_else(|| panic!("no secret is named {id}"));
    let name = id.rsplit(':').next().unwrap();
    let output = json!({
        "ARN": id,
        "CreatedDate": 1_795_176_000.123,
        "Name": name,
        "SecretString": text,
        "VersionId": "5f1e1d4c-2b3a-4c5d-8e9f-a0b1c2d3e4f5",
        "VersionStages": ["AWSCURRENT"],
    });
    let headers = "x-amzn-RequestId: 2f1e4d3c-8b4a-4012-9456-789abcdef012\r\n\
                   Content-Type: application/x-amz-json-1.1\r\n\
                   Date: Fri, 20 Nov 2026 12:00:00 GMT\r\n";
    response("200 OK", headers, &output.to_string())
}
