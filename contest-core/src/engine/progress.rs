//! Use cases: how far a user has come, and what was done day by day.

use crate::calendar::{TimeZone, days_until, today};
use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::{ContestId, ProblemId, UserId};
use crate::model::Epoch;
use crate::progress::{
    Activity, ActivityWindow, DailyActivity, Progress, StreakCounter, Streaks, progress,
};
use crate::store::{ContestSelector, SolvePage, TimeOrder};
use crate::time::Timestamp;
use crate::user::{Solve, SolveKey};

/// How many days are counted at a time.
const DAYS: u16 = 1_000;

impl Engine {
    /// How far the user has come: solved of total by difficulty and topic, and contests by state, all of
    /// one instant. Counts the current epoch by the catalogue this engine holds.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn progress(&self, user: UserId) -> Result<Progress, Error> {
        self.observe(operation_span!("contest.progress", user = user), async {
            let snapshot = self
                .inner
                .store
                .load_user(user, &ContestSelector::None)
                .await?;
            let record = snapshot.record.as_ref();
            Ok(progress(record, &self.catalogue(), self.time_of(record)))
        })
        .await
    }

    /// The epoch of the user's progress: how often it was [reset](Self::reset_progress), and when
    /// last.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn epoch(&self, user: UserId) -> Result<Epoch, Error> {
        self.observe(operation_span!("contest.epoch", user = user), async {
            let snapshot = self
                .inner
                .store
                .load_user(user, &ContestSelector::None)
                .await?;
            Ok(snapshot
                .record
                .map(|record| record.epoch)
                .unwrap_or_default())
        })
        .await
    }

    /// What the user solved day by day, with lifetime streaks in the zone of the window: over all epochs,
    /// whatever became of the problems since.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn activity(&self, user: UserId, window: &ActivityWindow) -> Result<Activity, Error> {
        self.observe(operation_span!("contest.activity", user = user), async {
            let now = self.user_time(user).await?;
            let window_days = window.days(now);
            let days = async {
                let counts = self
                    .inner
                    .store
                    .count_solves(user, &window_days.bounds)
                    .await?;
                Ok(daily(&window_days.days, counts.items).collect())
            };
            let streaks = self.streaks_at(user, window.zone(), now);
            let (days, streaks) = futures::try_join!(days, streaks)?;
            Ok(Activity { days, streaks })
        })
        .await
    }

    /// The user's streaks, over everything the user did, with days as the clocks of `zone` show them. The
    /// cost grows with the time since the first solve.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn streaks(&self, user: UserId, zone: &TimeZone) -> Result<Streaks, Error> {
        self.observe(operation_span!("contest.streaks", user = user), async {
            let now = self.user_time(user).await?;
            self.streaks_at(user, zone, now).await
        })
        .await
    }

    /// The time of a read about a user.
    pub(super) async fn user_time(&self, user: UserId) -> Result<Timestamp, Error> {
        let snapshot = self
            .inner
            .store
            .load_user(user, &ContestSelector::None)
            .await?;
        Ok(self.time_of(snapshot.record.as_ref()))
    }

    /// Counts a thousand days at a time, from each first solve that was not counted yet.
    async fn streaks_at(
        &self,
        user: UserId,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<Streaks, Error> {
        let Some(today) = today(zone, now) else {
            return Ok(Streaks::default());
        };
        let (mut counter, mut after) = (StreakCounter::new(today), None);
        loop {
            let page = SolvePage {
                order: TimeOrder::OldestFirst,
                after,
                limit: 1,
            };
            let first = self.inner.store.list_solves(user, page).await?.items;
            let first = first
                .first()
                .and_then(|solve: &Solve| crate::calendar::today(zone, solve.at));
            let Some(first) = first else { break };
            let Some(days) = days_until(zone, first.plus(DAYS - 1), DAYS) else {
                break;
            };
            let counts = self.inner.store.count_solves(user, &days.bounds).await?;
            counter.skip_to(first);
            daily(&days.days, counts.items).for_each(|daily| counter.note(daily));
            after = days.bounds.last().map(|end| before(*end));
        }
        Ok(counter.finish())
    }
}

fn daily(days: &[crate::calendar::Day], counts: Vec<u64>) -> impl Iterator<Item = DailyActivity> {
    days.iter()
        .zip(counts)
        .map(|(day, solved)| DailyActivity { day: *day, solved })
}

/// The greatest key of a solve before an instant.
fn before(end: Timestamp) -> SolveKey {
    let greatest = uuid::Uuid::max();
    SolveKey {
        at: Timestamp::from_micros(end.as_micros().saturating_sub(1)),
        problem: ProblemId::from_uuid(greatest),
        contest: Some(ContestId::from_uuid(greatest)),
    }
}
