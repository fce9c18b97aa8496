//! Public JWKs in OpenSSL's form. It reads no private member.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::Rsa;
use serde_json::{Map, Value};

use crate::curve::Curve;

/// The key; `None` if the members don't make one.
#[must_use]
pub fn to_pkey(jwk: &Map<String, Value>) -> Option<PKey<Public>> {
    let text = |name: &str| jwk.get(name)?.as_str();
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
    let number = |name: &str| BigNum::from_slice(&bytes(name)?).ok();
    match (text("kty")?, text("crv")) {
        ("RSA", _) => PKey::from_rsa(Rsa::from_public_components(number("n")?, number("e")?).ok()?).ok(),
        ("EC", Some(curve)) => {
            let group = EcGroup::from_curve_name(Curve::from_name(curve)?.nid()).ok()?;
            let (x, y) = (number("x")?, number("y")?);
            let key = EcKey::from_public_key_affine_coordinates(&group, &x, &y).ok()?;
            key.check_key().ok()?;
            PKey::from_ec_key(key).ok()
        }
        ("OKP", Some("Ed25519")) => PKey::public_key_from_raw_bytes(&bytes("x")?, Id::ED25519).ok(),
        ("OKP", Some("Ed448")) => PKey::public_key_from_raw_bytes(&bytes("x")?, Id::ED448).ok(),
        _ => None,
    }
}
