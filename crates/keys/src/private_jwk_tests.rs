//! That keys survive the way from OpenSSL to a JWK and back, and that wrong ones don't.

use protocol::algorithm::Algorithm;
use serde_json::json;

use super::*;
use crate::generate::generate;

fn members(jwk: &PrivateJwk) -> Map<String, Value> {
    serde_json::from_str(&jwk.to_json()).unwrap()
}

fn with(jwk: &PrivateJwk, name: &str, value: Value) -> Map<String, Value> {
    let mut members = members(jwk);
    members.insert(name.to_owned(), value);
    members
}

fn check(members: Map<String, Value>) -> Result<(), KeyError> {
    PrivateJwk::from_members(members)?.to_pkey().map(|_| ())
}

#[test]
fn every_kind_of_key_survives_the_way_there_and_back() {
    for algorithm in Algorithm::ALL {
        let key = generate(algorithm, 2048).unwrap();
        let jwk = PrivateJwk::from_pkey(&key).unwrap();
        let read = PrivateJwk::from_members(members(&jwk)).unwrap().to_pkey().unwrap();
        assert!(read.public_eq(&key), "{}", algorithm.as_str());
        let der = |key: &PKey<Private>| key.private_key_to_pkcs8().unwrap();
        assert!(der(&read) == der(&key), "{}", algorithm.as_str());
    }
    let key = PKey::generate_ed448().unwrap();
    assert!(PrivateJwk::from_pkey(&key).unwrap().to_pkey().unwrap().public_eq(&key));
}

#[test]
fn the_numbers_of_a_curve_keep_their_leading_zeros() {
    // About one key in 128 has a number with a leading zero byte.
    for _ in 0..600 {
        let jwk = PrivateJwk::from_pkey(&generate(Algorithm::Es256, 0).unwrap()).unwrap();
        for name in ["x", "y"] {
            assert_eq!(jwk.text(name).unwrap().len(), 43);
        }
        assert_eq!(jwk.private("d").unwrap().len(), 43);
    }
}

#[test]
fn halves_that_do_not_belong_together_are_found_out() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es384, Algorithm::EdDsa] {
        let [one, other] = [(); 2].map(|()| {
            let key = generate(algorithm, 2048).unwrap();
            PrivateJwk::from_pkey(&key).unwrap()
        });
        for name in ["d", "x", "n", "p", "qi", "dp"] {
            let Some(value) = members(&other).get(name).cloned() else { continue };
            assert_eq!(
                check(with(&one, name, value)),
                Err(KeyError::Inconsistent),
                "{} {name}",
                algorithm.as_str()
            );
        }
    }
}

#[test]
fn what_is_missing_or_unreadable_is_said_without_repeating_it() {
    let jwk = PrivateJwk::from_pkey(&generate(Algorithm::Rs256, 2048).unwrap()).unwrap();
    for name in ["p", "q", "dp", "dq", "qi"] {
        let mut less = members(&jwk);
        less.remove(name);
        assert_eq!(check(less), Err(KeyError::Incomplete), "{name}");
        assert_eq!(check(with(&jwk, name, json!("not base64url!"))), Err(KeyError::Incomplete));
        assert_eq!(check(with(&jwk, name, json!(7))), Err(KeyError::Incomplete));
        assert_eq!(check(with(&jwk, name, json!(""))), Err(KeyError::Incomplete));
    }
    let mut public = members(&jwk);
    public.remove("d");
    assert_eq!(check(public), Err(KeyError::PublicOnly));
    assert_eq!(check(with(&jwk, "kty", json!("oct"))), Err(KeyError::Type));
    assert_eq!(check(with(&jwk, "kty", json!("EC"))), Err(KeyError::Curve));
}

#[test]
fn neither_debug_nor_the_public_half_shows_anything_private() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let jwk = PrivateJwk::from_pkey(&generate(algorithm, 2048).unwrap()).unwrap();
        let shown = format!("{jwk:?} {jwk:#?} {}", Value::Object(jwk.public().clone()));
        assert!(!jwk.private.is_empty());
        for (name, value) in &jwk.private {
            assert!(!shown.contains(value.as_str()), "{name}");
            assert!(!jwk.public().contains_key(name), "{name}");
        }
    }
}
