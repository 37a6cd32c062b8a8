//! Use cases: a user's progress and daily activity.

use crate::calendar::{TimeZone, days_between, today};
use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::{ContestId, ProblemId, UserId};
use crate::model::{Epoch, EventNumber};
use crate::progress::{
    Activity, ActivityWindow, DailyActivity, Progress, StreakCounter, Streaks, progress,
};
use crate::store::{AttemptPage, ContestSelector, TimeOrder};
use crate::time::Timestamp;
use crate::user::{AttemptKey, AttemptRecord};

/// How many days are counted per call of the store.
const DAYS: u16 = 1_000;

impl Engine {
    /// The user's progress: solved of total by difficulty and topic, and contests by state, all as of
    /// one instant. Counts the current epoch, by the catalogue this engine holds.
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

    /// The epoch of the user's progress: how often it was [reset](Self::reset_progress), and when last.
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

    /// The number of the user's latest event, kept in a log of events or not; 0 before the first.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn last_event(&self, user: UserId) -> Result<EventNumber, Error> {
        self.observe(operation_span!("contest.last_event", user = user), async {
            let snapshot = self
                .inner
                .store
                .load_user(user, &ContestSelector::None)
                .await?;
            let record = snapshot.record;
            Ok(record.map_or(EventNumber(0), |record| record.last_event))
        })
        .await
    }

    /// Solves per day, with lifetime streaks in the zone of the window. Covers all epochs; a problem
    /// retired since then still counts.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn activity(&self, user: UserId, window: &ActivityWindow) -> Result<Activity, Error> {
        self.observe(operation_span!("contest.activity", user = user), async {
            let (now, first) = self.beginning(user).await?;
            let nothing = |day| DailyActivity { day, solved: 0 };
            let mut days: Vec<_> = window.days(now).days.into_iter().map(nothing).collect();
            let note = |daily: DailyActivity| {
                let place = days.binary_search_by_key(&daily.day, |of| of.day);
                if let Some(of) = place.ok().and_then(|place| days.get_mut(place)) {
                    *of = daily;
                }
            };
            let zone = window.zone();
            let streaks = self.walk_days(user, zone, now, first, note).await?;
            Ok(Activity { days, streaks })
        })
        .await
    }

    /// The user's streaks over all solves, with days as the clocks of `zone` show them. The cost grows
    /// with the time since the first solve.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn streaks(&self, user: UserId, zone: &TimeZone) -> Result<Streaks, Error> {
        self.observe(operation_span!("contest.streaks", user = user), async {
            let (now, first) = self.beginning(user).await?;
            self.walk_days(user, zone, now, first, drop).await
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

    /// The time of a read about a user, and the user's first solve.
    async fn beginning(&self, user: UserId) -> Result<(Timestamp, Option<AttemptRecord>), Error> {
        futures::try_join!(self.user_time(user), self.next_solve(user, None))
    }

    /// The oldest entry of the log after a key.
    async fn next_solve(
        &self,
        user: UserId,
        after: Option<AttemptKey>,
    ) -> Result<Option<AttemptRecord>, Error> {
        let page = AttemptPage {
            order: TimeOrder::OldestFirst,
            after,
            limit: 1,
        };
        let found = self.inner.store.list_attempts(user, page).await?;
        Ok(found.items.into_iter().next())
    }

    /// Counts the days up to today, a thousand at a time, each time from the first solve not counted
    /// yet. On days absent from the result nothing was solved.
    async fn walk_days(
        &self,
        user: UserId,
        zone: &TimeZone,
        now: Timestamp,
        mut next: Option<AttemptRecord>,
        mut note: impl FnMut(DailyActivity),
    ) -> Result<Streaks, Error> {
        let Some(today) = today(zone, now) else {
            return Ok(Streaks::default());
        };
        let mut counter = StreakCounter::new(today);
        while let Some(solve) = next {
            let Some(first) = crate::calendar::today(zone, solve.at) else {
                break;
            };
            let last = first.plus(DAYS - 1).min(today.max(first));
            let Some(days) = days_between(zone, first, last) else {
                break;
            };
            let counts = self.inner.store.count_solves(user, &days.bounds).await?;
            counter.skip_to(first);
            for (day, solved) in days.days.into_iter().zip(counts.items) {
                counter.note(DailyActivity { day, solved });
                note(DailyActivity { day, solved });
            }
            let after = days.bounds.last().map(|end| before(*end));
            next = self.next_solve(user, after).await?;
        }
        Ok(counter.finish())
    }
}

/// The greatest key of a solve before an instant.
fn before(end: Timestamp) -> AttemptKey {
    let greatest = uuid::Uuid::max();
    AttemptKey {
        at: Timestamp::from_micros(end.as_micros().saturating_sub(1)),
        problem: ProblemId::from_uuid(greatest),
        contest: Some(ContestId::from_uuid(greatest)),
        submission: None,
    }
}
