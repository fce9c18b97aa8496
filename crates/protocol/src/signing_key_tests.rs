//! Which keys are taken, and why others aren't.

use josekit::jwk::alg::ec::EcCurve;
use josekit::jwk::alg::ecx::EcxCurve;
use josekit::jwk::alg::ed::EdCurve;
use serde_json::json;

use super::*;

fn with(jwk: &Jwk, more: Value) -> Value {
    let mut members = jwk.as_ref().clone();
    if let Value::Object(more) = more {
        members.extend(more);
    }
    members.retain(|_, value| !value.is_null());
    Value::Object(members)
}

fn parse(value: &Value) -> Result<SigningKey, SigningKeyError> {
    SigningKey::parse(&value.to_string().into(), &Selection::default())
}

fn ec() -> Jwk {
    Jwk::generate_ec_key(EcCurve::P256).unwrap()
}

fn good() -> Value {
    with(&ec(), json!({"kid": "k1", "alg": "ES256"}))
}

#[test]
fn every_algorithm_takes_a_key_of_its_kind() {
    let rsa = Jwk::generate_rsa_key(2048).unwrap();
    for algorithm in Algorithm::ALL {
        let jwk = match algorithm {
            Algorithm::Es256 => ec(),
            Algorithm::Es384 => Jwk::generate_ec_key(EcCurve::P384).unwrap(),
            Algorithm::Es512 => Jwk::generate_ec_key(EcCurve::P521).unwrap(),
            Algorithm::EdDsa => Jwk::generate_ed_key(EdCurve::Ed25519).unwrap(),
            _ => rsa.clone(),
        };
        let key = parse(&with(&jwk, json!({"kid": "k1", "alg": algorithm.as_str()}))).unwrap();
        assert_eq!((key.algorithm(), key.kid()), (algorithm, "k1"));
        assert_eq!(key.signer().algorithm().name(), algorithm.as_str());
    }
}

#[test]
fn a_key_that_cannot_be_used_is_refused_for_its_own_reason() {
    let small = Jwk::generate_rsa_key(2040).unwrap();
    let x25519 = Jwk::generate_ecx_key(EcxCurve::X25519).unwrap();
    let rsa = Jwk::generate_rsa_key(2048).unwrap();
    for (value, expected) in [
        (json!([]), SigningKeyError::NotJson),
        (json!({}), SigningKeyError::KeyType),
        (json!({"kty": "oct", "k": "c2VjcmV0", "kid": "a", "alg": "HS256"}), SigningKeyError::KeyType),
        (with(&ec(), json!({"kid": "a", "alg": "ES256", "d": null})), SigningKeyError::PublicOnly),
        (with(&ec(), json!({"kid": "a", "alg": "ES256", "use": "enc"})), SigningKeyError::Use),
        (with(&ec(), json!({"kid": "a", "alg": "ES256", "key_ops": ["verify"]})), SigningKeyError::Use),
        (with(&ec(), json!({"alg": "ES256"})), SigningKeyError::NoKid),
        (with(&ec(), json!({"kid": "a"})), SigningKeyError::NoAlgorithm),
        (with(&ec(), json!({"kid": "a", "alg": "none"})), SigningKeyError::UnknownAlgorithm),
        (with(&ec(), json!({"kid": "a", "alg": "HS256"})), SigningKeyError::UnknownAlgorithm),
        (with(&ec(), json!({"kid": "a", "alg": "ES384"})), SigningKeyError::AlgorithmMismatch),
        (with(&ec(), json!({"kid": "a", "alg": "RS256"})), SigningKeyError::AlgorithmMismatch),
        (
            with(&x25519, json!({"kid": "a", "alg": "EdDSA", "use": null, "key_ops": null})),
            SigningKeyError::AlgorithmMismatch,
        ),
        (with(&small, json!({"kid": "a", "alg": "RS256"})), SigningKeyError::TooSmall),
        (with(&rsa, json!({"kid": "a", "alg": "RS256", "p": null})), SigningKeyError::Unusable),
        (with(&ec(), json!({"kid": "a", "alg": "ES256", "x": "AA"})), SigningKeyError::Unusable),
    ] {
        assert_eq!(parse(&value).err(), Some(expected));
    }
    for (text, expected) in
        [("", SigningKeyError::Empty), (" \n", SigningKeyError::Empty), ("PRIVATE", SigningKeyError::NotJson)]
    {
        let parsed = SigningKey::parse(&text.to_owned().into(), &Selection::default());
        assert_eq!(parsed.err(), Some(expected));
    }
}

#[test]
fn a_set_gives_the_configured_key_or_the_first_signing_key() {
    let enc = with(&ec(), json!({"kid": "enc", "alg": "ES256", "use": "enc"}));
    let first = with(&ec(), json!({"kid": "first", "alg": "ES256", "use": "sig"}));
    let second = with(&ec(), json!({"kid": "second", "alg": "ES256", "use": "sig"}));
    let set: SecretString = json!({"keys": [enc.clone(), first, second]}).to_string().into();
    let kid_of = |kid: Option<&str>| {
        let selection = Selection { kid: kid.map(str::to_owned), ..Selection::default() };
        SigningKey::parse(&set, &selection).map(|key| key.kid().to_owned())
    };
    assert_eq!(kid_of(None).as_deref(), Ok("first"));
    assert_eq!(kid_of(Some("second")).as_deref(), Ok("second"));
    assert_eq!(kid_of(Some("enc")), Err(SigningKeyError::Use));
    assert_eq!(kid_of(Some("third")), Err(SigningKeyError::NoSuchKid));
    assert_eq!(parse(&json!({"keys": [enc]})).err(), Some(SigningKeyError::NoSigningKey));
    assert_eq!(parse(&json!({"keys": {}})).err(), Some(SigningKeyError::NotJson));
}

#[test]
fn the_configured_algorithm_fills_in_for_the_jwks_and_must_not_contradict_it() {
    let select = |algorithm| Selection { algorithm: Some(algorithm), ..Selection::default() };
    let bare: SecretString = with(&ec(), json!({"kid": "a"})).to_string().into();
    assert!(SigningKey::parse(&bare, &select(Algorithm::Es256)).is_ok());
    assert_eq!(
        SigningKey::parse(&bare, &select(Algorithm::Ps256)).err(),
        Some(SigningKeyError::AlgorithmMismatch)
    );
    let named: SecretString = good().to_string().into();
    assert_eq!(
        SigningKey::parse(&named, &select(Algorithm::Es384)).err(),
        Some(SigningKeyError::OtherAlgorithm)
    );
}

#[test]
fn debug_output_names_the_key_and_shows_nothing_of_it() {
    assert_eq!(format!("{:?}", parse(&good()).unwrap()), "SigningKey(ES256, \"k1\")");
}
