//! What a handler answers, together with what an operator shall learn of it.

use std::time::Duration;

use protocol::Reply;
use protocol::transaction::SignInId;

/// An answer, and what the log shall say of it.
#[derive(Debug)]
pub struct Answer {
    /// What the caller gets.
    pub reply: Reply,
    /// What became of the request.
    pub outcome: Outcome,
    /// The cause, as a fixed word.
    pub cause: &'static str,
    /// What an operator needs to know beside it: a setting, a status, an error code. Never
    /// anything that a caller sent.
    pub detail: Option<String>,
    /// The sign-in that the request belongs to, once that is certain.
    pub sign_in_id: Option<SignInId>,
    /// How long the IdP took, if it was asked.
    pub idp_latency: Option<Duration>,
    /// How long ago the signing key was put into its secret, if it was used.
    pub signing_key_age: Option<Duration>,
}

impl Answer {
    /// An answer of which no more is known.
    #[must_use]
    pub fn new(reply: Reply, outcome: Outcome, cause: &'static str) -> Self {
        Self {
            reply,
            outcome,
            cause,
            detail: None,
            sign_in_id: None,
            idp_latency: None,
            signing_key_age: None,
        }
    }

    /// The same with a detail.
    #[must_use]
    pub fn detailed(self, detail: String) -> Self {
        Self { detail: Some(detail), ..self }
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It went on as it should.
    Done,
    /// The caller asked for what it can't have.
    Refused,
    /// The proxy, its secrets or AWS can't do their part.
    Failed,
    /// The IdP can't be reached, or doesn't do its part.
    IdpFailed,
    /// A sign of an attack on a user.
    Attack,
}

impl Outcome {
    /// The word in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::IdpFailed => "idp_failed",
            Self::Attack => "attack",
        }
    }
}
