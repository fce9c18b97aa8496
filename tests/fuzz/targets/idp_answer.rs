//! The IdP's answer to the token request, whatever it is.
//!
//! Four lines: the status, `Retry-After` (`-` for none), the nonce that was sent, and the body. The
//! body is tried as it is, and as the payload of an otherwise good ID token.
#![no_main]

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fuzz::outgoing;
use libfuzzer_sys::fuzz_target;
use protocol::id_token::NonceError;
use protocol::oauth_error::OAuthError;
use protocol::token_response::{RawTokenResponse, TokenResponseError, judge};
use serde_json::{Value, json};

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(4, |byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (status, retry_after, nonce) = (text().parse().unwrap_or(200), text(), text());
    let body = parts.next().unwrap_or_default();
    let retry_after = (retry_after != "-").then_some(retry_after.as_str());
    check(RawTokenResponse { status, retry_after, body }, &nonce);
    let tokens = json!({
        "access_token": "test-access-token-0123456789",
        "id_token": format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(body)),
    });
    check(RawTokenResponse { status, retry_after, body: tokens.to_string().as_bytes() }, &nonce);
});

fn check(response: RawTokenResponse<'_>, nonce: &str) {
    let error = match judge(response, Some(&nonce.to_owned().into())) {
        Ok(tokens) => {
            assert_eq!(response.status, 200);
            assert_eq!(tokens.expose().as_bytes(), response.body, "the tokens aren't what the IdP sent");
            if let Some(claims) = claims_of(tokens.expose()) {
                assert_eq!(claims["nonce"], nonce, "a token of another sign-in");
            }
            assert_eq!(format!("{tokens:?}"), "Tokens([REDACTED])");
            // Whoever doesn't ask for a nonce gets no less.
            assert!(judge(response, None).is_ok());
            return;
        }
        Err(error) => error,
    };
    if let TokenResponseError::RateLimited { retry_after: Some(value) } = &error {
        assert_eq!(Some(value.as_str()), response.retry_after);
        outgoing::assert_visible(value);
    }
    if let TokenResponseError::OAuth { status, error } = &error {
        assert!(*status == response.status && (400..500).contains(status));
        for text in [Some(&error.error), error.description.as_ref(), error.uri.as_ref()].into_iter().flatten()
        {
            assert!(text.len() <= 512 && !text.contains(['"', '\\']));
            outgoing::assert_visible(text);
        }
    }
    assert_says_nothing_of(&error, response.body);
}

/// The claims in the ID token, by a second reader. It reads all of them, and is stricter on those
/// that don't concern the proxy: what it can't read, it has no opinion on.
fn claims_of(tokens: &str) -> Option<Value> {
    let tokens: Value = serde_json::from_str(tokens).expect("JSON");
    let payload = tokens["id_token"].as_str().expect("an ID token").split('.').nth(1).expect("a payload");
    let payload = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_str(std::str::from_utf8(&payload).expect("text")).ok()
}

const WINDOW: usize = 12;

/// Twelve bytes of the body in an error's text are no accident, unless the text has them of itself.
fn assert_says_nothing_of(error: &TokenResponseError, body: &[u8]) {
    let said = match error {
        // What an OAuth error holds is for the application, filtered; its text is for the log.
        TokenResponseError::OAuth { .. } => error.to_string(),
        _ => format!("{error} {error:?}"),
    };
    let own: HashSet<Vec<u8>> = own_words(error).iter().flat_map(|words| windows(words.as_bytes())).collect();
    let foreign: HashSet<Vec<u8>> = windows(said.as_bytes()).filter(|window| !own.contains(window)).collect();
    if foreign.is_empty() {
        return;
    }
    for window in body.windows(WINDOW) {
        assert!(!foreign.contains(window), "an error that quotes the IdP's answer: {said}");
    }
}

fn windows(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    text.windows(WINDOW).map(<[u8]>::to_vec)
}

/// What the errors say of themselves.
fn own_words(error: &TokenResponseError) -> Vec<String> {
    use TokenResponseError as E;
    let mut words: Vec<E> =
        vec![E::NotJson, E::NoAccessToken, E::NoIdToken, E::RateLimited { retry_after: None }];
    words.extend([NonceError::Encrypted, NonceError::NotAJwt, NonceError::Mismatch].map(E::Nonce));
    match error {
        E::Status(status) => words.push(E::Status(*status)),
        E::Redirect(status) => words.push(E::Redirect(*status)),
        E::OAuth { status, error } => {
            words.push(E::OAuth { status: *status, error: OAuthError::new(error.loggable(), None, None) });
            words.push(E::OAuth { status: *status, error: OAuthError::new("x", None, None) });
        }
        E::RateLimited { retry_after } => words.push(E::RateLimited { retry_after: retry_after.clone() }),
        _ => {}
    }
    words.iter().map(|error| format!("{error} {error:?}")).collect()
}
