//! Use case: give a contest extra time.

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error, LimitExceeded};
use crate::id::{ContestId, UserId};
use crate::model::{Contest, ContestRecord};
use crate::store::ExtendError;
use crate::time::Timestamp;

impl Engine {
    /// Moves the deadline of an active contest to a later one: extra time that the host grants. It
    /// is not for users to call.
    ///
    /// The deadline is an instant and not a length of time, so that a call can be repeated: the same
    /// deadline changes nothing.
    ///
    /// ```
    /// use std::time::Duration;
    /// use contest_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine = Engine::builder(MemoryStore::with_catalogue(Catalogue::neetcode150()))
    ///     .build()
    ///     .await?;
    /// let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    /// let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?);
    /// let contest = engine.create_contest(user, &request).await?;
    /// let later = contest.deadline + Duration::from_mins(15);
    /// let contest = engine.extend_contest(user, contest.id, later).await?;
    /// assert_eq!(contest.duration(), Duration::from_mins(75));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// - [`Error::ContestNotFound`].
    /// - [`Error::LimitExceeded`] when the contest would last longer than
    ///   [`Limits::extended_minutes`](crate::engine::Limits::extended_minutes) from its start.
    /// - [`Error::ContestNotAccepting`] when it has ended, from its deadline on as expired.
    /// - [`Error::EarlierDeadline`] when it already ends later.
    /// - [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The deadline is moved or it is not; the call can be repeated.
    pub async fn extend_contest(
        &self,
        user: UserId,
        contest: ContestId,
        deadline: Timestamp,
    ) -> Result<Contest, Error> {
        let span = operation_span!("contest.extend", user = user, contest = contest);
        self.observe(span, async {
            let now = self.inner.clock.now();
            // When it began never changes, so looking first is no race.
            let found = self.inner.store.find_contest(user, contest).await?;
            let found = found.ok_or(Error::ContestNotFound { contest })?;
            self.check_length(&found, deadline)?;
            let extended = self
                .inner
                .store
                .extend_contest(user, contest, deadline, now)
                .await;
            match extended {
                Ok(record) => self.view(record, now).await,
                Err(ExtendError::ContestNotFound) => Err(Error::ContestNotFound { contest }),
                Err(ExtendError::NotAccepting(reason)) => {
                    Err(Error::ContestNotAccepting { contest, reason })
                }
                Err(ExtendError::EarlierDeadline { deadline }) => {
                    Err(Error::EarlierDeadline { contest, deadline })
                }
                Err(ExtendError::Store(error)) => Err(error.into()),
            }
        })
        .await
    }

    /// Checks how long a contest would last until `deadline`.
    fn check_length(&self, contest: &ContestRecord, deadline: Timestamp) -> Result<(), Error> {
        const MINUTE: u128 = 60_000_000;
        let length = deadline.saturating_since(contest.started_at);
        // Rounded up, so that a part of a minute too many is too many.
        let minutes = usize::try_from(length.as_micros().div_ceil(MINUTE)).unwrap_or(usize::MAX);
        let most = usize::from(self.inner.limits.extended_minutes);
        Ok(LimitExceeded::check("extended_minutes", minutes, 0..=most)?)
    }
}
