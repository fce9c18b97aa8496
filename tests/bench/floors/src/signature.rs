//! One signature over as many bytes as an assertion has, with the library that the Lambda signs with.

use std::hint::black_box;

use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::{ES256, JwsSigner, RS256};

use crate::environment;

/// A header and claims of ordinary length, encoded.
const ASSERTION: [u8; 420] = [b'a'; 420];

pub struct Signature(Box<dyn JwsSigner>);

impl Signature {
    /// With the private JWK in `SIGNING_KEY`.
    pub fn from_environment() -> Self {
        let jwk = Jwk::from_bytes(environment("SIGNING_KEY").unwrap()).unwrap();
        match jwk.algorithm() {
            Some("RS256") => Self(Box::new(RS256.signer_from_jwk(&jwk).unwrap())),
            Some("ES256") => Self(Box::new(ES256.signer_from_jwk(&jwk).unwrap())),
            _ => panic!("RS256 or ES256"),
        }
    }

    pub fn sign(&self) {
        black_box(self.0.sign(black_box(&ASSERTION)).unwrap());
    }
}

/// A private JWK of `RS256` with so many bits, or of `ES256`.
pub fn generate_key(algorithm: &str, bits: u32) -> Jwk {
    let mut jwk = match algorithm {
        "RS256" => Jwk::generate_rsa_key(bits).unwrap(),
        "ES256" => Jwk::generate_ec_key(EcCurve::P256).unwrap(),
        _ => panic!("RS256 or ES256"),
    };
    jwk.set_key_id("key-of-the-bench");
    jwk.set_algorithm(algorithm);
    jwk
}
