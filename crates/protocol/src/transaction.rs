//! One sign-in on its way: what `/authorize` begins, `/callback` turns into a grant, and `/token`
//! redeems.

use std::fmt;
use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::pkce::CodeVerifier;
use crate::time::UnixTime;

/// How long the user may take at the IdP.
pub const TRANSACTION_LIFETIME: Duration = Duration::from_mins(10);

/// How long Cognito may take to redeem the code; it does so at once.
pub const GRANT_LIFETIME: Duration = Duration::from_mins(5);

/// How far the clocks of two instances may be apart.
pub const CLOCK_LEEWAY: Duration = Duration::from_mins(1);

/// The `state` that the IdP sees: 32 random bytes as 64 hexadecimal characters. It fits every
/// IdP's rule on length and characters, and hides Cognito's own state.
#[derive(Clone, PartialEq, Eq)]
pub struct Handle(String);

impl Handle {
    /// Makes a handle of 32 bytes from a cryptographic random source.
    #[must_use]
    pub fn from_random(bytes: &[u8; 32]) -> Self {
        Self(hex(bytes))
    }

    /// Reads a handle; `None` if it isn't exactly 64 lower-case hexadecimal characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        valid.then(|| Self(text.to_owned()))
    }

    /// The first 16 characters, which tell the transactions of one browser apart.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..16).unwrap_or(&self.0)
    }

    /// The text to send as `state`.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the sign-in is called where its handle must not be known.
    #[must_use]
    pub fn sign_in_id(&self) -> SignInId {
        SignInId(URL_SAFE_NO_PAD.encode(Sha256::digest(&self.0)))
    }
}

/// Shows nothing: whoever knows the handle can address the transaction.
impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle([REDACTED])")
    }
}

/// Names one sign-in in logs and in tables, from `/authorize` to `/token`: the SHA-256 of its handle
/// in base64url. It is no secret, since nothing can be addressed with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignInId(String);

impl SignInId {
    /// Takes what [`Handle::sign_in_id`] made before.
    #[must_use]
    pub fn from_kept(text: String) -> Self {
        Self(text)
    }

    /// The 43 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The nonce of 32 random bytes that the proxy adds (OpenID Connect Core section 3.1.2.1), as 64
/// hexadecimal characters.
#[must_use]
pub fn nonce_from_random(bytes: &[u8; 32]) -> SecretString {
    hex(bytes).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String can't fail
        text
    })
}

/// A sign-in between `/authorize` and `/callback`.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// Our `state` towards the IdP.
    pub handle: Handle,
    /// Cognito's `state`, to be given back to Cognito unchanged.
    pub cognito_state: SecretString,
    /// The PKCE verifier.
    pub code_verifier: CodeVerifier,
    /// The nonce that the IdP was sent, Cognito's or ours.
    pub nonce: SecretString,
    /// When the transaction ends.
    pub expires_at: UnixTime,
}

/// A sign-in between `/callback` and `/token`.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The sign-in that it belongs to.
    pub sign_in_id: SignInId,
    /// The IdP's authorization code.
    pub idp_code: SecretString,
    /// The PKCE verifier.
    pub code_verifier: CodeVerifier,
    /// The nonce to be found in the ID token.
    pub nonce: SecretString,
    /// When the grant ends.
    pub expires_at: UnixTime,
}

impl Transaction {
    /// Turns the transaction into the grant for the code that the IdP sent.
    #[must_use]
    pub fn grant(&self, idp_code: &str, now: UnixTime) -> Grant {
        Grant {
            sign_in_id: self.handle.sign_in_id(),
            idp_code: idp_code.to_owned().into(),
            code_verifier: self.code_verifier.clone(),
            nonce: self.nonce.clone(),
            expires_at: now.after(GRANT_LIFETIME),
        }
    }
}

/// Whether something that was made to live for `lifetime` is alive. An end further away than that
/// was set by a broken clock, and isn't believed.
#[must_use]
pub fn is_alive(expires_at: UnixTime, lifetime: Duration, now: UnixTime) -> bool {
    now < expires_at && expires_at <= now.after(lifetime + CLOCK_LEEWAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_64_lower_case_hexadecimal_characters_and_nothing_else() {
        let handle = Handle::from_random(&[0xa5; 32]);
        assert_eq!(handle.expose(), "a5".repeat(32));
        assert_eq!(Handle::parse(handle.expose()), Some(handle));
        for text in ["", &"A5".repeat(32), &"a5".repeat(31), &"a5".repeat(33), &"g5".repeat(32)] {
            assert_eq!(Handle::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_sign_in_is_named_by_the_hash_of_its_handle() {
        let id = Handle::from_random(&[0xa5; 32]).sign_in_id();
        // printf 'a5%.0s' {1..32} | openssl dgst -sha256 -binary | basenc --base64url
        assert_eq!(id.as_str(), "bq6ikKukgOEYCArWJ63_Ev7jFS05ax-QgHxrUn1KyR8");
    }

    #[test]
    fn a_transaction_lives_until_the_second_before_its_end() {
        let end = UnixTime(1_000);
        assert!(is_alive(end, TRANSACTION_LIFETIME, UnixTime(999)));
        assert!(!is_alive(end, TRANSACTION_LIFETIME, UnixTime(1_000)));
    }

    #[test]
    fn an_end_further_away_than_the_lifetime_is_not_believed() {
        let end = UnixTime(10_000);
        assert!(is_alive(end, TRANSACTION_LIFETIME, UnixTime(10_000 - 660)));
        assert!(!is_alive(end, TRANSACTION_LIFETIME, UnixTime(10_000 - 661)));
    }

    #[test]
    fn debug_output_of_a_transaction_shows_nothing_of_it() {
        let transaction = Transaction {
            handle: Handle::from_random(&[1; 32]),
            cognito_state: "cognito-state".to_owned().into(),
            code_verifier: CodeVerifier::from_random(&[2; 32]),
            nonce: nonce_from_random(&[3; 32]),
            expires_at: UnixTime(5),
        };
        let shown = format!("{transaction:?} {:?}", transaction.grant("idp-code", UnixTime(1)));
        for secret in [
            &"01".repeat(32),
            "cognito-state",
            transaction.code_verifier.expose(),
            &"03".repeat(32),
            "idp-code",
        ] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
