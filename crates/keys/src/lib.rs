//! The operator's tool for the signing key of the sign-in proxy: make or import one, look at it,
//! publish its public half, and replace it without an outage.
//!
//! A private key goes from a file or OpenSSL's generator into a file of its owner's alone and into
//! Secrets Manager, and nowhere else: not to standard output, not into an error, not into a process
//! argument. The modules under [`rotation`] replace a key; the others know keys and files.

pub mod arguments;
pub mod certificate;
pub mod commands;
pub mod curve;
pub mod folder;
pub mod generate;
pub mod inspect;
pub mod key_pair;
pub mod private_jwk;
pub mod public_key;
pub mod read_key;
pub mod rotation;
pub mod thumbprint;
