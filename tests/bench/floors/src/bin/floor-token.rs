//! What `/token` can't get under in one process: a handler that signs and POSTs, and looks at nothing. A sum of
//! floors that are measured apart is less, probably since each of them has the processor's caches to itself.

#![allow(clippy::unwrap_used, reason = "a tool for developers, which fails by panicking")]

use lambda_http::{Error, Request, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let signature = &floors::Signature::from_environment();
    let post = &floors::Post::from_environment();
    let handler = async |_: Request| {
        signature.sign();
        Ok::<_, Error>(post.send().await)
    };
    lambda_http::run(service_fn(handler)).await
}
