//! How a transaction travels from `/authorize` to `/callback`, and its grant on to `/token`:
//! Cognito's token request carries no state of ours.

pub mod browser;
pub mod configured;
pub mod dynamodb;
mod record;
pub mod settings;

use protocol::SecretString;
use protocol::oauth_error::ErrorCode;
use protocol::seal::OpenError;
use protocol::time::UnixTime;
use protocol::transaction::{Grant, Handle, Transaction};

use crate::cached_secret::SecretError;
use crate::system::NoRandomness;

/// Keeps transactions and grants. The request id is Lambda's own, and tells a retry of the AWS SDK
/// from a second request.
#[expect(async_fn_in_trait, reason = "a Lambda handles one request at a time, on one thread")]
pub trait TransactionStore {
    /// Fetches what the first request will need. A failure here isn't final: the request tries
    /// again, and can answer with what went wrong.
    async fn warm_up(&self, now: UnixTime);

    /// `/authorize`: keeps a transaction. Returns the `Set-Cookie` values that bind it to this
    /// browser, whose other cookies are `cookies`.
    ///
    /// # Errors
    /// See [`BeginError`].
    async fn begin(
        &self,
        transaction: &Transaction,
        cookies: &[String],
        request_id: &str,
        now: UnixTime,
    ) -> Result<Vec<String>, BeginError>;

    /// `/callback`: finds the transaction of this browser, and leaves it in place.
    ///
    /// # Errors
    /// See [`FindError`].
    async fn resume(
        &self,
        handle: &Handle,
        cookies: &[String],
        now: UnixTime,
    ) -> Result<Transaction, FindError>;

    /// `/callback`: ends the transaction and keeps its grant.
    ///
    /// # Errors
    /// See [`CloseError`].
    async fn close(
        &self,
        transaction: &Transaction,
        grant: &Grant,
        request_id: &str,
        now: UnixTime,
    ) -> Result<Closed, CloseError>;

    /// `/token`: takes the grant of a code.
    ///
    /// # Errors
    /// See [`FindError`].
    async fn redeem(&self, code: &SecretString, request_id: &str, now: UnixTime) -> Result<Grant, FindError>;

    /// `/token`: gives a grant back that this request took, because the IdP's code is unspent. For a
    /// second at the most; should it fail, the user signs in anew.
    async fn release(&self, grant: &Grant, request_id: &str);
}

/// A transaction that has ended.
#[derive(Debug)]
pub struct Closed {
    /// The `code` for Cognito.
    pub code: SecretString,
    /// `Set-Cookie` values.
    pub cookies: Vec<String>,
}

/// Why a transaction can't be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BeginError {
    /// Cognito's state is too long for this store.
    #[error(
        "Cognito's state is too long for a cookie, which transaction_store browser keeps it in; \
         dynamodb has room for it"
    )]
    TooLong,
    /// There is a transaction of this handle already, which a good random source makes about as
    /// likely as a guessed key.
    #[error("there is a transaction of this handle already")]
    HandleTaken,
    /// Not right now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why a transaction can't be ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseError {
    /// Another request has ended it.
    #[error("used already")]
    Used,
    /// Not right now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why there is nothing to be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// None of this browser, or of this code.
    #[error("none found")]
    Unknown,
    /// Forged, damaged, made for another purpose or deployment, or sealed under a key that is gone.
    #[error("forged, damaged, of another deployment, or sealed under an unknown key")]
    Forged,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// Another request has used it.
    #[error("used already")]
    Used,
    /// Not right now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<OpenError> for FindError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::UnknownKey | OpenError::Forged => Self::Forged,
            OpenError::Expired => Self::Expired,
        }
    }
}

/// The store can't work at the moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// Its secret can't be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The JOSE library failed.
    #[error(transparent)]
    Seal(#[from] protocol::seal::SealError),
    /// The JOSE library refused a key made of random bytes.
    #[error("a random key {0}")]
    Ticket(protocol::seal::SealingKeyError),
    /// The table can't be used, for the reason that AWS gives.
    #[error("DynamoDB: {0}")]
    Table(String),
    /// Nothing unguessable could be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl Unavailable {
    /// The cause as logs name it.
    #[must_use]
    pub fn cause(&self) -> &'static str {
        match self {
            Self::Secret(error) => error.cause(),
            Self::Seal(_) | Self::Ticket(_) => "seal",
            Self::Table(_) => "store_unavailable",
            Self::NoRandomness(_) => "no_randomness",
        }
    }

    /// The OAuth error that says it.
    #[must_use]
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::Secret(error) => error.error_code(),
            Self::Table(_) => ErrorCode::TemporarilyUnavailable,
            Self::Seal(_) | Self::Ticket(_) | Self::NoRandomness(_) => ErrorCode::ServerError,
        }
    }
}
