//! Everything that the proxy logs, kept to be searched.

use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};

use serde_json::Value;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Recorder;

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts recording what the Lambdas would write to standard output.
pub fn record() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| adapters::logging::init("battery", Recorder));
}

/// All that was logged so far.
pub fn text() -> String {
    String::from_utf8(LINES.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap()
}

/// The one line of a request.
pub fn line_of(request_id: &str) -> Value {
    let text = text();
    let lines: Vec<Value> = text
        .lines()
        .filter(|line| line.contains(request_id))
        .map(|line| serde_json::from_str(line).expect("a log line that isn't JSON"))
        .filter(|line: &Value| line["request_id"] == request_id)
        .collect();
    assert_eq!(lines.len(), 1, "each request has exactly one log line");
    lines[0].clone()
}

/// Which of `secrets` were logged.
pub fn leaked<'a>(secrets: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    let text = text();
    secrets.into_iter().map(String::as_str).filter(|secret| text.contains(*secret)).collect()
}
