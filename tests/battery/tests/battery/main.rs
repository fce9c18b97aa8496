//! Every bad input and every fault, and what each must get. Each test drives the real handlers
//! with HTTP API events; at its end, all that was logged is searched for its secrets.

// The AWS SDK nests its futures deeply.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests fail by panicking"
)]

mod authorize;
mod callback;
mod client_assertions;
mod clocks;
mod concurrency;
mod dynamodb;
mod environment;
mod idp_answers;
mod idp_faults;
mod jwks;
mod logs;
mod secrets;
mod security_document;
mod token;
mod transaction_stores;
