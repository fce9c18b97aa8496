//! What the battery's tests stand on: a proxy made of the real handlers, with AWS's
//! protocols spoken by moto, an IdP's token endpoint that is a real socket doing what a test tells
//! it, and a record of everything that was logged.

#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "support for tests, which fail by panicking"
)]

pub mod aws;
pub mod aws_wire;
pub mod event;
pub mod idp;
pub mod log;
pub mod proxy;
