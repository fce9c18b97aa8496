//! AWS for the tests: moto's server, one for all tests of the process.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_secretsmanager::Client;
use aws_types::SdkConfig;
use tokio::sync::OnceCell;

pub const REGION: &str = "eu-central-1";

/// The endpoint of moto, which is started at the first call and ends with this process, because
/// its standard input then closes.
pub fn endpoint() -> &'static str {
    static ENDPOINT: OnceLock<String> = OnceLock::new();
    ENDPOINT.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let child = Command::new(root.join(".venv/bin/python"))
            .arg(root.join("tests/local-stack/moto.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("moto can't be started; ./scripts/setup installs it");
        // Held until the process ends.
        let child = Box::leak(Box::new(child));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).expect("moto didn't start");
        ready["endpoint"].as_str().unwrap().to_owned()
    })
}

fn new_name() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    format!("secret-{}", COUNTER.fetch_add(1, Ordering::Relaxed))
}

/// Creates a secret of bytes, which has no text, and returns the name.
pub async fn create_binary_secret() -> String {
    let name = new_name();
    let bytes = aws_sdk_secretsmanager::primitives::Blob::new("bytes");
    client().create_secret().name(&name).secret_binary(bytes).send().await.unwrap();
    name
}

/// Creates a secret under a name of its own, and returns the name.
pub async fn create_secret(text: &str) -> String {
    let name = new_name();
    client().create_secret().name(&name).secret_string(text).send().await.unwrap();
    name
}

/// Puts a new version; the old one becomes the previous one.
pub async fn put_secret(name: &str, text: &str) {
    client().put_secret_value().secret_id(name).secret_string(text).send().await.unwrap();
}

pub async fn delete_secret(name: &str) {
    client().delete_secret().secret_id(name).force_delete_without_recovery(true).send().await.unwrap();
}

/// The name of a table for transactions, as the stack makes it. All tests of the process share it,
/// as sign-ins share it.
pub async fn transaction_table() -> String {
    static TABLE: OnceCell<String> = OnceCell::const_new();
    let create = async || {
        aws_sdk_dynamodb::Client::new(&config())
            .create_table()
            .table_name("transactions")
            .key_schema(
                KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap(),
            )
            .attribute_definitions(
                AttributeDefinition::builder()
                    .attribute_name("id")
                    .attribute_type(ScalarAttributeType::S)
                    .build()
                    .unwrap(),
            )
            .billing_mode(BillingMode::PayPerRequest)
            .send()
            .await
            .unwrap();
        "transactions".to_owned()
    };
    TABLE.get_or_init(create).await.clone()
}

/// A record of the table, as text.
pub async fn transaction_record(id: &str) -> String {
    let table = transaction_table().await;
    let id = AttributeValue::S(id.to_owned());
    let client = aws_sdk_dynamodb::Client::new(&config());
    let output = client.get_item().table_name(table).key("id", id).send().await.unwrap();
    format!("{:?}", output.item.expect("no such record"))
}

fn client() -> Client {
    Client::new(&config())
}

/// What clients of moto are built from.
pub fn config() -> SdkConfig {
    let http = adapters::https::client(Duration::from_secs(5), &|_| None).unwrap();
    let lookup = |name: &str| {
        let value = match name {
            "AWS_REGION" => REGION,
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test",
            "AWS_ENDPOINT_URL" => endpoint(),
            _ => return None,
        };
        Some(value.to_owned())
    };
    adapters::aws::config(http, &lookup).unwrap()
}
