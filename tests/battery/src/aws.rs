//! Secrets Manager for the tests: moto's server, one for all tests of the process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};

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

fn client() -> Client {
    let http = adapters::https::client(std::time::Duration::from_secs(5), &|_| None).unwrap();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .endpoint_url(endpoint())
        .http_client(adapters::https::AwsTransport(http))
        .build();
    Client::from_conf(config)
}

/// A way to moto that counts the secrets that are asked for, and can refuse to let them through.
/// moto closes each connection after one answer, so a refused connection is a refused call.
pub struct Counted {
    endpoint: String,
    calls: Arc<AtomicU32>,
    /// How many more connections are closed at once.
    refused: Arc<AtomicU32>,
}

impl Counted {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&calls);
        let refused = Arc::new(AtomicU32::new(0));
        let refusing = Arc::clone(&refused);
        let moto = endpoint_address();
        thread::spawn(move || {
            for client in listener.incoming() {
                if refusing
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                    .is_ok()
                {
                    continue;
                }
                let (client, server) = (client.unwrap(), TcpStream::connect(&moto).unwrap());
                let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let counter = Arc::clone(&counter);
                thread::spawn(move || {
                    forward(from_client, to_server, |bytes| {
                        if String::from_utf8_lossy(bytes).contains("secretsmanager.GetSecretValue") {
                            counter.fetch_add(1, Ordering::SeqCst);
                        }
                    });
                });
                thread::spawn(move || forward(server, client, |_| ()));
            }
        });
        Self { endpoint, calls, refused }
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Closes so many connections as soon as they are made.
    pub fn refuse(&self, connections: u32) {
        self.refused.store(connections, Ordering::SeqCst);
    }

    /// How many connections are still to be refused.
    pub fn refused(&self) -> u32 {
        self.refused.load(Ordering::SeqCst)
    }

    /// How many secrets were asked for so far.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }
}

fn endpoint_address() -> String {
    endpoint().trim_start_matches("http://").to_owned()
}

fn forward(mut from: TcpStream, mut to: TcpStream, mut see: impl FnMut(&[u8])) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        see(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
