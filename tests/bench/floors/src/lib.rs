//! What the Lambdas can't get under, as programs of the same build profile: `floor-empty`, a handler
//! that does nothing; `floor-signature`; `floor-client`, requests over TLS by the same client; and
//! `floor-token`, all three in one process.
//!
//! `floor-signature` and `floor-client` work once for each line of standard input, and answer it with
//! one of nanoseconds.

#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a tool for developers, which fails by panicking"
)]

mod post;
mod signature;

use std::io::{BufRead as _, Write as _};
use std::time::{Duration, Instant};

pub use crate::post::Post;
pub use crate::signature::{Signature, generate_key};

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

#[expect(clippy::disallowed_methods, reason = "no Lambda, and no settings")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
