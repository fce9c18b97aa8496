//! Which sets are published, and what never is.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn ec(kid: &str) -> Value {
    json!({"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ", "kid": kid, "use": "sig", "alg": "ES256"})
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

fn parse(keys: &[Value]) -> Result<PublicJwkSet, JwksError> {
    PublicJwkSet::parse(&json!({"keys": keys}).to_string())
}

#[test]
fn signing_and_encryption_keys_of_all_types_are_published_as_they_are() {
    let keys = [
        ec("a"),
        json!({"kty": "RSA", "n": "bg", "e": "AQAB", "kid": "b", "use": "enc", "alg": "RSA-OAEP-256"}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": "eA", "kid": "c", "x5c": ["AA=="], "x5t#S256": "dA"}),
    ];
    let set = parse(&keys).unwrap();
    assert!(set.has("b") && !set.has("d"));
    assert_eq!(serde_json::from_str::<Value>(&set.to_json()).unwrap(), json!({"keys": keys}));
}

#[test]
fn a_private_member_of_any_key_is_refused_by_name() {
    for name in PRIVATE_MEMBERS {
        let private = with(ec("b"), name, json!("c2VjcmV0"));
        assert_eq!(parse(&[ec("a"), private.clone()]), Err(JwksError::Private(name)));
        // As it is, too, instead of in a set; and beside a set.
        assert_eq!(PublicJwkSet::parse(&private.to_string()), Err(JwksError::Private(name)));
        let beside = json!({"keys": [ec("a")], name: "c2VjcmV0"});
        assert_eq!(PublicJwkSet::parse(&beside.to_string()), Err(JwksError::Private(name)));
    }
    // Whatever else is wrong, and whatever the member holds.
    let broken = json!({"d": null});
    assert_eq!(parse(&[json!({}), broken]), Err(JwksError::Private("d")));
}

#[test]
fn what_is_not_a_set_of_named_public_keys_is_refused() {
    for (keys, expected) in [
        (vec![], JwksError::NoKey),
        (vec![json!("a")], JwksError::NotASet),
        (vec![with(ec("a"), "D", json!("c2VjcmV0"))], JwksError::UnknownMember),
        (vec![with(ec("a"), "x5u", json!("https://a.example/"))], JwksError::UnknownMember),
        (vec![with(ec("a"), "kty", json!("oct"))], JwksError::Incomplete),
        (vec![with(ec("a"), "y", json!(1))], JwksError::Incomplete),
        (vec![with(ec("a"), "alg", json!({"d": "c2VjcmV0"}))], JwksError::Incomplete),
        (vec![with(ec("a"), "x5c", json!([{"d": "c2VjcmV0"}]))], JwksError::Incomplete),
        (vec![with(ec("a"), "kid", json!(""))], JwksError::NoKid),
        (vec![ec("a"), ec("a")], JwksError::RepeatedKid),
    ] {
        assert_eq!(parse(&keys), Err(expected));
    }
    for text in ["", "null", "[]", "{}", r#"{"keys": {}}"#, "-----BEGIN PRIVATE KEY-----"] {
        assert_eq!(PublicJwkSet::parse(text), Err(JwksError::NotASet), "{text}");
    }
}

#[test]
fn of_a_repeated_member_only_what_was_checked_is_published() {
    let text = r#"{"keys":[{"kty":"EC"}],"keys":[{"kty":"OKP","crv":"Ed25519","x":"eA","kid":"a"}]}"#;
    let set = PublicJwkSet::parse(text).unwrap();
    assert_eq!(set.to_json(), r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"eA","kid":"a"}]}"#);
}

#[test]
fn an_unchanged_document_is_304_without_a_body() {
    let document = JwksDocument::new(&parse(&[ec("a")]).unwrap());
    let max_age = Duration::from_mins(5);
    let reply = document.reply(None, max_age);
    let etag = reply.headers.iter().find(|(name, _)| *name == "etag").unwrap().1.clone();
    assert_eq!((reply.status, &reply.body), (200, &document.body));
    assert!(reply.headers.contains(&("cache-control", "public, max-age=300".to_owned())));

    for condition in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
        let reply = document.reply(Some(&condition), max_age);
        assert_eq!((reply.status, reply.body.as_str()), (304, ""), "{condition}");
        assert!(reply.headers.contains(&("etag", etag.clone())));
    }
    for condition in ["", "\"x\"", etag.trim_matches('"')] {
        assert_eq!(document.reply(Some(condition), max_age).status, 200, "{condition}");
    }
    let other = JwksDocument::new(&parse(&[ec("a"), ec("b")]).unwrap());
    assert_eq!(other.reply(Some(&etag), max_age).status, 200);
}

proptest! {
    #[test]
    fn whatever_is_published_holds_no_private_member(
        names in prop::collection::vec("(kty|kid|crv|x|y|n|e|d|p|q|dp|dq|qi|oth|k|priv|use|[a-z]{1,3})", 0..8),
        kty in "(RSA|EC|OKP)",
    ) {
        let mut key: Map<String, Value> = names.into_iter().map(|name| (name, json!("eA"))).collect();
        key.insert("kty".into(), json!(kty));
        if let Ok(set) = parse(&[Value::Object(key)]) {
            let json: Value = serde_json::from_str(&set.to_json()).unwrap();
            for name in json["keys"][0].as_object().unwrap().keys() {
                prop_assert!(!PRIVATE_MEMBERS.contains(&name.as_str()), "{name}");
            }
        }
    }
}
