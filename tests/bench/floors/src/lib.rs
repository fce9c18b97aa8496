//! What the Lambdas can't get under, as programs of the same build profile: `floor-empty`, a handler
//! that does nothing; `floor-signature`; `floor-client`, requests over TLS by the same client; and
//! `floor-token`, all three in one process.
//!
//! `floor-signature` and `floor-client` repeat their work as often as a line of standard input says,
//! and answer each line with one of nanoseconds.

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

/// Serves lines such as `25` until standard input ends.
pub fn repeat_on_request(mut work: impl FnMut()) {
    for line in std::io::stdin().lock().lines() {
        let count: usize = line.unwrap().trim().parse().unwrap();
        let times: Vec<Duration> = (0..count).map(|_| timed(&mut work)).collect();
        answer(&times);
    }
}

pub fn timed(work: &mut impl FnMut()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

/// Writes a line of nanoseconds.
pub fn answer(times: &[Duration]) {
    let times: Vec<String> = times.iter().map(|time| time.as_nanos().to_string()).collect();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", times.join(" ")).unwrap();
    out.flush().unwrap();
}

#[expect(clippy::disallowed_methods, reason = "no Lambda, and no settings")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
