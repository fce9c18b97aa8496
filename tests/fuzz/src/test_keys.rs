//! Private keys that protect nothing: they were made for these targets and are used nowhere else.

use serde_json::{Map, Value};

/// The keys, one of each kind: P-256, P-384, P-521, Ed25519, and RSA with 2048 bits.
const KEYS: &str = include_str!("test_keys.json");

/// All of them, as JWKs.
///
/// # Panics
/// If the file is broken.
#[must_use]
pub fn all() -> Vec<Map<String, Value>> {
    serde_json::from_str(KEYS).expect("an array of JWKs")
}
