//! What the Lambdas can't get under, as programs of the same build profile: `floor-empty`, a handler
//! that does nothing; `floor-signature`; and `floor-client`, requests over TLS by the same client.
//!
//! The last two do their work once for each line of standard input, and answer it with one of
//! nanoseconds.

#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a tool for developers, which fails by panicking"
)]

use std::io::{BufRead as _, Write as _};
use std::time::{Duration, Instant};

/// Works once for each line, until standard input ends.
pub fn work_on_request(mut work: impl FnMut()) {
    for line in std::io::stdin().lock().lines() {
        line.unwrap();
        answer(timed(&mut work));
    }
}

pub fn timed(work: &mut impl FnMut()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

/// Writes a line of nanoseconds.
pub fn answer(time: Duration) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", time.as_nanos()).unwrap();
    out.flush().unwrap();
}
