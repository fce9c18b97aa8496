//! The procedure: begins a rotation or goes on with one, step by step, each of them remembered before
//! the next. Whatever fails, the key that the proxy signs with is one that the IdP knows.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use adapters::{https, system};
use protocol::ExposeSecret as _;
use protocol::signing_key::{Algorithm, SigningKey};
use serde_json::{Map, Value};
use token::idp_client::IdpClient;

use super::idp::{self, Verdict};
use super::patience::Patience;
use super::random::version_id;
use super::secrets::{Secrets, Version};
use super::settings::Settings;
use super::state::{State, Step};
use crate::certificate;
use crate::folder::Folder;
use crate::generate::generate;
use crate::key_pair::{KeyPair, Naming, PRIVATE_KEY};
use crate::private_jwk::PrivateJwk;
use crate::read_key::{self, ReadKeyError};

/// Whatever stopped a rotation, in words for the operator.
pub type Stopped = Box<dyn Error>;

/// What a step comes to: the next one, or an end for now.
pub type Next = Result<Option<End>, Stopped>;

/// What the files of the next key begin with, until it is the current one.
pub const NEXT: &str = "next_";

/// The choices of the operator.
#[derive(Debug)]
pub struct Options {
    /// Another algorithm than the old key's.
    pub algorithm: Option<Algorithm>,
    /// The size of an RSA key.
    pub rsa_bits: u32,
    /// The `kid`, instead of the thumbprint.
    pub kid: Option<String>,
    /// Whether the new key gets a certificate even if the old one has none.
    pub certificate: bool,
    /// How many days that is valid.
    pub certificate_days: u32,
    /// In which form the IdP takes a key.
    pub register: Register,
    /// How long to wait for others.
    pub patience: Patience,
    /// How long to keep the old public key.
    pub keep_old: Duration,
    /// Go on where the IdP's answers prove nothing.
    pub unproven: bool,
}

/// In which form the IdP takes a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Register {
    /// The public key as a JWK.
    Jwk,
    /// The old and the new public key as a JWK Set.
    Jwks,
    /// The public key as PEM.
    Pem,
    /// A certificate.
    Certificate,
}

/// Where a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The rotation is complete.
    Complete,
    /// Nothing is to be done for now.
    Later(String),
    /// Somebody else must act, or takes long.
    Waiting(String),
}

/// A rotation and its parties.
pub struct Rotation<'a> {
    pub(super) settings: &'a Settings,
    pub(super) options: &'a Options,
    pub(super) secrets: &'a Secrets,
    pub(super) http: reqwest::Client,
    pub(super) idp: IdpClient,
}

impl<'a> Rotation<'a> {
    /// Prepares the clients. Nothing is sent yet.
    ///
    /// # Errors
    /// If `SSL_CERT_FILE` can't be used.
    pub fn new(settings: &'a Settings, options: &'a Options, secrets: &'a Secrets) -> Result<Self, Stopped> {
        let http = https::client(settings.idp_connect_timeout, &system::environment)?;
        let idp = IdpClient::new(http.clone(), settings.idp_token_endpoint.clone(), settings.idp_timeout);
        Ok(Self { settings, options, secrets, http, idp })
    }

    /// Goes as far as it can.
    ///
    /// # Errors
    /// What stopped it; the next run goes on there.
    pub async fn run(&self, folder: &Folder) -> Result<End, Stopped> {
        let mut state = match State::load(folder)? {
            Some(state) => self.resume(state)?,
            None => self.begin(folder).await?,
        };
        loop {
            let step = state.step;
            println!("{}/{}  {}", step as usize + 1, Step::ALL.len(), step.words());
            let end = match step {
                Step::Publish => self.publish(&mut state).await?,
                Step::Accept => self.accept(folder, &mut state).await?,
                Step::Switch => self.switch(folder, &mut state).await?,
                Step::Prove => self.prove(folder, &mut state).await?,
                Step::Keep => self.keep(&state),
                Step::Remove => self.remove(&state).await?,
            };
            if let Some(end) = end {
                if end == End::Complete {
                    folder.remove(super::state::FILE)?;
                }
                return Ok(end);
            }
            if let Some(next) = Step::ALL.get(step as usize + 1) {
                state.step = *next;
                state.save(folder)?;
            }
        }
    }

    /// Looks at the current key and the URL, changes nothing, and says what a run would do.
    ///
    /// # Errors
    /// What a run would stumble over right away.
    pub async fn rehearse(&self, folder: &Path) -> Result<(), Stopped> {
        let file = folder.join(super::state::FILE);
        let state = match std::fs::symlink_metadata(&file) {
            Ok(_) => Some(State::parse(&crate::folder::read(&file)?.text)?),
            Err(_) => None,
        };
        let first = if let Some(state) = &state {
            println!("A rotation from {} to {} is under way.", state.old_kid(), state.new_kid());
            state.step
        } else {
            let (_, old) = self.current().await?;
            println!("The identity provider accepts the current key {}.", old.kid());
            if let Some(url) = &self.settings.jwks_url {
                let seen = super::published::fetch(&self.http, url).await?;
                println!("{} publishes {} keys.", url.as_str(), seen.set.keys().len());
            }
            println!("A run would make a new key, and then:");
            Step::Publish
        };
        for step in Step::ALL.into_iter().filter(|step| *step >= first) {
            println!("{}/{}  {}", step as usize + 1, Step::ALL.len(), step.words());
        }
        println!("Nothing was changed.");
        Ok(())
    }

    fn resume(&self, state: State) -> Result<State, Stopped> {
        if state.signing_key_secret_id != self.settings.signing_key_secret_id {
            return Err("the rotation that is under way in this folder is of another secret; \
                        choose another folder (--out)"
                .into());
        }
        if state.caches_expire_at.is_some() && self.settings.jwks_secret_id.is_none() {
            return Err("the rotation that is under way published its keys at the JWKS URL; \
                        run it with --jwks-secret-id"
                .into());
        }
        println!("Goes on with the rotation from {} to {}.", state.old_kid(), state.new_kid());
        Ok(state)
    }

    /// Makes the next key. Nobody knows of it yet.
    async fn begin(&self, folder: &Folder) -> Result<State, Stopped> {
        let (version, old) = self.current().await?;
        check_local_key(folder, old.public())?;
        let pair = self.next_pair(&old)?;
        let acceptance_can_be_proven = match self.ask_idp(&self.signing_key(&pair)?).await? {
            Verdict::Refused => true,
            Verdict::Accepted => false,
            Verdict::Unclear(words) => {
                return Err(format!("the identity provider can't be asked: {words}").into());
            }
        };
        let pem = pair.public_pem()?;
        let certificate = pair.certificate_pem()?;
        pair.write(folder, NEXT, Some(&pem), certificate.as_deref(), true)?;
        let state = State {
            step: Step::Publish,
            signing_key_secret_id: self.settings.signing_key_secret_id.clone(),
            old_public_jwk: old.public().clone(),
            old_version_id: version.id,
            new_public_jwk: pair.public().clone(),
            new_version_id: version_id()?,
            acceptance_can_be_proven,
            caches_expire_at: None,
            switched_at: None,
        };
        state.save(folder)?;
        println!("Made the key {}, to replace {}.", state.new_kid(), state.old_kid());
        Ok(state)
    }

    /// The key in Secrets Manager, which the IdP must accept: whatever is wrong with the settings
    /// shows here, before anything changes.
    async fn current(&self) -> Result<(Version, KeyPair), Stopped> {
        let secret_id = &self.settings.signing_key_secret_id;
        let version = self.secrets.version(secret_id, None).await?.ok_or_else(|| {
            format!(
                "{secret_id}: there is no such secret, or no key in it; ./scripts/keygen makes the first one"
            )
        })?;
        let text = version.text.expose_secret();
        let key = SigningKey::parse(&version.text, &self.settings.selection)
            .map_err(|error| format!("{secret_id} {error}"))?;
        let pair = read_key::private_key(text, None, || Err("it is in Secrets Manager")).map_err(
            |error| match error {
                ReadKeyError::Several(_) => format!(
                    "{secret_id} holds several private keys, and a rotation would replace them all: put the \
                     signing key alone there first"
                ),
                error => format!("{secret_id} {error}"),
            },
        )?;
        let naming = Naming { algorithm: Some(key.algorithm()), kid: None };
        let pair = KeyPair::complete(pair, &naming).map_err(|error| format!("{secret_id} {error}"))?;
        match self.ask_idp(&key).await? {
            Verdict::Accepted => Ok((version, pair)),
            Verdict::Refused => Err(format!(
                "the identity provider refuses the current key {} (invalid_client), so nothing can be \
                 proven; are IDP_CLIENT_ID and the CLIENT_ASSERTION settings those of the deployment?",
                key.kid()
            )
            .into()),
            Verdict::Unclear(words) => Err(format!("the identity provider can't be asked: {words}").into()),
        }
    }

    fn next_pair(&self, old: &KeyPair) -> Result<KeyPair, Stopped> {
        let used = old.private().text("alg").and_then(Algorithm::parse);
        let algorithm = self.options.algorithm.or(used).ok_or("the old key has no alg; --alg chooses one")?;
        let naming = Naming { algorithm: Some(algorithm), kid: self.options.kid.clone() };
        let key = generate(algorithm, self.options.rsa_bits)?;
        let mut pair = KeyPair::complete(PrivateJwk::from_pkey(&key)?, &naming)?;
        if pair.kid() == old.kid() {
            return Err("the new key must not be called like the old one (--kid)".into());
        }
        let wanted = self.options.certificate || self.options.register == Register::Certificate;
        if wanted || old.public().contains_key("x5c") {
            let days = self.options.certificate_days;
            pair.attach(&[certificate::self_signed(pair.key(), pair.kid(), days, system::now())?])?;
        }
        Ok(pair)
    }

    pub(super) fn signing_key(&self, pair: &KeyPair) -> Result<SigningKey, Stopped> {
        let key = SigningKey::parse(&pair.private().to_secret(), &self.settings.selection);
        Ok(key.map_err(|error| format!("the new key {error}"))?)
    }

    pub(super) async fn ask_idp(&self, key: &SigningKey) -> Result<Verdict, Stopped> {
        Ok(idp::ask(&self.idp, self.settings, key).await?)
    }
}

/// The file that the new key takes the place of must be the old key, which Secrets Manager has.
pub(super) fn check_local_key(folder: &Folder, old: &Map<String, Value>) -> Result<(), Stopped> {
    let Some(text) = folder.read(PRIVATE_KEY)? else {
        return Ok(());
    };
    let path = folder.path(PRIVATE_KEY);
    let key = read_key::private_key(&text, None, || Err("move it away first"))
        .map_err(|error| format!("{} {error}; move it away first", path.display()))?;
    let same = ["n", "x", "y"].iter().all(|name| key.text(name) == old.get(*name).and_then(Value::as_str));
    if same {
        return Ok(());
    }
    Err(format!("{} is not the key that is replaced, and would be lost; move it away first", path.display())
        .into())
}
