//! The floor of `/token`: one signature over as many bytes as an assertion has, with the library that
//! the Lambda signs with. `floor-signature generate RS256 4096` prints a private JWK;
//! `floor-signature` reads one from `SIGNING_KEY`, and signs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a tool for developers, which fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "no Lambda, and no settings")]

use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::{ES256, JwsSigner, RS256};

/// A header and claims of ordinary length, encoded.
const ASSERTION_LENGTH: usize = 420;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [generate, algorithm, bits] = arguments.as_slice()
        && generate == "generate"
    {
        println!("{}", key(algorithm, bits.parse().unwrap()));
        return;
    }
    let signer = signer(&std::env::var("SIGNING_KEY").unwrap());
    let input = [b'a'; ASSERTION_LENGTH];
    floors::repeat_on_request(|| {
        std::hint::black_box(signer.sign(std::hint::black_box(&input)).unwrap());
    });
}

fn key(algorithm: &str, bits: u32) -> Jwk {
    let mut jwk = match algorithm {
        "RS256" => Jwk::generate_rsa_key(bits).unwrap(),
        "ES256" => Jwk::generate_ec_key(EcCurve::P256).unwrap(),
        _ => panic!("RS256 or ES256"),
    };
    jwk.set_key_id("key-of-the-bench");
    jwk.set_algorithm(algorithm);
    jwk
}

fn signer(jwk: &str) -> Box<dyn JwsSigner> {
    let jwk = Jwk::from_bytes(jwk).unwrap();
    match jwk.algorithm() {
        Some("RS256") => Box::new(RS256.signer_from_jwk(&jwk).unwrap()),
        Some("ES256") => Box::new(ES256.signer_from_jwk(&jwk).unwrap()),
        _ => panic!("RS256 or ES256"),
    }
}
