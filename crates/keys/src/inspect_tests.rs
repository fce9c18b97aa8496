//! What is said of keys, and that it is never their private part.

use openssl::x509::X509;
use protocol::algorithm::Algorithm;
use serde_json::json;

use super::*;
use crate::generate::generate;
use crate::key_pair::{KeyPair, Naming};

const NOW: UnixTime = UnixTime(1_795_176_000);
const DAY: u64 = 86_400;

fn pair(algorithm: Algorithm) -> KeyPair {
    let key = PrivateJwk::from_pkey(&generate(algorithm, 2048).unwrap()).unwrap();
    KeyPair::complete(key, &Naming { algorithm: Some(algorithm), kid: None }).unwrap()
}

fn certificate(pair: &KeyPair) -> X509 {
    certificate::self_signed(pair.key(), pair.kid(), 30, NOW).unwrap()
}

fn report_at(text: &str, now: UnixTime) -> Report {
    keys(text, || Err::<Zeroizing<String>, _>("not asked"), now).unwrap().remove(0)
}

fn report(text: &str) -> Report {
    report_at(text, NOW)
}

fn changed(pair: &KeyPair, name: &str, value: Value) -> String {
    let mut members: Map<String, Value> = serde_json::from_str(&pair.private().to_json()).unwrap();
    members.insert(name.to_owned(), value);
    Value::Object(members).to_string()
}

fn public(pair: &KeyPair) -> String {
    Value::Object(pair.public().clone()).to_string()
}

#[test]
fn both_halves_of_every_kind_of_key_are_usable_and_match() {
    for algorithm in Algorithm::ALL {
        let pair = pair(algorithm);
        let reports = [report(&pair.private().to_json()), report(&public(&pair))];
        for report in &reports {
            assert!(report.problems.is_empty(), "{} {:?}", algorithm.as_str(), report.problems);
            assert_eq!(report.fact("alg"), Some(algorithm.as_str()));
            assert_eq!(report.fact("kid"), report.thumbprint.as_deref());
        }
        assert!(matches!(halves(&reports), Some(Ok(_))));
    }
}

#[test]
fn halves_of_two_keys_or_two_names_do_not_match() {
    let [one, other] = [pair(Algorithm::Es256), pair(Algorithm::Es256)];
    let private = report(&one.private().to_json());
    assert!(matches!(halves(&[private, report(&public(&other))]), Some(Err(_))));
    let renamed = report(&changed(&one, "kid", json!("renamed")));
    assert!(matches!(halves(&[renamed, report(&public(&one))]), Some(Err(_))));
    assert!(halves(&[report(&public(&one)), report(&public(&other))]).is_none());
}

#[test]
fn what_is_wrong_with_a_key_is_said() {
    let one = pair(Algorithm::Es256);
    for (text, words) in [
        (changed(&one, "alg", json!("ES384")), "does not fit its algorithm"),
        (changed(&one, "alg", json!("HS256")), "alg that is not supported"),
        (changed(&one, "kid", json!("")), "no kid"),
        (changed(&one, "use", json!("enc")), "not meant for signing"),
        (changed(&one, "x", json!("AAAA")), "do not belong together"),
        (changed(&one, "d", json!(1)), "not a complete private JWK"),
        (changed(&one, "x5c", json!("?")), "x5c that is not a list"),
        (
            json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA", "kid": "a"}).to_string(),
            "make no key",
        ),
        (json!({"kty": "RSA", "n": "AAAA", "kid": "a"}).to_string(), "not a complete public"),
        (json!({"kty": "oct", "k": "c2VjcmV0", "kid": "a"}).to_string(), "PRIVATE key"),
    ] {
        let report = report(&text);
        assert!(report.problems.join(" ").contains(words), "{words}: {:?}", report.problems);
    }
    let pem = String::from_utf8(one.key().private_key_to_pem_pkcs8().unwrap()).unwrap();
    assert!(report(&pem).problems.join(" ").contains("import"));
}

#[test]
fn a_certificate_must_be_the_keys_own_and_of_this_time() {
    let [mut one, other] = [pair(Algorithm::Ps256), pair(Algorithm::Ps256)];
    assert!(one.attach(&[certificate(&other)]).is_err());
    one.attach(&[certificate(&one)]).unwrap();
    let text = one.private().to_json();
    assert!(report(&text).problems.is_empty());
    assert!(report(&text).fact("x5t#S256").is_some());
    assert!(report(&public(&one)).problems.is_empty());
    for late in [UnixTime(NOW.0 + 31 * DAY), UnixTime(NOW.0 - DAY)] {
        assert!(report_at(&text, late).problems.join(" ").contains("not valid at this time"));
    }
    let stale = changed(&one, "x5t#S256", json!("AAAA"));
    assert!(report(&stale).problems.join(" ").contains("x5t#S256 other than"));
    let mut strange = other;
    strange.attach(&[certificate(&strange)]).unwrap();
    let strange = changed(&one, "x5c", strange.public().get("x5c").unwrap().clone());
    assert!(report(&strange).problems.join(" ").contains("certificate for another key"));
}

#[test]
fn every_key_of_a_set_is_looked_at_and_nothing_private_is_said() {
    let pairs = [pair(Algorithm::Rs256), pair(Algorithm::Es256), pair(Algorithm::EdDsa)];
    let private: Vec<Value> =
        pairs.iter().map(|pair| serde_json::from_str(&pair.private().to_json()).unwrap()).collect();
    let text = json!({ "keys": private }).to_string();
    let reports = keys(&text, || Err::<Zeroizing<String>, _>("not asked"), NOW).unwrap();
    assert_eq!(reports.len(), 3);
    let said = format!("{reports:?}");
    for key in &private {
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            assert!(key.get(name).and_then(Value::as_str).is_none_or(|value| !said.contains(value)));
        }
    }
}
