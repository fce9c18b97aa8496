//! Every client assertion, as the IdP receives it, verified by two libraries that didn't make it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use battery::aws;
use battery::idp::json;
use battery::proxy::{CLIENT_ID, ISSUER, Proxy, token_form, tokens};
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jwk::alg::ed::EdCurve;
use protocol::signing_key::Algorithm;
use protocol::time::UnixTime;
use serde_json::{Value, json as value};

/// A private key for this algorithm, as an operator uploads it.
fn key_for(algorithm: Algorithm) -> Jwk {
    let mut jwk = match algorithm {
        Algorithm::Es256 => Jwk::generate_ec_key(EcCurve::P256),
        Algorithm::Es384 => Jwk::generate_ec_key(EcCurve::P384),
        Algorithm::Es512 => Jwk::generate_ec_key(EcCurve::P521),
        Algorithm::EdDsa => Jwk::generate_ed_key(EdCurve::Ed25519),
        _ => Jwk::generate_rsa_key(2048),
    }
    .unwrap();
    jwk.set_key_id(algorithm.as_str());
    jwk.set_algorithm(algorithm.as_str());
    jwk
}

/// The assertion that reaches the IdP from a proxy with this key and these settings.
async fn assertion_of(jwk: &Jwk, settings: &[(&str, &str)]) -> (Proxy, String) {
    let secret = aws::create_secret(&jwk.to_string()).await;
    let settings: Vec<(&str, &str)> =
        settings.iter().copied().chain([("SIGNING_KEY_SECRET_ID", secret.as_str())]).collect();
    let proxy = Proxy::with(&settings).await;
    let sign_in = proxy.sign_in("c").await;
    proxy.idp.behave(json("200 OK", &tokens(&sign_in.nonce)));
    assert_eq!(proxy.token(&token_form(&sign_in.code, &[])).await.status, 200);
    let assertion = proxy.idp.seen()[0].parameter("client_assertion");
    (proxy, assertion)
}

/// Header and claims of each assertion, as `program` verified them.
fn verified_by(program: &str, script: &str, entries: &Value) -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let program = if program == "python" { root.join(".venv/bin/python") } else { program.into() };
    let mut child = Command::new(program)
        .arg(root.join("tests/local-stack").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{script}: {error}; ./scripts/setup installs what it needs"));
    child.stdin.take().unwrap().write_all(entries.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{script} refused an assertion");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn verified(entries: &Value) -> Vec<Value> {
    let verified = verified_by("node", "verify-assertions.mjs", entries);
    assert_eq!(verified, verified_by("python", "verify_assertions.py", entries), "jose and jwcrypto agree");
    verified
}

#[tokio::test]
async fn an_assertion_of_every_algorithm_is_verified_by_jose_and_jwcrypto() {
    let mut entries = Vec::new();
    for algorithm in Algorithm::ALL {
        let jwk = key_for(algorithm);
        let (_, assertion) = assertion_of(&jwk, &[]).await;
        let public = jwk.to_public_key().unwrap();
        entries.push(value!({"alg": algorithm.as_str(), "jwk": public.as_ref(), "assertion": assertion}));
    }
    let verified = verified(&value!(entries));
    let mut ids = BTreeSet::new();
    for (algorithm, verified) in Algorithm::ALL.iter().zip(&verified) {
        let name = algorithm.as_str();
        let header = value!({"alg": name, "kid": name, "typ": "client-authentication+jwt"});
        assert_eq!(verified["header"], header);
        let claims = &verified["claims"];
        assert_eq!(
            (&claims["iss"], &claims["sub"], &claims["aud"]),
            (&CLIENT_ID.into(), &CLIENT_ID.into(), &ISSUER.into())
        );
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 60);
        let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
        assert_eq!(names.len(), 6, "{names:?}");
        let jti = claims["jti"].as_str().unwrap();
        assert_eq!(jti.len(), 22, "128 bits in base64url");
        assert!(ids.insert(jti.to_owned()), "each jti is fresh");
    }
}

#[tokio::test]
async fn audience_type_and_lifetime_are_settings() {
    let jwk = key_for(Algorithm::Es256);
    let public = jwk.to_public_key().unwrap();
    let audience = "https://tenant.idp.example/";
    for (settings, aud, typ, lifetime) in [
        (vec![("CLIENT_ASSERTION_AUDIENCE", "token_endpoint")], None, "JWT", 60),
        (vec![("CLIENT_ASSERTION_AUDIENCE", audience)], Some(audience), "JWT", 60),
        (
            vec![("CLIENT_ASSERTION_TYP", "JWT"), ("CLIENT_ASSERTION_LIFETIME_SECONDS", "300")],
            Some(ISSUER),
            "JWT",
            300,
        ),
        (
            vec![
                ("CLIENT_ASSERTION_AUDIENCE", audience),
                ("CLIENT_ASSERTION_TYP", "client-authentication+jwt"),
            ],
            Some(audience),
            "client-authentication+jwt",
            60,
        ),
    ] {
        let (proxy, assertion) = assertion_of(&jwk, &settings).await;
        let entry = value!([{"alg": "ES256", "jwk": public.as_ref(), "assertion": assertion}]);
        let verified = &verified(&entry)[0];
        let token_endpoint = proxy.environment["IDP_TOKEN_ENDPOINT"].as_str();
        assert_eq!(verified["claims"]["aud"], aud.unwrap_or(token_endpoint));
        assert_eq!(verified["header"]["typ"], typ);
        let claims = &verified["claims"];
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), lifetime);
    }
}

#[tokio::test]
async fn lifetimes_are_as_specified_whatever_the_clock_says() {
    let jwk = key_for(Algorithm::Es256);
    let public = jwk.to_public_key().unwrap();
    let secret = aws::create_secret(&jwk.to_string()).await;
    let mut proxy = Proxy::with(&[("SIGNING_KEY_SECRET_ID", &secret)]).await;
    let started_at = proxy.now;
    for offset in [-300_i64, -60, -10, 10, 60, 300] {
        proxy.now = UnixTime(started_at.0.checked_add_signed(offset).unwrap());
        let assertion = proxy.genuine_sign_in().await.parameter("client_assertion");
        let entry = value!([{"alg": "ES256", "jwk": public.as_ref(), "assertion": assertion}]);
        let claims = &verified(&entry)[0]["claims"];
        let (iat, exp) = (claims["iat"].as_u64(), claims["exp"].as_u64());
        assert_eq!((iat, exp), (Some(proxy.now.0), Some(proxy.now.0 + 60)));
    }
}

#[tokio::test]
async fn the_header_names_the_keys_certificate_where_the_setting_asks_for_it() {
    let mut jwk = key_for(Algorithm::Ps256);
    let public = jwk.to_public_key().unwrap();
    // The SHA-256 of "abc", from FIPS 180-2 appendix B.1: what is in a certificate doesn't matter here.
    jwk.set_parameter("x5c", Some(value!(["YWJj"]))).unwrap();
    let thumbprint = "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";
    for (setting, certificate) in [
        ("none", value!({})),
        ("x5t#S256", value!({"x5t#S256": thumbprint})),
        ("x5c", value!({"x5t#S256": thumbprint, "x5c": ["YWJj"]})),
    ] {
        let (_, assertion) = assertion_of(&jwk, &[("CLIENT_ASSERTION_CERTIFICATE_HEADER", setting)]).await;
        let entry = value!([{"alg": "PS256", "jwk": public.as_ref(), "assertion": assertion}]);
        let mut header = verified(&entry)[0]["header"].clone();
        for name in ["alg", "kid", "typ"] {
            assert!(header.as_object_mut().unwrap().remove(name).is_some());
        }
        assert_eq!(header, certificate, "{setting}");
    }
}

#[tokio::test]
async fn a_key_without_the_certificate_that_the_setting_asks_for_signs_nothing() {
    let proxy = Proxy::with(&[("CLIENT_ASSERTION_CERTIFICATE_HEADER", "x5t#S256")]).await;
    let sign_in = proxy.sign_in("c").await;
    let response = proxy.token(&token_form(&sign_in.code, &[])).await;
    response.assert_oauth_error(500, "server_error");
    let detail = response.log["detail"].as_str().unwrap();
    assert!(detail.contains("has no certificate (x5t#S256)"), "{detail}");
    assert!(proxy.idp.seen().is_empty());
}
