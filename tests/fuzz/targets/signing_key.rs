//! The signing key's secret, whatever is in it.
//!
//! Three lines: three digits or dashes, which choose a test key, the configured algorithm (`-` for
//! none) and what is said of the certificate; the `kid` to look for (`-` for none); and JSON. It's
//! read as a key, and, where it's an object, laid over the test key: a member replaces the key's
//! own, and `null` removes it.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fuzz::{NOW, lines, test_keys};
use libfuzzer_sys::fuzz_target;
use protocol::ExposeSecret as _;
use protocol::certificate_header::CertificateHeader;
use protocol::client_assertion::{AssertionType, Settings, sign};
use protocol::signing_key::{Algorithm, Selection, SigningKey};
use serde_json::{Map, Value, json};

/// RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

static KEYS: LazyLock<Vec<Map<String, Value>>> = LazyLock::new(test_keys::all);

fuzz_target!(|input: &str| {
    let [choices, kid, json] = lines(input);
    let choice = |at: usize| choices.chars().nth(at).and_then(|c| c.to_digit(10)).map(|digit| digit as usize);
    let of = |at: usize, all: usize| choice(at).unwrap_or_default() % all;
    let selection = Selection {
        kid: (kid != "-").then(|| kid.to_owned()),
        algorithm: choice(1).and_then(|digit| Algorithm::ALL.get(digit).copied()),
        certificate_header: CertificateHeader::ALL[of(2, CertificateHeader::ALL.len())],
    };
    check(json, &selection);
    let Ok(Value::Object(changes)) = serde_json::from_str(json) else {
        return;
    };
    let mut key = KEYS[of(0, KEYS.len())].clone();
    key.extend(changes);
    key.retain(|_, value| !value.is_null());
    let alone = Value::Object(key);
    check(&alone.to_string(), &selection);
    let public = json!({"kty": "EC", "use": "enc", "kid": "other"});
    check(&json!({"keys": [public, alone]}).to_string(), &selection);
});

fn check(text: &str, selection: &Selection) {
    let secrets = private_members(text);
    let silent = |said: &str| {
        assert!(!secrets.iter().any(|secret| said.contains(secret.as_str())), "a private member is shown");
    };
    match SigningKey::parse(&text.to_owned().into(), selection) {
        Ok(key) => {
            if selection.kid.is_some() {
                assert_eq!(selection.kid.as_deref(), Some(key.kid()));
            }
            assert!(selection.algorithm.is_none_or(|algorithm| algorithm == key.algorithm()));
            // The key's name is for everyone.
            let name = format!("{:?}", key.kid());
            silent(&format!("{key:?}").replace(&name, ""));
            check_assertion(&key, &silent);
        }
        Err(error) => silent(&format!("{error} {error:?}")),
    }
}

fn check_assertion(key: &SigningKey, silent: &impl Fn(&str)) {
    let settings = Settings {
        idp_client_id: "client-1".to_owned(),
        audience: "https://idp.example".to_owned(),
        typ: AssertionType::ClientAuthentication,
        lifetime: Duration::from_mins(1),
    };
    // Whether the numbers belong together isn't checked when a key is read, so it may not sign.
    let Ok(assertion) = sign(&settings, key, &[7; 16], NOW) else {
        return;
    };
    let parts: Vec<&str> = assertion.expose_secret().split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        panic!("{} parts", parts.len());
    };
    let (header, claims) = (decoded(header), decoded(claims));
    assert_eq!(header.get("alg"), Some(&key.algorithm().as_str().into()));
    assert_eq!(header.get("kid"), Some(&key.kid().into()));
    assert_eq!(header.get("typ"), Some(&"client-authentication+jwt".into()));
    let allowed = ["alg", "kid", "typ", "x5t#S256", "x5c"];
    assert!(header.keys().all(|name| allowed.contains(&name.as_str())), "{:?}", header.keys());
    let header: Map<String, Value> =
        header.into_iter().filter(|(name, _)| !["kid", "x5t#S256", "x5c"].contains(&name.as_str())).collect();
    silent(&format!("{header:?} {claims:?}"));
    let expected = json!({
        "iss": "client-1", "sub": "client-1", "aud": "https://idp.example",
        "jti": URL_SAFE_NO_PAD.encode([7; 16]), "iat": NOW.0, "exp": NOW.0 + 60,
    });
    assert_eq!(Value::Object(claims), expected);
    assert!(URL_SAFE_NO_PAD.decode(signature).expect("base64url").len() >= 64);
}

fn decoded(part: &str) -> Map<String, Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("an object")
}

/// The private members that are long enough to be no accident: 32 bytes are 43 characters.
fn private_members(text: &str) -> Vec<String> {
    let Ok(Value::Object(object)) = serde_json::from_str(text) else {
        return Vec::new();
    };
    let inner = object.get("keys").and_then(Value::as_array).into_iter().flatten();
    let keys = std::iter::once(&object).chain(inner.filter_map(Value::as_object));
    keys.flat_map(|key| PRIVATE.iter().filter_map(|name| key.get(*name)?.as_str()))
        .filter(|secret| secret.len() >= 40)
        .map(str::to_owned)
        .collect()
}
