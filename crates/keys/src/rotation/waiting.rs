//! What both halves of a rotation wait for: the published keys, and the clock.

use std::time::Duration;

use adapters::system;
use protocol::time::UnixTime;

use super::patience::{Progress, readable};
use super::procedure::{End, Next, Rotation, Stopped};
use super::published;

impl Rotation<'_> {
    pub(super) async fn until_published(
        &self,
        right: impl Fn(&published::Seen) -> bool,
    ) -> Result<Result<Duration, String>, Stopped> {
        let url = self.settings.jwks_url.as_ref().ok_or("JWKS_URL is missing")?;
        self.options
            .patience
            .until(async || {
                Ok(match published::fetch(&self.http, url).await {
                    Ok(seen) if right(&seen) => Progress::Done(seen.max_age),
                    Ok(_) => Progress::NotYet(format!("{} still shows the keys from before", url.as_str())),
                    Err(reason) => Progress::NotYet(reason),
                })
            })
            .await
    }

    pub(super) async fn until_time(&self, time: UnixTime, what: &str) -> Next {
        let reached = async || {
            Ok::<_, Stopped>(if system::now() >= time {
                Progress::Done(())
            } else {
                Progress::NotYet(format!("for {what}, until {}", readable(time)))
            })
        };
        Ok(self.options.patience.until(reached).await?.err().map(End::Waiting))
    }
}
