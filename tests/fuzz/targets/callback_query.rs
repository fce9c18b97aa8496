//! `/callback` under any query.
//!
//! Two lines: Cognito's state, and the query. The query is tried as it is and after a good state.
#![no_main]

use fuzz::settings::ISSUER;
use fuzz::{NOW, lines, outgoing, second_reader, settings};
use libfuzzer_sys::fuzz_target;
use protocol::ExposeSecret as _;
use protocol::callback::{AuthorizationResponse, IssPolicy, parse, relay_error, send_code, send_error};
use protocol::oauth_error::ErrorCode;

fuzz_target!(|input: &str| {
    let [cognito_state, query] = lines(input);
    check(cognito_state, query);
    check(cognito_state, &format!("state={}&{query}", "a5".repeat(32)));
});

fn check(cognito_state: &str, query: &str) {
    let Ok(response) = parse(query) else {
        return;
    };
    assert!(!second_reader::repeats(query));
    let one = |name: &str| second_reader::one(query, name);
    assert_eq!(one("state").as_deref(), Some(response.unverified_handle.expose()));
    assert!(one("code").is_some() != one("error").is_some());

    for policy in [IssPolicy::Required, IssPolicy::IfPresent, IssPolicy::Off] {
        let right = match policy {
            IssPolicy::Required => one("iss").as_deref() == Some(ISSUER),
            IssPolicy::IfPresent => one("iss").is_none_or(|iss| iss == ISSUER),
            IssPolicy::Off => true,
        };
        go_on(&response, policy, right, cognito_state, query);
    }
}

fn go_on(response: &AuthorizationResponse, policy: IssPolicy, right: bool, cognito_state: &str, query: &str) {
    let settings = settings::callback(policy);
    let transaction = settings::transaction(cognito_state, "n");
    let one = |name: &str| second_reader::one(query, name);
    let result = response.result(&settings);
    assert_eq!(result.is_ok(), right, "{policy:?}");
    match result {
        Ok(Ok(code)) => {
            assert_eq!(Some(code.expose_secret()), one("code").as_deref());
            assert_eq!(
                transaction.grant(code.expose_secret(), NOW).idp_code.expose_secret(),
                code.expose_secret()
            );
            // The code that goes on is a sealed one; any text must do no harm.
            let reply = send_code(&settings, &transaction, code.expose_secret());
            let sent = outgoing::assert_back_to_cognito(&reply, cognito_state);
            assert_eq!(second_reader::one(&sent, "code"), one("code"));
        }
        Ok(Err(error)) => {
            let reply = relay_error(&settings, &transaction, error);
            let sent = outgoing::assert_back_to_cognito(&reply, cognito_state);
            // RFC 6749 appendix A.7 and A.8; what is logged comes from a list.
            for name in ["error", "error_description"] {
                let text = second_reader::one(&sent, name).unwrap_or_default();
                assert!(
                    text.len() <= 512
                        && text.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e))
                );
            }
            outgoing::assert_visible(error.loggable());
        }
        Err(_) => {
            let reply = send_error(&settings, &transaction, ErrorCode::ServerError, "Not accepted.");
            let sent = outgoing::assert_back_to_cognito(&reply, cognito_state);
            assert_eq!(second_reader::one(&sent, "error").as_deref(), Some("server_error"));
        }
    }
}
