//! What a record of the table holds, and what makes it good. Whatever opens a sign-in is kept as its
//! hash: the handle, the browser's cookie, and the code.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::pkce::CodeVerifier;
use protocol::time::UnixTime;
use protocol::transaction::{
    GRANT_LIFETIME, Grant, Handle, SignInId, TRANSACTION_LIFETIME, Transaction, is_alive,
};
use protocol::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::transaction_store::FindError;

/// A record as AWS hands it over.
pub type Item = HashMap<String, AttributeValue>;

/// The partition key: the [`SignInId`].
pub const ID: &str = "id";

/// How long a record stays after its end, so that a late replay is still told from a stranger's.
const KEPT_AFTER_END: Duration = Duration::from_hours(1);

/// 32 bytes in base64url, as all identifiers and hashes here are written.
const LENGTH: usize = 43;

/// The code that Cognito gets: which record, and a random value that proves the right to it.
pub struct Code {
    /// The record.
    pub sign_in_id: SignInId,
    /// 43 random characters.
    pub secret: String,
}

impl Code {
    /// Reads a code; `None` if it isn't written as this proxy writes them.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.split_once('.')?;
        (is_base64url(id) && is_base64url(secret))
            .then(|| Self { sign_in_id: SignInId::from_kept(id.to_owned()), secret: secret.to_owned() })
    }

    /// The text for Cognito.
    pub fn to_text(&self) -> SecretString {
        format!("{}.{}", self.sign_in_id.as_str(), self.secret).into()
    }

    /// What is kept of it.
    pub fn hash(&self) -> String {
        hash(&self.secret)
    }
}

/// A new record.
pub fn begun(transaction: &Transaction, browser: &str, request_id: &str) -> Item {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    [
        (ID, text(transaction.handle.sign_in_id().as_str())),
        ("begun_by", text(request_id)),
        ("browser_hash", text(&hash(browser))),
        ("cognito_state", text(transaction.cognito_state.expose_secret())),
        ("code_verifier", text(transaction.code_verifier.expose())),
        ("nonce", text(transaction.nonce.expose_secret())),
        ("expires_at", time(transaction.expires_at)),
        ("delete_after", delete_after(transaction.expires_at)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// The transaction of a record, for the browser that holds `browser`.
///
/// # Errors
/// Why it isn't this browser's to go on with.
pub fn transaction(
    item: &Item,
    handle: &Handle,
    browser: &str,
    now: UnixTime,
) -> Result<Transaction, FindError> {
    if get_text(item, "browser_hash")? != hash(browser) {
        return Err(FindError::Forged);
    }
    if item.contains_key("closed_by") {
        return Err(FindError::Used);
    }
    let expires_at = get_time(item, "expires_at")?;
    if !is_alive(expires_at, TRANSACTION_LIFETIME, now) {
        return Err(FindError::Expired);
    }
    Ok(Transaction {
        handle: handle.clone(),
        cognito_state: get_text(item, "cognito_state")?.to_owned().into(),
        code_verifier: CodeVerifier::from_kept(get_text(item, "code_verifier")?.to_owned()),
        nonce: get_text(item, "nonce")?.to_owned().into(),
        expires_at,
    })
}

/// The grant of a record that was just claimed.
///
/// # Errors
/// [`FindError::Expired`] if its end was set by a broken clock.
pub fn grant(item: &Item, sign_in_id: SignInId, now: UnixTime) -> Result<Grant, FindError> {
    let expires_at = get_time(item, "expires_at")?;
    if !is_alive(expires_at, GRANT_LIFETIME, now) {
        return Err(FindError::Expired);
    }
    Ok(Grant {
        sign_in_id,
        idp_code: get_text(item, "idp_code")?.to_owned().into(),
        code_verifier: CodeVerifier::from_kept(get_text(item, "code_verifier")?.to_owned()),
        nonce: get_text(item, "nonce")?.to_owned().into(),
        expires_at,
    })
}

/// Why a record can't be claimed with this code, for the log: the caller learns none of it.
pub fn why_not_redeemed(item: Option<&Item>, code: &Code) -> FindError {
    match item {
        None => FindError::Unknown,
        Some(item) if get_text(item, "code_hash") != Ok(&code.hash()) => FindError::Forged,
        Some(item) if item.contains_key("redeemed_by") => FindError::Used,
        Some(_) => FindError::Expired,
    }
}

/// A point in time as a number of seconds.
pub fn time(time: UnixTime) -> AttributeValue {
    AttributeValue::N(time.0.to_string())
}

/// When the table may drop a record that ends at `expires_at`.
pub fn delete_after(expires_at: UnixTime) -> AttributeValue {
    time(expires_at.after(KEPT_AFTER_END))
}

fn get_text<'a>(item: &'a Item, name: &str) -> Result<&'a str, FindError> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or(FindError::Forged)
}

fn get_time(item: &Item, name: &str) -> Result<UnixTime, FindError> {
    let number = item.get(name).and_then(|value| value.as_n().ok()).ok_or(FindError::Forged)?;
    number.parse().map(UnixTime).map_err(|_| FindError::Forged)
}

fn hash(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret))
}

fn is_base64url(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
