//! Lambda's Runtime API for one function. One thread waits in one place for whatever the function
//! sends, so that a time stamp is of the moment when the last byte had come, not of when another
//! thread was woken to look at it.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::http::{Received, Request, response};

pub const NEXT: &str = "/2018-06-01/runtime/invocation/next";

/// What Lambda answers to a response.
const ACCEPTED: &str = "{\"status\":\"OK\"}\n";

pub struct RuntimeApi {
    listener: TcpListener,
    /// A closed one leaves its place empty. HTTP libraries may use more than one.
    connections: Vec<Option<Connection>>,
}

struct Connection {
    stream: TcpStream,
    received: Received,
}

/// A request of the function's.
pub struct Call {
    pub request: Request,
    /// When its last byte had come.
    pub at: Instant,
    connection: usize,
}

/// Why nothing came.
#[derive(Debug)]
pub struct Silence;

impl RuntimeApi {
    pub fn start() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").unwrap(), connections: Vec::new() }
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    /// The function's next request.
    ///
    /// # Errors
    /// [`Silence`] if there is none for so long.
    pub fn call(&mut self, patience: Duration) -> Result<Call, Silence> {
        let end = Instant::now() + patience;
        loop {
            for (connection, place) in self.connections.iter_mut().enumerate() {
                if let Some(request) = place.as_mut().and_then(|place| place.received.take_request()) {
                    return Ok(Call { request, at: Instant::now(), connection });
                }
            }
            self.wait(end.saturating_duration_since(Instant::now()))?;
        }
    }

    fn wait(&mut self, patience: Duration) -> Result<(), Silence> {
        let streams = self.connections.iter().flatten().map(|connection| &connection.stream);
        let mut waited: Vec<PollFd<'_>> = streams.map(|stream| PollFd::new(stream, PollFlags::IN)).collect();
        waited.push(PollFd::new(&self.listener, PollFlags::IN));
        let patience = Timespec::try_from(patience).unwrap();
        if poll(&mut waited, Some(&patience)).unwrap() == 0 {
            return Err(Silence);
        }
        let ready: Vec<bool> = waited.iter().map(|waited| !waited.revents().is_empty()).collect();
        let open = self.connections.iter_mut().filter(|place| place.is_some());
        for (place, _) in open.zip(&ready).filter(|(_, ready)| **ready) {
            let Some(Connection { stream, received }) = place else { continue };
            if !received.read_from(stream).unwrap_or(false) {
                *place = None;
            }
        }
        if ready.last() == Some(&true) {
            let (stream, _) = self.listener.accept().unwrap();
            stream.set_nodelay(true).unwrap();
            self.connections.push(Some(Connection { stream, received: Received::default() }));
        }
        Ok(())
    }

    /// Hands out an event to a function that asked for the next one. Returns when that began.
    pub fn hand_out(&mut self, next: &Call, request_id: u64, event: &str) -> Instant {
        let request_id = format!("{request_id:08x}-1f2e-4d3c-8b4a-0123456789ab");
        let deadline_ms = 1_900_000_000_000_u64;
        let headers = format!(
            "Content-Type: application/json\r\n\
             Lambda-Runtime-Aws-Request-Id: {request_id}\r\n\
             Lambda-Runtime-Deadline-Ms: {deadline_ms}\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:123456789012:function:bench\r\n\
             Lambda-Runtime-Trace-Id: Root=1-66e2c2e5-1a2b3c4d5e6f708192a3b4c5;Parent=3f2e1d0c9b8a7968;Sampled=0\r\n\
             Date: Fri, 20 Nov 2026 12:00:00 GMT\r\n"
        );
        let bytes = response("200 OK", &headers, event);
        let started = Instant::now();
        self.write(next, &bytes);
        started
    }

    /// Takes the function's answer.
    pub fn accept(&mut self, answer: &Call) {
        self.write(answer, &response("202 Accepted", "Content-Type: application/json\r\n", ACCEPTED));
    }

    fn write(&mut self, call: &Call, bytes: &[u8]) {
        let connection = self.connections[call.connection].as_mut().expect("the function hung up");
        connection.stream.write_all(bytes).unwrap();
    }
}
