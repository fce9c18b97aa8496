//! `/token` under any request.
//!
//! Five lines: flags (`b` for a body in base64, `c` for no `Content-Type`, `a` for no
//! `Authorization`), the query, `Content-Type`, `Authorization`, and the body.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fuzz::settings::COGNITO;
use fuzz::{lines, second_reader, settings};
use libfuzzer_sys::fuzz_target;
use protocol::ExposeSecret as _;
use protocol::token_request::{RawTokenRequest, TokenRequest, TokenRequestError, read};

const FORM: &str = "application/x-www-form-urlencoded";

fuzz_target!(|input: &str| {
    let [flags, query, content_type, authorization, body] = lines(input);
    let _ = check(RawTokenRequest {
        query,
        content_type: (!flags.contains('c')).then_some(content_type),
        authorization: (!flags.contains('a')).then_some(authorization),
        body,
        is_base64_encoded: flags.contains('b'),
    });
    // The body of a form without anything else wrong, encoded for the gateway or not.
    let good = RawTokenRequest {
        query: "",
        content_type: Some(FORM),
        authorization: None,
        body,
        is_base64_encoded: false,
    };
    let plain = check(good);
    let encoded = check(RawTokenRequest { body: &STANDARD.encode(body), is_base64_encoded: true, ..good });
    assert_eq!(plain.map(|_| ()), encoded.map(|_| ()), "base64 changes the answer");
    let _ = check(RawTokenRequest { authorization: Some(authorization), ..good });
    round_trip(query, content_type, authorization);
});

/// Whatever is accepted, a second reader reads in the same way.
fn check(raw: RawTokenRequest<'_>) -> Result<TokenRequest, TokenRequestError> {
    let request = read(raw)?;
    let decoded = raw
        .is_base64_encoded
        .then(|| String::from_utf8(STANDARD.decode(raw.body).expect("base64")).expect("text"));
    let body = decoded.as_deref().unwrap_or(raw.body);
    assert!(raw.query.is_empty(), "credentials in the query");
    let media_type = raw.content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    assert_eq!(media_type.trim().to_ascii_lowercase(), FORM);
    assert!(!second_reader::repeats(body), "a parameter is read twice");
    let one = |name: &str| second_reader::one(body, name);
    assert!(raw.authorization.is_none() || one("client_secret").is_none(), "two methods at once");
    if raw.authorization.is_none() {
        let (id, secret) = (one("client_id").expect("an id"), one("client_secret").expect("a secret"));
        assert!(request.unverified_credentials.are(&id, &secret.into()));
    }
    if let Ok(code) = request.code(&settings::endpoint(COGNITO)) {
        assert_eq!(Some(code.expose_secret()), one("code").as_deref());
        assert_eq!(one("redirect_uri").as_deref(), Some(COGNITO));
        assert_eq!(one("grant_type").as_deref(), Some("authorization_code"));
    }
    Ok(request)
}

/// What Cognito writes is read exactly, whichever way it authenticates.
fn round_trip(client_id: &str, client_secret: &str, code: &str) {
    if client_id.is_empty() || client_secret.is_empty() || code.is_empty() {
        return;
    }
    let grant = [("grant_type", "authorization_code"), ("redirect_uri", COGNITO), ("code", code)];
    let credentials = [("client_id", client_id), ("client_secret", client_secret)];
    let in_form = second_reader::form(&[grant.as_slice(), &credentials].concat());
    let alone = second_reader::form(&grant);
    let pair = format!("{}:{}", second_reader::encoded(client_id), second_reader::encoded(client_secret));
    let basic = format!("Basic {}", STANDARD.encode(pair));
    for (body, authorization) in [(&in_form, None), (&alone, Some(basic.as_str()))] {
        for is_base64_encoded in [false, true] {
            let encoded = if is_base64_encoded { STANDARD.encode(body) } else { body.clone() };
            let raw = RawTokenRequest {
                query: "",
                content_type: Some(FORM),
                authorization,
                body: &encoded,
                is_base64_encoded,
            };
            let request = check(raw).expect("a good request");
            let are =
                |id: &str, secret: &str| request.unverified_credentials.are(id, &secret.to_owned().into());
            assert!(are(client_id, client_secret));
            assert!(
                !are(client_id, &format!("{client_secret} "))
                    && !are(&format!("{client_id} "), client_secret)
            );
            assert_eq!(request.code(&settings::endpoint(COGNITO)).expect("a code").expose_secret(), code);
        }
    }
    let both = read(RawTokenRequest {
        query: "",
        content_type: Some(FORM),
        authorization: Some(&basic),
        body: &in_form,
        is_base64_encoded: false,
    });
    assert!(both.is_err(), "two methods at once");
}
