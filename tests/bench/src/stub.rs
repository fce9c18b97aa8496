//! A server for one purpose, over TLS on loopback, on connections that are kept. It remembers how
//! often and when it was asked.

use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::http::{Received, Request};

/// What answers a request with all bytes of a response.
type Answer = dyn Fn(&Request) -> Vec<u8> + Send + Sync;

pub struct Stub {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Box<Answer>,
    delay_ms: AtomicU64,
    connections: AtomicU64,
    /// From when a request had come to when its answer was written.
    calls: Mutex<Vec<(Instant, Instant)>>,
}

impl Stub {
    pub fn start(
        tls: &Arc<ServerConfig>,
        answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            delay_ms: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            calls: Mutex::default(),
        });
        let (tls, serving) = (Arc::clone(tls), Arc::clone(&shared));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (tls, shared) = (Arc::clone(&tls), Arc::clone(&serving));
                // A function that is ended in the middle of something is no fault of the stub's.
                thread::spawn(move || converse(stream?, tls, &shared));
            }
        });
        Self { port, shared }
    }

    /// A name that has to be resolved, as the real ones do.
    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// From now on it takes so long to answer.
    pub fn delay(&self, delay: Duration) {
        self.shared.delay_ms.store(delay.as_millis() as u64, Ordering::SeqCst);
    }

    /// The calls since this was last asked.
    pub fn take_calls(&self) -> Calls {
        Calls {
            connections: self.shared.connections.swap(0, Ordering::SeqCst),
            times: std::mem::take(&mut self.shared.calls.lock().unwrap()),
        }
    }
}

/// What somebody asked of a stub.
pub struct Calls {
    pub connections: u64,
    times: Vec<(Instant, Instant)>,
}

impl Calls {
    pub fn count(&self) -> usize {
        self.times.len()
    }

    /// How many of them had to wait for one another: calls that were under way together are one
    /// round.
    pub fn rounds(&self) -> usize {
        let mut times = self.times.clone();
        times.sort_unstable();
        let mut rounds = 0;
        let mut end_of_round = None;
        for (came, answered) in times {
            if end_of_round.is_none_or(|end| came >= end) {
                rounds += 1;
                end_of_round = Some(answered);
            }
        }
        rounds
    }
}

fn converse(stream: TcpStream, tls: Arc<ServerConfig>, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    shared.connections.fetch_add(1, Ordering::SeqCst);
    let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let mut received = Received::default();
    while received.read_from(&mut stream)? {
        while let Some(request) = received.take_request() {
            let came = Instant::now();
            let answer = (shared.answer)(&request);
            let delay = shared.delay_ms.load(Ordering::SeqCst);
            if delay > 0 {
                thread::sleep(Duration::from_millis(delay));
            }
            shared.calls.lock().unwrap().push((came, Instant::now()));
            stream.write_all(&answer)?;
            stream.flush()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_overlap_are_one_round() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let rounds = |times: &[(u64, u64)]| {
            let times = times.iter().map(|(came, answered)| (at(*came), at(*answered))).collect();
            Calls { connections: 0, times }.rounds()
        };
        assert_eq!(rounds(&[]), 0);
        assert_eq!(rounds(&[(0, 20), (1, 21), (19, 39)]), 1);
        assert_eq!(rounds(&[(0, 20), (20, 40), (41, 61)]), 3);
    }
}
