//! What is going on, on standard error: one line that is written over on a terminal.

use std::io::{IsTerminal as _, Write as _, stderr};

pub fn say(text: &str) {
    let mut stderr = stderr().lock();
    // Where it would only fill a log, it's left out; and where nobody reads, it may fail.
    if stderr.is_terminal() {
        let _ = write!(stderr, "\r\x1b[Kbench: {text}");
    }
}

pub fn done() {
    let mut stderr = stderr().lock();
    if stderr.is_terminal() {
        let _ = write!(stderr, "\r\x1b[K");
    }
}
