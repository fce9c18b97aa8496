//! Everything between the protocol core and the world that more than one Lambda needs: settings
//! from the environment, Secrets Manager, HTTPS, the transaction store, the Lambda runtime, logs.
//!
//! No rule of OAuth lives here, and nothing here knows which Lambda it runs in.

pub mod answer;
pub mod aws;
pub mod cached_secret;
pub mod deployment;
pub mod http_api;
pub mod https;
pub mod lambda;
pub mod logging;
pub mod secrets_manager;
pub mod settings;
pub mod system;
pub mod transaction_store;
