//! How far a rotation got, in a file, so that the next run goes on there. Nothing in it is private.

use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::folder::{FileError, Folder, NewFile};

/// The file's name.
pub const FILE: &str = "rotation.json";

/// What is to be done next. What a step does may have been done in part: each looks before it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Let the IdP know the new public key.
    Publish,
    /// Wait until the IdP accepts the new key.
    Accept,
    /// Put the new private key into Secrets Manager.
    Switch,
    /// See the proxy sign with it.
    Prove,
    /// Keep the old public key published for a while.
    Keep,
    /// Remove the old public key.
    Remove,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 6] =
        [Self::Publish, Self::Accept, Self::Switch, Self::Prove, Self::Keep, Self::Remove];

    /// What it does, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Publish => "publish the new public key beside the old one",
            Self::Accept => "prove that the identity provider accepts the new key",
            Self::Switch => "put the new private key into Secrets Manager",
            Self::Prove => "prove that the deployed proxy signs with it",
            Self::Keep => "keep the old public key published",
            Self::Remove => "remove the old public key",
        }
    }
}

/// A rotation under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// What is to be done next.
    pub step: Step,
    /// The secret whose key is replaced.
    pub signing_key_secret_id: String,
    /// The old public key.
    pub old_public_jwk: Map<String, Value>,
    /// The old version in Secrets Manager.
    pub old_version_id: String,
    /// The new public key.
    pub new_public_jwk: Map<String, Value>,
    /// The version that the new one will have: chosen beforehand, so that putting it twice is once.
    pub new_version_id: String,
    /// Whether the IdP tells a key that it knows from one that it doesn't.
    pub acceptance_can_be_proven: bool,
    /// When caches of the published keys that honour `Cache-Control` have the new key.
    pub caches_expire_at: Option<UnixTime>,
    /// When the new key was put into Secrets Manager.
    pub switched_at: Option<UnixTime>,
}

/// Why there is no state to go on with.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its content.
    #[error(
        "{FILE} is not what this version of the tool wrote; finish with the version that began, or remove it to begin anew"
    )]
    Unreadable,
}

impl State {
    /// The `kid` of the old key.
    #[must_use]
    pub fn old_kid(&self) -> &str {
        kid(&self.old_public_jwk)
    }

    /// The `kid` of the new key.
    #[must_use]
    pub fn new_kid(&self) -> &str {
        kid(&self.new_public_jwk)
    }

    /// Reads the state; `None` if no rotation is under way.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn load(folder: &Folder) -> Result<Option<Self>, StateError> {
        folder.read(FILE)?.map(|text| Self::parse(&text)).transpose()
    }

    /// Reads the state's text.
    ///
    /// # Errors
    /// [`StateError::Unreadable`]
    pub fn parse(text: &str) -> Result<Self, StateError> {
        serde_json::from_str(text).map_err(|_| StateError::Unreadable)
    }

    /// Writes the state.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn save(&self, folder: &Folder) -> Result<(), StateError> {
        let json = serde_json::to_vec_pretty(self).map_err(|_| StateError::Unreadable)?;
        Ok(folder.write(&[NewFile { name: FILE, content: &json, private: false }], true)?)
    }
}

fn kid(jwk: &Map<String, Value>) -> &str {
    jwk.get("kid").and_then(Value::as_str).unwrap_or_default()
}
