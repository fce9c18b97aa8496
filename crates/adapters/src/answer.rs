//! What a handler answers, together with what an operator shall learn of it.

use protocol::Reply;

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
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It went on as it should.
    Done,
    /// The caller asked for what it can't have.
    Refused,
    /// Something behind the proxy, or the proxy, is broken.
    Failed,
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
            Self::Attack => "attack",
        }
    }
}
