//! What a record of the table holds. Whoever reads the table can go on with no sign-in and learns
//! nothing of it: of the handle, the browser's cookie and the code only hashes are kept, and the
//! content is sealed, first under the cookie's value and then under the code's, as `browser` seals
//! under its secret. The hashes of cookie and code, and the seals, are bound to the deployment.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::ExposeSecret as _;
use protocol::SecretString;
use protocol::seal::{Binding, SealingKeys};
use protocol::time::UnixTime;
use protocol::transaction::{Grant, Handle, SignInId, Transaction};
use sha2::{Digest as _, Sha256};

use crate::system;
use crate::transaction_store::{FindError, Unavailable};

/// A record as AWS hands it over.
pub type Item = HashMap<String, AttributeValue>;

/// The partition key: the [`SignInId`].
pub const ID: &str = "id";

/// How long a record stays after its end, so that a late replay is still told from a stranger's.
const KEPT_AFTER_END: Duration = Duration::from_hours(1);

/// 32 bytes in base64url, as all identifiers and hashes here are written.
const LENGTH: usize = 43;

/// 32 random bytes as text: what the browser or Cognito holds, and the table doesn't.
pub struct Ticket(SecretString);

impl Ticket {
    /// Draws one.
    ///
    /// # Errors
    /// If the operating system's generator failed.
    pub fn draw() -> Result<Self, Unavailable> {
        Ok(Self(URL_SAFE_NO_PAD.encode(system::random::<32>()?).into()))
    }

    /// Reads one; `None` if it isn't written as they are.
    pub fn parse(text: &str) -> Option<Self> {
        is_base64url(text).then(|| Self(text.to_owned().into()))
    }

    /// The 43 characters.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept of it, in this deployment.
    pub fn hash(&self, binding: &Binding) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{}\0{}", binding.joined(), self.expose())))
    }

    /// The keys that its sign-in is sealed under.
    ///
    /// # Errors
    /// If the JOSE library refuses them.
    pub fn keys(&self, binding: &Binding) -> Result<SealingKeys, Unavailable> {
        SealingKeys::derive(&self.0, "ticket", binding).map_err(Unavailable::Ticket)
    }
}

/// The code that Cognito gets: which record, and what gives the right to it.
pub struct Code {
    /// The record.
    pub sign_in_id: SignInId,
    /// The right to it.
    pub ticket: Ticket,
}

impl Code {
    /// Reads a code; `None` if it isn't written as this proxy writes them.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, ticket) = text.split_once('.')?;
        let sign_in_id = is_base64url(id).then(|| SignInId::from_kept(id.to_owned()))?;
        Some(Self { sign_in_id, ticket: Ticket::parse(ticket)? })
    }

    /// The text for Cognito.
    pub fn to_text(&self) -> SecretString {
        format!("{}.{}", self.sign_in_id.as_str(), self.ticket.expose()).into()
    }
}

/// A new record.
///
/// # Errors
/// If the JOSE library fails.
pub fn begun(
    transaction: &Transaction,
    browser: &Ticket,
    binding: &Binding,
    request_id: &str,
) -> Result<Item, Unavailable> {
    let sealed = browser.keys(binding)?.seal_transaction(transaction)?;
    let item = [
        (ID, text(transaction.handle.sign_in_id().as_str())),
        ("begun_by", text(request_id)),
        ("browser_hash", text(&browser.hash(binding))),
        ("sealed_transaction", text(&sealed)),
        ("delete_after", delete_after(transaction.expires_at)),
    ];
    Ok(item.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The transaction of a record, for the browser that holds `browser`.
///
/// # Errors
/// Why it isn't this browser's to go on with.
pub fn transaction(
    item: &Item,
    handle: &Handle,
    browser: &Ticket,
    binding: &Binding,
    now: UnixTime,
) -> Result<Transaction, FindError> {
    if get_text(item, "browser_hash") != Some(&browser.hash(binding)) {
        return Err(FindError::Forged);
    }
    if item.contains_key("closed_by") {
        return Err(FindError::Used);
    }
    let sealed = get_text(item, "sealed_transaction").ok_or(FindError::Forged)?;
    Ok(browser.keys(binding)?.open_transaction(sealed, handle, now)?)
}

/// The grant of a record that was just claimed.
///
/// # Errors
/// [`FindError::Expired`] if its end was set by a broken clock.
pub fn grant(item: &Item, ticket: &Ticket, binding: &Binding, now: UnixTime) -> Result<Grant, FindError> {
    let sealed = get_text(item, "sealed_grant").ok_or(FindError::Forged)?;
    Ok(ticket.keys(binding)?.open_grant(sealed, now)?)
}

/// Why a record can't be claimed with this code, for the log: the caller learns none of it.
pub fn why_not_redeemed(item: Option<&Item>, code_hash: &str) -> FindError {
    match item {
        None => FindError::Unknown,
        Some(item) if get_text(item, "code_hash") != Some(code_hash) => FindError::Forged,
        Some(item) if item.contains_key("redeemed_by") => FindError::Used,
        Some(_) => FindError::Expired,
    }
}

/// A text as AWS takes it.
pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// A point in time as a number of seconds.
pub fn time(time: UnixTime) -> AttributeValue {
    AttributeValue::N(time.0.to_string())
}

/// When the table may drop a record that ends at `expires_at`.
pub fn delete_after(expires_at: UnixTime) -> AttributeValue {
    time(expires_at.after(KEPT_AFTER_END))
}

fn get_text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn is_base64url(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
