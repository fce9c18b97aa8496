//! Which forms of private keys are read, and what is said of others.

use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use protocol::algorithm::Algorithm;
use serde_json::json;

use super::*;
use crate::generate::generate;
use crate::key_pair::{KeyPair, Naming};

fn never_asked() -> Result<Zeroizing<String>, &'static str> {
    panic!("asked for a passphrase of a key that isn't encrypted")
}

fn pem_of(key: &PKey<Private>) -> String {
    String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap()
}

fn ec() -> PKey<Private> {
    generate(Algorithm::Es256, 0).unwrap()
}

#[test]
fn pkcs1_pkcs8_and_sec1_are_the_same_key() {
    let rsa = Rsa::generate(2048).unwrap();
    let ec = ec();
    let text = |pem: Vec<u8>| String::from_utf8(pem).unwrap();
    for (pems, key) in [
        (
            [text(rsa.private_key_to_pem().unwrap()), pem_of(&PKey::from_rsa(rsa.clone()).unwrap())],
            PKey::from_rsa(rsa).unwrap(),
        ),
        ([text(ec.ec_key().unwrap().private_key_to_pem().unwrap()), pem_of(&ec)], ec),
    ] {
        let expected = PrivateJwk::from_pkey(&key).unwrap();
        for pem in pems {
            let read = private_key(&pem, None, never_asked).unwrap();
            assert_eq!(*read.to_json(), *expected.to_json());
        }
    }
}

#[test]
fn an_encrypted_key_opens_with_its_passphrase_and_with_no_other() {
    let key = ec();
    let pem = key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"correct horse").unwrap();
    let pem = String::from_utf8(pem).unwrap();
    let with = |passphrase: &str| {
        private_key(&pem, None, || Ok::<_, &str>(Zeroizing::new(passphrase.to_owned())))
            .map(|jwk| jwk.to_json().len())
    };
    assert!(with("correct horse").is_ok());
    for wrong in ["wrong", "", &"x".repeat(5000)] {
        assert_eq!(with(wrong), Err(ReadKeyError::Passphrase), "{wrong}");
    }
    let nobody = private_key(&pem, None, || Err::<Zeroizing<String>, _>("no terminal"));
    assert_eq!(nobody.err(), Some(ReadKeyError::NoPassphrase("no terminal".to_owned())));
}

#[test]
fn of_a_set_the_one_private_key_is_taken_or_the_one_that_is_named() {
    let pair = |kid: &str| {
        let key = PrivateJwk::from_pkey(&ec()).unwrap();
        let naming = Naming { algorithm: None, kid: Some(kid.to_owned()) };
        KeyPair::complete(key, &naming).unwrap()
    };
    let (a, b) = (pair("a"), pair("b"));
    let private = |pair: &KeyPair| serde_json::from_str::<Value>(&pair.private().to_json()).unwrap();
    let public = |pair: &KeyPair| Value::Object(pair.public().clone());
    let kid = |keys: &[Value], select: Option<&str>| {
        private_key(&json!({"keys": keys}).to_string(), select, never_asked)
            .map(|key| key.text("kid").unwrap_or_default().to_owned())
    };
    assert_eq!(kid(&[public(&a), private(&b)], None).as_deref(), Ok("b"));
    assert_eq!(kid(&[private(&a), private(&b)], Some("b")).as_deref(), Ok("b"));
    assert_eq!(kid(&[private(&a), private(&b)], None), Err(ReadKeyError::Several("a, b".to_owned())));
    assert_eq!(kid(&[private(&a), public(&b)], Some("b")), Err(ReadKeyError::NoSuchKid));
    assert_eq!(kid(&[public(&a)], None), Err(ReadKeyError::NoKey));
    assert_eq!(kid(&[], None), Err(ReadKeyError::NoKey));
    let alone = private_key(&public(&a).to_string(), None, never_asked);
    assert_eq!(alone.err(), Some(ReadKeyError::Key(KeyError::PublicOnly)));
}

#[test]
fn a_key_that_cannot_sign_here_is_refused_for_its_own_reason() {
    let koblitz = EcGroup::from_curve_name(Nid::SECP256K1).unwrap();
    let koblitz = PKey::from_ec_key(EcKey::generate(&koblitz).unwrap()).unwrap();
    let agreement = PKey::generate_x25519().unwrap();
    let public = String::from_utf8(ec().public_key_to_pem().unwrap()).unwrap();
    for (text, expected) in [
        (pem_of(&koblitz), ReadKeyError::Key(KeyError::Curve)),
        (pem_of(&agreement), ReadKeyError::Key(KeyError::Type)),
        (public, ReadKeyError::NoKey),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n".to_owned(), ReadKeyError::OpenSsh),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_owned(), ReadKeyError::NoKey),
        (String::new(), ReadKeyError::NoKey),
        ("[]".to_owned(), ReadKeyError::NoKey),
    ] {
        assert_eq!(private_key(&text, None, never_asked).err(), Some(expected));
    }
}
