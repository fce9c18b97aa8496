//! The steps after the switch: prove, keep, remove. Each looks at how things are before it changes
//! them, so that it can be taken again after it was interrupted anywhere.

use adapters::system;
use protocol::signing_key::SigningKey;

use super::idp::Verdict;
use super::patience::{InARow, Progress, readable};
use super::procedure::{End, NEXT, Next, Rotation, Stopped, check_local_key};
use super::proxy::Proxy;
use super::published;
use super::state::State;
use crate::folder::Folder;
use crate::key_pair::{CERTIFICATE, PRIVATE_KEY, PUBLIC_KEY, PUBLIC_KEY_PEM};

impl Rotation<'_> {
    pub(super) async fn prove(&self, folder: &Folder, state: &mut State) -> Next {
        let end = self.see_proxy_sign(state).await?;
        if end.is_some() {
            return Ok(end);
        }
        if folder.has(&format!("{NEXT}{PRIVATE_KEY}")) {
            check_local_key(folder, &state.old_public_jwk)?;
        }
        for name in [PRIVATE_KEY, PUBLIC_KEY, PUBLIC_KEY_PEM, CERTIFICATE] {
            folder.rename(&format!("{NEXT}{name}"), name)?;
        }
        if !state.new_public_jwk.contains_key("x5c") {
            folder.remove(CERTIFICATE)?; // the old key's
        }
        Ok(None)
    }

    /// The choice counts anew in each run: a key that turns out to have leaked has to go at once.
    pub(super) fn keep(&self, state: &State) -> Option<End> {
        let until = state.switched_at.unwrap_or_else(system::now).after(self.options.keep_old);
        (system::now() < until).then(|| {
            End::Later(format!(
                "The new key {} is in use. Caches may still want the old public key {}: run this again \
                 after {} to have it removed.",
                state.new_kid(),
                state.old_kid(),
                readable(until)
            ))
        })
    }

    pub(super) async fn remove(&self, state: &State) -> Next {
        // By now no instance can have the old key, or it was told to go at once.
        if let Some(end) = self.see_proxy_sign(state).await? {
            return Ok(Some(end));
        }
        let old = state.old_kid();
        let Some(secret_id) = &self.settings.jwks_secret_id else {
            println!(
                "      remove the key {old} at the identity provider, and leave {} there",
                state.new_kid()
            );
            return self.until_old_is_refused(state).await;
        };
        published::change(self.secrets, secret_id, &[], &[old]).await?;
        Ok(Some(match self.until_published(|seen| !seen.set.has(old)).await? {
            Ok(_) => End::Complete,
            Err(reason) => End::Waiting(reason),
        }))
    }

    /// What can be seen from outside that shows which key the deployed proxy signs with.
    async fn see_proxy_sign(&self, state: &State) -> Next {
        self.check_not_rolled_back(state).await?;
        let switched_at = state.switched_at.unwrap_or_else(system::now);
        let (Some(url), Some(secret_id)) =
            (&self.settings.proxy_url, &self.settings.cognito_client_secret_id)
        else {
            println!(
                "      not seen, since PROXY_URL or COGNITO_CLIENT_SECRET_ID is not set: Secrets Manager hands \
                 the new key out, and every running instance asks for it within SECRETS_MAX_AGE_SECONDS ({} s)",
                self.settings.secrets_max_age.as_secs()
            );
            return self
                .until_time(
                    switched_at.after(self.settings.secrets_max_age),
                    "every instance to ask for the key",
                )
                .await;
        };
        let client_secret =
            self.secrets.version(secret_id, None).await?.ok_or("COGNITO_CLIENT_SECRET_ID has no value")?;
        let proxy =
            Proxy { http: &self.http, settings: self.settings, url, client_secret: &client_secret.text };
        let mut in_a_row = InARow::default();
        let seen = self
            .options
            .patience
            .until(async || {
                let answer = match proxy.signed_by().await {
                    Ok(kid) if kid == state.new_kid() => Progress::Done(()),
                    Ok(kid) if kid == state.old_kid() => {
                        Progress::NotYet("the proxy still signs with the old key, which is fine".to_owned())
                    }
                    Ok(kid) => Progress::NotYet(format!("the proxy signs with {kid}, which is neither key")),
                    Err(reason) => Progress::NotYet(reason),
                };
                Ok::<_, Stopped>(in_a_row.count(answer))
            })
            .await?;
        Ok(match seen {
            Ok(()) => {
                println!(
                    "      seen {} times in a row: the proxy signs with {}, and the identity provider accepts \
                     it; instances that did not answer follow within {} s of the switch",
                    InARow::TIMES,
                    state.new_kid(),
                    self.settings.secrets_max_age.as_secs()
                );
                None
            }
            Err(reason) => Some(End::Waiting(reason)),
        })
    }

    /// Whoever put the old key back must not lose its public half.
    async fn check_not_rolled_back(&self, state: &State) -> Result<(), Stopped> {
        let secret_id = &self.settings.signing_key_secret_id;
        let current = self.secrets.version(secret_id, None).await?;
        let current = current.ok_or_else(|| format!("{secret_id} has no value any more"))?;
        let key = SigningKey::parse(&current.text, &self.settings.selection)
            .map_err(|error| format!("{secret_id} {error}"))?;
        if key.kid() == state.new_kid() {
            return Ok(());
        }
        Err(format!(
            "{secret_id} holds the key {} and not {}, which this rotation put there: nothing is removed; \
             remove {} to begin anew",
            key.kid(),
            state.new_kid(),
            super::state::FILE
        )
        .into())
    }

    async fn until_old_is_refused(&self, state: &State) -> Next {
        let secret_id = &self.settings.signing_key_secret_id;
        // Secrets Manager drops versions without a label some day; then the operator's word must do.
        let old = self.secrets.version(secret_id, Some(&state.old_version_id)).await?;
        let Some(old) = old.filter(|_| state.acceptance_can_be_proven) else {
            println!("      whether the identity provider forgot it can't be seen");
            return Ok(Some(End::Complete));
        };
        let key = SigningKey::parse(&old.text, &self.settings.selection);
        let key = key.map_err(|error| format!("the old version of {secret_id} {error}"))?;
        let refused = self
            .options
            .patience
            .until(async || match self.ask_idp(&key).await? {
                Verdict::Refused => Ok::<_, Stopped>(Progress::Done(())),
                Verdict::Accepted => {
                    Ok(Progress::NotYet("the identity provider still accepts the old key".to_owned()))
                }
                Verdict::Unclear(words) => Ok(Progress::NotYet(words)),
            })
            .await?;
        Ok(Some(match refused {
            Ok(()) => End::Complete,
            Err(reason) => End::Waiting(reason),
        }))
    }
}
