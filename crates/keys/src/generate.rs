//! New keys, by OpenSSL's generators.

use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use protocol::algorithm::Algorithm;

use crate::curve::Curve;

/// Makes a key for `algorithm`. `rsa_bits` counts for RSA alone.
///
/// # Errors
/// If OpenSSL fails.
pub fn generate(algorithm: Algorithm, rsa_bits: u32) -> Result<PKey<Private>, ErrorStack> {
    let curve = match algorithm {
        Algorithm::Es256 => Curve::P256,
        Algorithm::Es384 => Curve::P384,
        Algorithm::Es512 => Curve::P521,
        Algorithm::EdDsa => return PKey::generate_ed25519(),
        _ => return PKey::from_rsa(Rsa::generate(rsa_bits)?),
    };
    let group = EcGroup::from_curve_name(curve.nid())?;
    PKey::from_ec_key(EcKey::generate(&group)?)
}
