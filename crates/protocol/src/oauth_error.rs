//! OAuth error responses (RFC 6749 section 4.1.2.1 and 5.2): our own, and those of the IdP,
//! which reach the application only after they went through the character sets of the RFC.

/// The error codes that the proxy itself answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// The request is malformed, or asks for what isn't offered.
    InvalidRequest,
    /// The client isn't authenticated.
    InvalidClient,
    /// The code, or its redirect URI, isn't valid.
    InvalidGrant,
    /// A scope that isn't configured.
    InvalidScope,
    /// A response type other than `code`.
    UnsupportedResponseType,
    /// A grant type other than `authorization_code`.
    UnsupportedGrantType,
    /// Something behind the proxy, or the proxy, is broken.
    ServerError,
    /// Something behind the proxy can't be reached right now.
    TemporarilyUnavailable,
}

impl ErrorCode {
    /// The code as it is written on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }
}

/// An error response, ours or the IdP's, safe to hand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    /// `error`; `server_error` where nothing of the original was left.
    pub error: String,
    /// `error_description`.
    pub description: Option<String>,
    /// `error_uri`.
    pub uri: Option<String>,
}

const ERROR_MAX: usize = 64;
const DESCRIPTION_MAX: usize = 512;
const URI_MAX: usize = 512;

impl OAuthError {
    /// Filters and cuts what somebody sent.
    #[must_use]
    pub fn new(error: &str, description: Option<&str>, uri: Option<&str>) -> Self {
        let error = keep(error, ERROR_MAX, is_nqschar);
        Self {
            error: if error.is_empty() { ErrorCode::ServerError.as_str().to_owned() } else { error },
            description: description
                .map(|text| keep(text, DESCRIPTION_MAX, is_nqschar))
                .filter(|text| !text.is_empty()),
            uri: uri
                .map(|text| keep(text, URI_MAX, |c| is_nqschar(c) && c != ' '))
                .filter(|text| !text.is_empty()),
        }
    }

    /// The error code if it is a registered one, for logs. Whatever else a stranger put there stays
    /// out of them.
    #[must_use]
    pub fn loggable(&self) -> &'static str {
        REGISTERED
            .into_iter()
            .find(|code| *code == self.error)
            .unwrap_or("an error code that isn't registered")
    }
}

/// The OAuth Extensions Error Registry, as far as it concerns the two endpoints.
const REGISTERED: [&str; 23] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_client",
    "invalid_dpop_proof",
    "invalid_grant",
    "invalid_request",
    "invalid_request_object",
    "invalid_request_uri",
    "invalid_scope",
    "invalid_target",
    "login_required",
    "registration_not_supported",
    "request_not_supported",
    "request_uri_not_supported",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unmet_authentication_requirements",
    "unsupported_grant_type",
    "unsupported_response_type",
    "use_dpop_nonce",
];

/// RFC 6749 appendix A, `NQSCHAR`: %x20-21 / %x23-5B / %x5D-7E.
fn is_nqschar(c: char) -> bool {
    matches!(c, '\x20'..='\x7e') && c != '"' && c != '\\'
}

fn keep(text: &str, max: usize, allowed: impl Fn(char) -> bool) -> String {
    text.chars().filter(|c| allowed(*c)).take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_backslashes_line_breaks_and_non_ascii_are_dropped() {
        let relayed =
            OAuthError::new("acc\"ess\r\n_denied", Some("a\\b\"c\r\nd\u{e9}e"), Some("https://x/ y"));
        assert_eq!(relayed.error, "access_denied");
        assert_eq!(relayed.description.as_deref(), Some("abcde"));
        assert_eq!(relayed.uri.as_deref(), Some("https://x/y"));
    }

    #[test]
    fn an_error_of_forbidden_characters_becomes_server_error() {
        assert_eq!(OAuthError::new("\r\n", Some("\u{0}"), None), OAuthError::new("server_error", None, None));
    }

    #[test]
    fn only_a_registered_error_code_is_logged() {
        assert_eq!(OAuthError::new("access_denied", None, None).loggable(), "access_denied");
        let made_up = OAuthError::new("call_this_number", None, None);
        assert_eq!(made_up.loggable(), "an error code that isn't registered");
    }

    proptest! {
        #[test]
        fn whatever_the_idp_sends_the_relayed_text_is_short_and_of_the_rfcs_characters(error in ".*", description in ".{0,2000}") {
            let relayed = OAuthError::new(&error, Some(&description), Some(&description));
            let description = relayed.description.unwrap_or_default();
            prop_assert!(!relayed.error.is_empty() && relayed.error.len() <= ERROR_MAX && description.len() <= DESCRIPTION_MAX);
            prop_assert!(relayed.error.chars().chain(description.chars()).all(is_nqschar));
        }
    }
}
