//! AWS as far as the functions call it: Secrets Manager's `GetSecretValue`, and a DynamoDB that does
//! what it is told. It looks at no condition: whether the store refuses what it must is for the tests.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Map, Value, json};

use crate::http::{Request, response};

pub struct Aws {
    /// Texts by names.
    secrets: HashMap<String, String>,
    /// The records of the one table by their keys.
    table: Mutex<HashMap<String, Map<String, Value>>>,
}

impl Aws {
    pub fn new(secrets: HashMap<String, String>) -> Self {
        Self { secrets, table: Mutex::default() }
    }

    pub fn answer(&self, request: &Request) -> Vec<u8> {
        let signed =
            request.header("authorization").is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256"));
        assert!(signed, "a call that isn't signed");
        let input: Value = serde_json::from_slice(&request.body).unwrap();
        let (version, output) = match request.header("x-amz-target") {
            Some("secretsmanager.GetSecretValue") => ("1.1", self.get_secret_value(&input)),
            Some("DynamoDB_20120810.DescribeEndpoints") => ("1.0", json!({"Endpoints": []})),
            Some("DynamoDB_20120810.PutItem") => ("1.0", self.put_item(&input)),
            Some("DynamoDB_20120810.GetItem") => ("1.0", self.get_item(&input)),
            Some("DynamoDB_20120810.UpdateItem") => ("1.0", self.update_item(&input)),
            target => panic!("an operation that is not known: {target:?}"),
        };
        let headers = format!(
            "x-amzn-RequestId: 2f1e4d3c-8b4a-4012-9456-789abcdef012\r\n\
             Content-Type: application/x-amz-json-{version}\r\n\
             Date: Fri, 20 Nov 2026 12:00:00 GMT\r\n"
        );
        response("200 OK", &headers, &output.to_string())
    }

    fn get_secret_value(&self, input: &Value) -> Value {
        let id = input["SecretId"].as_str().unwrap();
        let text = self.secrets.get(id).unwrap_or_else(|| panic!("no secret is named {id}"));
        json!({
            "ARN": id,
            "CreatedDate": 1_795_176_000.123,
            "Name": id.rsplit(':').next().unwrap(),
            "SecretString": text,
            "VersionId": "5f1e1d4c-2b3a-4c5d-8e9f-a0b1c2d3e4f5",
            "VersionStages": ["AWSCURRENT"],
        })
    }

    fn put_item(&self, input: &Value) -> Value {
        let item = input["Item"].as_object().unwrap();
        self.table.lock().unwrap().insert(key(item), item.clone());
        json!({})
    }

    fn get_item(&self, input: &Value) -> Value {
        match self.table.lock().unwrap().get(&key(input["Key"].as_object().unwrap())) {
            Some(item) => json!({"Item": item}),
            None => json!({}),
        }
    }

    /// `SET name = :value, ... REMOVE name, ...`
    fn update_item(&self, input: &Value) -> Value {
        let mut table = self.table.lock().unwrap();
        let item = table.entry(key(input["Key"].as_object().unwrap())).or_default();
        let expression = input["UpdateExpression"].as_str().unwrap();
        let (set, remove) = expression.split_once("REMOVE ").unwrap_or((expression, ""));
        for (name, value) in set.trim_start_matches("SET ").split(',').filter_map(|part| part.split_once('='))
        {
            let value = input["ExpressionAttributeValues"][value.trim()].clone();
            assert!(!value.is_null(), "{expression}");
            item.insert(name.trim().to_owned(), value);
        }
        for name in remove.split(',') {
            item.remove(name.trim());
        }
        if input["ReturnValues"] == "ALL_NEW" { json!({"Attributes": item}) } else { json!({}) }
    }
}

fn key(item: &Map<String, Value>) -> String {
    item["id"]["S"].as_str().unwrap().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_put_changed_and_got() {
        let aws = Aws::new(HashMap::new());
        let key = json!({"id": {"S": "i"}});
        aws.put_item(&json!({"Item": {"id": {"S": "i"}, "a": {"S": "1"}, "b": {"S": "2"}}}));
        let changed = aws.update_item(&json!({
            "Key": key,
            "UpdateExpression": "SET c = :c, d = :d REMOVE a, b",
            "ExpressionAttributeValues": {":c": {"S": "3"}, ":d": {"N": "4"}},
            "ReturnValues": "ALL_NEW"
        }));
        let expected = json!({"id": {"S": "i"}, "c": {"S": "3"}, "d": {"N": "4"}});
        assert_eq!(changed, json!({"Attributes": expected}));
        assert_eq!(aws.get_item(&json!({"Key": key})), json!({"Item": expected}));
        aws.update_item(&json!({"Key": key, "UpdateExpression": "REMOVE c"}));
        assert_eq!(aws.get_item(&json!({"Key": key})), json!({"Item": {"id": {"S": "i"}, "d": {"N": "4"}}}));
    }
}
