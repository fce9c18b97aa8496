//! The wire between a proxy and AWS: it counts the calls, and cuts, delays or answers them as a test
//! asks for. What passes is answered by moto.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::aws;

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The connection is closed before anything is passed on.
    Refused,
    /// AWS answers with this status and error code.
    Error(u16, &'static str),
    /// The call is passed on so much later.
    Delay(Duration),
    /// The call is passed on and done, but its answer is lost.
    LostAnswer,
}

pub struct Wire {
    endpoint: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// How many calls were passed on, by operation.
    calls: HashMap<String, u32>,
    /// The last request that was passed on, by operation.
    last_requests: HashMap<String, String>,
    /// How many calls have come and not ended.
    under_way: u32,
    /// How many calls met a fault.
    faults_met: u32,
    /// The operation that fails, how, and how many more times.
    fault: Option<(&'static str, Fault, u32)>,
}

impl Wire {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let moto = aws::endpoint().trim_start_matches("http://").to_owned();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (state, moto) = (Arc::clone(&shared), moto.clone());
                thread::spawn(move || {
                    state.lock().unwrap().under_way += 1;
                    pass(client.unwrap(), &moto, &state);
                    state.lock().unwrap().under_way -= 1;
                });
            }
        });
        Self { endpoint, state }
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Lets the next so many calls of an operation fail.
    pub fn fail(&self, operation: &'static str, fault: Fault, times: u32) {
        self.state.lock().unwrap().fault = Some((operation, fault, times));
    }

    /// Lets everything pass again.
    pub fn mend(&self) {
        self.state.lock().unwrap().fault = None;
    }

    /// How many calls have come and not ended.
    pub fn under_way(&self) -> u32 {
        self.state.lock().unwrap().under_way
    }

    /// How many calls met a fault so far.
    pub fn faults_met(&self) -> u32 {
        self.state.lock().unwrap().faults_met
    }

    /// How many calls of an operation were passed on so far.
    pub fn calls(&self, operation: &str) -> u32 {
        self.state.lock().unwrap().calls.get(operation).copied().unwrap_or_default()
    }

    /// The last request of an operation that was passed on.
    pub fn last_request(&self, operation: &str) -> String {
        self.state.lock().unwrap().last_requests.get(operation).cloned().unwrap_or_default()
    }

    /// How many secrets were asked for so far.
    pub fn secrets_asked_for(&self) -> u32 {
        self.calls("GetSecretValue")
    }

    /// How many calls of any operation were passed on so far.
    pub fn all_calls(&self) -> u32 {
        self.state.lock().unwrap().calls.values().sum()
    }
}

impl State {
    fn passed_on(&mut self, operation: String, request: &[u8]) {
        *self.calls.entry(operation.clone()).or_default() += 1;
        self.last_requests.insert(operation, String::from_utf8_lossy(request).into_owned());
    }

    /// The fault that this call meets, if any.
    fn meet(&mut self, operation: &str) -> Option<Fault> {
        let (failing, fault, times) = self.fault.as_mut()?;
        if *failing != operation || *times == 0 {
            return None;
        }
        *times -= 1;
        self.faults_met += 1;
        Some(*fault)
    }
}

/// One call: the client asks once on a connection, as it is told that the connection will be closed.
fn pass(mut client: TcpStream, moto: &str, state: &Mutex<State>) {
    let Some(request) = read_request(&mut client) else { return };
    let operation = operation(&request);
    let fault = state.lock().unwrap().meet(&operation);
    match fault {
        Some(Fault::Refused) => return,
        Some(Fault::Error(status, code)) => {
            let _ = client.write_all(&error(status, code));
            return;
        }
        Some(Fault::Delay(time)) => thread::sleep(time),
        Some(Fault::LostAnswer) | None => {}
    }
    state.lock().unwrap().passed_on(operation, &request);
    let mut server = TcpStream::connect(moto).unwrap();
    server.write_all(&request).unwrap();
    // moto closes each connection after one answer.
    let mut answer = Vec::new();
    let _ = server.read_to_end(&mut answer);
    if !matches!(fault, Some(Fault::LostAnswer)) {
        let _ = client.write_all(&answer);
    }
    let _ = client.shutdown(Shutdown::Both);
}

fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let length = client.read(&mut buffer).ok().filter(|length| *length > 0)?;
        request.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&request);
        if let Some(end) = text.find("\r\n\r\n") {
            let body = header(&text[..end], "content-length").map_or(0, |length| length.parse().unwrap());
            if request.len() >= end + 4 + body {
                return Some(request);
            }
        }
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
}

/// The operation that AWS's JSON protocols name in a header, such as `GetSecretValue`.
fn operation(request: &[u8]) -> String {
    let target = header(&String::from_utf8_lossy(request), "x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default().to_owned()
}

fn error(status: u16, code: &str) -> Vec<u8> {
    let body = format!(r#"{{"__type":"com.amazonaws#{code}","message":"asked for by the test"}}"#);
    format!(
        "HTTP/1.1 {status} Error\r\ncontent-type: application/x-amz-json-1.0\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
