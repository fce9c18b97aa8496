//! The floor of whatever calls somebody: one POST to `URL` of as many bytes as a token request has,
//! through the Lambdas' own HTTPS client.
//!
//! The first line that it prints is about a client that was just built: name resolution, TCP,
//! TLS and the request. All further ones are about the kept-alive connection.

#![allow(clippy::unwrap_used, reason = "a tool for developers, which fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "no Lambda, and no settings")]

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};

/// A code, a verifier and an assertion of RS256 with 2048 bits take about as much.
const FORM_LENGTH: usize = 1300;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = adapters::https::client(Duration::from_secs(2), &|name| std::env::var(name).ok()).unwrap();
    let url = std::env::var("URL").unwrap();
    let form = format!("code=bench&padding={}", "a".repeat(FORM_LENGTH));
    let mut post = || {
        let post = client
            .post(&url)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .timeout(Duration::from_secs(8))
            .body(form.clone());
        let body = runtime.block_on(async { post.send().await.unwrap().bytes().await.unwrap() });
        assert!(!body.is_empty(), "no answer");
    };
    let first = floors::timed(&mut post);
    floors::answer(&[first]);
    floors::repeat_on_request(post);
}
