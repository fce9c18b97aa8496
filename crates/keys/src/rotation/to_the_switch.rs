//! The steps up to the switch: publish, accept, switch. Each looks at how things are before it changes
//! them, so that it can be taken again after it was interrupted anywhere.

use adapters::system;
use protocol::signing_key::SigningKey;

use super::idp::Verdict;
use super::patience::{InARow, Progress};
use super::procedure::{End, NEXT, Next, Register, Rotation, Stopped};
use super::published;
use super::state::{State, Step};
use crate::folder::{self, Folder};
use crate::key_pair::{CERTIFICATE, KeyPair, Naming, PRIVATE_KEY, PUBLIC_KEY_PEM, public_json};
use crate::read_key;

impl Rotation<'_> {
    pub(super) async fn publish(&self, state: &mut State) -> Next {
        let Some(secret_id) = &self.settings.jwks_secret_id else {
            return Ok(None); // a person has to do it, and is told while it is waited for
        };
        let keys = [state.old_public_jwk.clone(), state.new_public_jwk.clone()];
        published::change(self.secrets, secret_id, &keys, &[]).await?;
        let kids = [state.old_kid(), state.new_kid()];
        match self.until_published(|seen| kids.iter().all(|kid| seen.set.has(kid))).await? {
            Ok(max_age) => {
                // Other instances behind the URL may hand out the set from before until they read the
                // secret anew, and each answer may be kept for `max_age` from then on.
                let last_old_answer = system::now().after(self.settings.secrets_max_age);
                state.caches_expire_at = Some(last_old_answer.after(max_age));
                Ok(None)
            }
            Err(reason) => Ok(Some(End::Waiting(reason))),
        }
    }

    pub(super) async fn accept(&self, folder: &Folder, state: &mut State) -> Next {
        if self.settings.jwks_secret_id.is_some() && state.caches_expire_at.is_none() {
            // The run that came to the publishing wasn't told of the URL.
            if let Some(end) = self.publish(state).await? {
                return Ok(Some(end));
            }
            state.save(folder)?;
        }
        if self.settings.jwks_secret_id.is_none() {
            self.show_what_to_register(folder, state)?;
        }
        if !state.acceptance_can_be_proven && !self.options.unproven {
            return Ok(Some(End::Waiting(
                "this identity provider answers invalid_grant even to a key that it can't know, so its \
                 answers prove nothing: make sure yourself that it has the new key, then run again with \
                 --unproven"
                    .to_owned(),
            )));
        }
        let key = self.signing_key(&read_pair(folder, state)?)?;
        let mut in_a_row = InARow::default();
        let accepted = self
            .options
            .patience
            .until(async || {
                let answer = match self.ask_idp(&key).await? {
                    Verdict::Accepted => Progress::Done(()),
                    Verdict::Refused => {
                        Progress::NotYet("the identity provider doesn't know the new key yet".to_owned())
                    }
                    Verdict::Unclear(words) => Progress::NotYet(words),
                };
                Ok::<_, Stopped>(in_a_row.count(answer))
            })
            .await?;
        if let Err(reason) = accepted {
            return Ok(Some(End::Waiting(reason)));
        }
        // Other servers of the IdP may still have the old set, for as long as they were allowed to.
        match state.caches_expire_at {
            Some(time) => self.until_time(time, "caches of the published keys to run out").await,
            None => Ok(None),
        }
    }

    pub(super) async fn switch(&self, folder: &Folder, state: &mut State) -> Next {
        let secret_id = &self.settings.signing_key_secret_id;
        let current = self.secrets.version(secret_id, None).await?.map(|version| version.id);
        if current.as_ref() != Some(&state.new_version_id) {
            if current.as_ref() != Some(&state.old_version_id) {
                return Err(format!(
                    "{secret_id} was changed by somebody else since the rotation began; remove {} to \
                     begin anew",
                    super::state::FILE
                )
                .into());
            }
            let pair = read_pair(folder, state)?;
            // Days may lie between the proof and this run.
            if state.acceptance_can_be_proven
                && self.ask_idp(&self.signing_key(&pair)?).await? != Verdict::Accepted
            {
                state.step = Step::Publish;
                state.save(folder)?;
                return Ok(Some(End::Waiting(
                    "the identity provider accepted the new key before, and doesn't now".to_owned(),
                )));
            }
            self.secrets.put(secret_id, &state.new_version_id, &pair.private().to_json()).await?;
        }
        let read = self
            .secrets
            .version(secret_id, None)
            .await?
            .ok_or("the secret is empty after the new key was put")?;
        let key = SigningKey::parse(&read.text, &self.settings.selection)
            .map_err(|error| format!("{secret_id} {error}"))?;
        if read.id != state.new_version_id || key.kid() != state.new_kid() {
            return Err(format!("{secret_id} doesn't hold the new key after it was put").into());
        }
        state.switched_at.get_or_insert_with(system::now);
        Ok(None)
    }

    fn show_what_to_register(&self, folder: &Folder, state: &State) -> Result<(), Stopped> {
        let file = |name: &str| folder.read(&format!("{NEXT}{name}"));
        let (what, text) = match self.options.register {
            Register::Jwk => ("this JWK", public_json(&state.new_public_jwk)),
            Register::Jwks => {
                let keys = vec![state.old_public_jwk.clone(), state.new_public_jwk.clone()];
                ("this JWK Set", format!("{}\n", protocol::jwks::PublicJwkSet::from_keys(keys)?.to_json()))
            }
            Register::Pem => {
                ("this public key", file(PUBLIC_KEY_PEM)?.map(|text| text.to_string()).unwrap_or_default())
            }
            Register::Certificate => {
                let text = file(CERTIFICATE)?.map(|text| text.to_string());
                ("this certificate", text.ok_or("the new key has no certificate, since the rotation began without --register certificate")?)
            }
        };
        println!(
            "      register {what} at the identity provider, beside the old key {}:\n\n{text}",
            state.old_kid()
        );
        Ok(())
    }
}

/// The new pair, from its file: `next_` before it is the current one.
fn read_pair(folder: &Folder, state: &State) -> Result<KeyPair, Stopped> {
    let name = format!("{NEXT}{PRIVATE_KEY}");
    let path = folder.path(&name);
    if !folder.has(&name) {
        return Err(format!("{} is gone; remove {} to begin anew", path.display(), super::state::FILE).into());
    }
    folder.check_place(&name, true)?;
    let text = folder::read_private(&path)?;
    let key = read_key::private_key(&text, None, || Err("it was not when it was made"))
        .map_err(|error| format!("{} {error}", path.display()))?;
    let pair =
        KeyPair::complete(key, &Naming::default()).map_err(|error| format!("{} {error}", path.display()))?;
    if pair.public() == &state.new_public_jwk {
        Ok(pair)
    } else {
        Err(format!("{} is not the key that the rotation began with", path.display()).into())
    }
}
