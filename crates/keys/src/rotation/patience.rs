//! Waiting for somebody else: ask again after a while, and give up at a limit.

use std::time::Duration;

use protocol::time::UnixTime;
use tokio::time::{Instant, sleep};

use crate::certificate;

/// How often to ask, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Between two questions.
    pub interval: Duration,
    /// From the first to the last one.
    pub limit: Duration,
}

/// What a question brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress<T> {
    /// What was waited for.
    Done(T),
    /// Not yet, because of this.
    NotYet(String),
}

impl Patience {
    /// Asks until it is done. `Err` of the result is the last reason why it wasn't.
    ///
    /// # Errors
    /// The question's own, which no waiting mends.
    pub async fn until<T, E>(
        self,
        mut ask: impl AsyncFnMut() -> Result<Progress<T>, E>,
    ) -> Result<Result<T, String>, E> {
        let started = Instant::now();
        let mut told = String::new();
        loop {
            match ask().await? {
                Progress::Done(value) => return Ok(Ok(value)),
                Progress::NotYet(reason) if started.elapsed() + self.interval > self.limit => {
                    return Ok(Err(reason));
                }
                Progress::NotYet(reason) => {
                    if reason != told {
                        println!("      waiting: {reason}");
                        told = reason;
                    }
                }
            }
            sleep(self.interval).await;
        }
    }
}

/// Counts answers that came one after the other.
#[derive(Debug, Default)]
pub struct InARow(usize);

impl InARow {
    /// How often an answer must come to be believed: one may be of the one server that knows already.
    pub const TIMES: usize = 3;

    /// Takes the next answer into account.
    pub fn count(&mut self, progress: Progress<()>) -> Progress<()> {
        match progress {
            Progress::Done(()) if self.0 + 1 >= Self::TIMES => Progress::Done(()),
            Progress::Done(()) => {
                self.0 += 1;
                Progress::NotYet("yes; asked again to be sure".to_owned())
            }
            not_yet @ Progress::NotYet(_) => {
                self.0 = 0;
                not_yet
            }
        }
    }
}

/// A time for people.
#[must_use]
pub fn readable(time: UnixTime) -> String {
    certificate::time(time).map_or_else(|_| format!("{} seconds since 1970", time.0), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_once_it_came_three_times_in_a_row() {
        let mut in_a_row = InARow::default();
        let mut is_done = |yes: bool| {
            let answer = if yes { Progress::Done(()) } else { Progress::NotYet("no".to_owned()) };
            in_a_row.count(answer) == Progress::Done(())
        };
        let answers = [true, true, false, true, true, true].map(&mut is_done);
        assert_eq!(answers, [false, false, false, false, false, true]);
    }
}
