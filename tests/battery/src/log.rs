//! Everything that the proxy logs, kept to be searched.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use serde_json::Value;

static LOG: Mutex<Option<Log>> = Mutex::new(None);

#[derive(Default)]
struct Log {
    text: String,
    /// The line that is being written.
    line: Vec<u8>,
    /// The lines of each request.
    lines: HashMap<String, Vec<Value>>,
}

struct Recorder;

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        with(|log| log.line.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        with(Log::end_line);
        Ok(())
    }
}

impl Log {
    fn end_line(&mut self) {
        let line = String::from_utf8(std::mem::take(&mut self.line)).unwrap();
        assert!(line.ends_with('\n') && line.matches('\n').count() == 1, "not one line: {line}");
        let value: Value = serde_json::from_str(&line).expect("a log line that isn't JSON");
        if let Some(request_id) = value["request_id"].as_str() {
            self.lines.entry(request_id.to_owned()).or_default().push(value);
        }
        self.text.push_str(&line);
    }
}

fn with<T>(see: impl FnOnce(&mut Log) -> T) -> T {
    let mut log: MutexGuard<'_, Option<Log>> = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    see(log.get_or_insert_default())
}

/// Starts recording what the Lambdas would write to standard output.
pub fn record() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| adapters::logging::init("battery", Recorder));
}

/// All that was logged so far.
pub fn text() -> String {
    with(|log| log.text.clone())
}

/// The one line of a request.
pub fn line_of(request_id: &str) -> Value {
    let lines = with(|log| log.lines.get(request_id).cloned()).unwrap_or_default();
    assert_eq!(lines.len(), 1, "each request has exactly one log line");
    lines[0].clone()
}

/// Which of `secrets` were logged.
pub fn leaked<'a>(secrets: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    let text = text();
    secrets.into_iter().map(String::as_str).filter(|secret| text.contains(*secret)).collect()
}
