//! The rules of the proxy between Amazon Cognito and a strict OpenID provider (the IdP).
//!
//! This crate is pure: no AWS, no HTTP client, no async runtime, no environment, no clock. Time
//! and random bytes are arguments, and what shall happen is returned as data ([`Reply`]). The one
//! exception to "no random source" is the JOSE library, which draws the content keys, nonces and
//! signature salts that its algorithms prescribe from OpenSSL's generator.
//!
//! The modules follow a sign-in: [`authorize`] recognises Cognito's request and opens a
//! [`transaction`]; [`callback`] judges the IdP's authorization response; [`token_request`] reads
//! Cognito's token request; [`code_exchange`] writes ours, authenticated by a
//! [`client_assertion`]; [`token_response`] judges the IdP's answer. Beside it, [`jwks`] publishes
//! the client's public keys.

pub mod algorithm;
pub mod authorization_url;
pub mod authorize;
pub mod browser_cookie;
pub mod callback;
pub mod certificate_header;
pub mod client_assertion;
pub mod client_authentication;
pub mod code_exchange;
mod cognito_response;
pub mod endpoint;
pub mod id_token;
pub mod jwks;
pub mod oauth_error;
pub mod parameters;
pub mod pkce;
mod reply;
pub mod seal;
pub mod signing_key;
pub mod time;
pub mod token_request;
pub mod token_response;
pub mod transaction;

pub use reply::Reply;
pub use secrecy::{ExposeSecret, SecretString};
