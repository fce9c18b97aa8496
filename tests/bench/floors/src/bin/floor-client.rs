//! The floor of whatever calls somebody: one POST. The first line that it prints is about a client that
//! was just built: name resolution, TCP, TLS and the request. All further ones are about the
//! kept-alive connection.

#![allow(clippy::unwrap_used, reason = "a tool for developers, which fails by panicking")]

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let post = floors::Post::from_environment();
    let mut send = || assert!(!runtime.block_on(post.send()).is_empty(), "no answer");
    let first = floors::timed(&mut send);
    floors::answer(first);
    floors::work_on_request(send);
}
