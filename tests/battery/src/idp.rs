//! An IdP's token endpoint that does what a test tells it. Our own, because no certified provider
//! drips, hangs, redirects or lies on request; whole sign-ins run against a certified one.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use url::form_urlencoded;

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub struct Seen {
    pub head: String,
    pub body: String,
}

impl Seen {
    pub fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    pub fn parameter(&self, name: &str) -> String {
        self.form().into_iter().find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
    }
}

/// What the endpoint does with a request.
#[derive(Clone)]
pub enum Behaviour {
    /// Answers with these bytes.
    Answer(Vec<u8>),
    /// Answers the n-th request with the n-th of these.
    Answers(Vec<Vec<u8>>),
    /// Answers with what the test makes of the request; closes the connection where that is nothing.
    Compute(Arc<Compute>),
    /// Never answers.
    Hang,
    /// Sends the beginning of an answer, and closes.
    CloseMidway,
    /// Sends one byte of a body every 20 ms, for as long as somebody listens.
    Drip,
}

/// What a test answers to a request, or nothing.
pub type Compute = dyn Fn(&Seen) -> Option<Vec<u8>> + Send + Sync;

/// An answer with a JSON body.
pub fn json(status: &str, body: &str) -> Behaviour {
    Behaviour::Answer(http(status, "content-type: application/json\r\n", body))
}

pub fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

pub struct Idp {
    address: SocketAddr,
    connections: Arc<AtomicU32>,
    seen: Arc<Mutex<Vec<Seen>>>,
    behaviour: Arc<Mutex<Behaviour>>,
}

impl Idp {
    pub fn start() -> Self {
        Self::serve(|stream| Some(Box::new(stream)))
    }

    /// Listens, and lets `accept` wrap each connection, in TLS for example.
    pub fn serve(accept: impl Fn(TcpStream) -> Option<Box<dyn ReadWrite>> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let idp = Self {
            address: listener.local_addr().unwrap(),
            connections: Arc::default(),
            seen: Arc::default(),
            behaviour: Arc::new(Mutex::new(json("500 Unset", "{}"))),
        };
        let (seen, behaviour, accept) = (Arc::clone(&idp.seen), Arc::clone(&idp.behaviour), Arc::new(accept));
        let connections = Arc::clone(&idp.connections);
        thread::spawn(move || {
            for stream in listener.incoming() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (seen, behaviour, accept) =
                    (Arc::clone(&seen), Arc::clone(&behaviour), Arc::clone(&accept));
                thread::spawn(move || {
                    if let Some(stream) = stream.ok().and_then(|stream| accept(stream)) {
                        converse(stream, &seen, &behaviour);
                    }
                });
            }
        });
        idp
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many connections were made so far.
    pub fn connections(&self) -> u32 {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen_after(0)
    }

    /// All but the first so many requests.
    pub fn seen_after(&self, first: usize) -> Vec<Seen> {
        self.seen.lock().unwrap()[first..].to_vec()
    }
}

pub trait ReadWrite: Read + Write + Send {}
impl<T: Read + Write + Send> ReadWrite for T {}

fn converse(stream: Box<dyn ReadWrite>, seen: &Mutex<Vec<Seen>>, behaviour: &Mutex<Behaviour>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        let count = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len()
        };
        let behaviour = behaviour.lock().unwrap().clone();
        let stream = reader.get_mut();
        let written = match behaviour {
            Behaviour::Answer(bytes) => stream.write_all(&bytes),
            Behaviour::Answers(all) => stream.write_all(&all[(count - 1).min(all.len() - 1)]),
            Behaviour::Compute(compute) => match compute(&request) {
                Some(bytes) => stream.write_all(&bytes),
                None => return,
            },
            Behaviour::Hang => {
                // Until the other side gives up.
                let _ = stream.read(&mut [0]);
                return;
            }
            Behaviour::CloseMidway => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"access");
                return;
            }
            Behaviour::Drip => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
                while stream.write_all(b" ").and_then(|()| stream.flush()).is_ok() {
                    thread::sleep(std::time::Duration::from_millis(20));
                }
                return;
            }
        };
        if written.and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

fn read_request(reader: &mut BufReader<Box<dyn ReadWrite>>) -> Option<Seen> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned))
        .map_or(0, |length| length.trim().parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { head, body: String::from_utf8(body).ok()? })
}
