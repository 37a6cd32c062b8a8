//! Use cases: read contests and the log of attempts.

use std::ops::Range;

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error, Page, PageLimit};
use crate::id::{ContestId, UserId};
use crate::model::{BackwardsError, RangeError};
use crate::progress::{Contest, ContestResult, Pace, pace};
use crate::rules::Refusal;
use crate::store::{AttemptPage, ContestList, ContestPage, ContestSelector, Snapshot, TimeOrder};
use crate::time::Timestamp;
use crate::user::{AttemptKey, AttemptRecord, ContestRecord};

/// The size of a page.
const PAGE: u32 = 50;

/// The most pages read for a pace.
const MOST_PAGES: u32 = 20;

/// The contests a pace is computed from: the latest, of a time range or of all.
///
/// ```
/// use contest_core::engine::PaceWindow;
/// use contest_core::time::Timestamp;
///
/// assert_eq!(PaceWindow::default().contests(), 50);
/// let november = "2026-11-01T00:00:00Z".parse()?.."2026-12-01T00:00:00Z".parse::<Timestamp>()?;
/// let window = PaceWindow::latest(20)?.started_within(november)?;
/// # let _ = window;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaceWindow {
    contests: u16,
    started: Option<Range<Timestamp>>,
}

/// The latest 50 contests.
impl Default for PaceWindow {
    fn default() -> Self {
        Self {
            contests: 50,
            started: None,
        }
    }
}

impl PaceWindow {
    /// The latest `contests` contests.
    ///
    /// # Errors
    /// [`RangeError`] outside 1 to 200.
    pub fn latest(contests: u16) -> Result<Self, RangeError> {
        RangeError::check("contests", "number of contests", contests.into(), 1..=200)?;
        Ok(Self {
            contests,
            started: None,
        })
    }

    /// Only contests that began in this time range, its end excluded. They are searched for among the
    /// latest 1,000 contests.
    ///
    /// # Errors
    /// [`BackwardsError`] if the range ends before it begins.
    pub fn started_within(
        mut self,
        range: Range<Timestamp>,
    ) -> Result<Self, BackwardsError<Timestamp>> {
        BackwardsError::check(range.start, range.end)?;
        self.started = Some(range);
        Ok(self)
    }

    /// The largest number of contests used.
    pub fn contests(&self) -> u16 {
        self.contests
    }
}

impl Engine {
    /// The user's contest with this id.
    ///
    /// # Errors
    /// [`Refusal::ContestNotFound`] if there is none or it belongs to another user; [`Error::TimedOut`]
    /// or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn contest(&self, user: UserId, contest: ContestId) -> Result<Contest, Error> {
        let span = operation_span!("contest.get", user = user, contest = contest);
        self.observe(span, async {
            let selector = ContestSelector::Id(contest);
            let Snapshot {
                record,
                contest: found,
                ..
            } = self.inner.store.load_user(user, &selector).await?;
            let found = found.ok_or(Refusal::ContestNotFound { contest })?;
            self.view(user, &found, record.as_ref(), self.time_of(record.as_ref()))
                .await
        })
        .await
    }

    /// The user's active contest, if there is one.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn active_contest(&self, user: UserId) -> Result<Option<Contest>, Error> {
        self.observe(operation_span!("contest.active", user = user), async {
            let Snapshot {
                record, contest, ..
            } = self
                .inner
                .store
                .load_user(user, &ContestSelector::Open)
                .await?;
            let now = self.time_of(record.as_ref());
            match contest.filter(|contest| now < contest.deadline) {
                Some(active) => self
                    .view(user, &active, record.as_ref(), now)
                    .await
                    .map(Some),
                None => Ok(None),
            }
        })
        .await
    }

    /// The user's contests, latest first, beginning after the contest `after` (the `next` of the
    /// previous page).
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn contests(
        &self,
        user: UserId,
        after: Option<ContestId>,
        limit: PageLimit,
    ) -> Result<Page<Contest, ContestId>, Error> {
        self.observe(operation_span!("contest.list", user = user), async {
            let ContestList { record, items } = self.contest_page(user, after, limit).await?;
            let record = record.as_ref();
            let now = self.time_of(record);
            let mut contests = Vec::with_capacity(items.len());
            for contest in &items {
                contests.push(self.view(user, contest, record, now).await?);
            }
            Ok(Page::new(contests, limit, |contest| contest.id))
        })
        .await
    }

    /// The results of the user's contests, latest first, beginning after the contest `after` (the
    /// `next` of the previous page): problems and points, the state each ended in, and how long it and
    /// its problems took. A reset of progress does not change them.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn contest_results(
        &self,
        user: UserId,
        after: Option<ContestId>,
        limit: PageLimit,
    ) -> Result<Page<ContestResult, ContestId>, Error> {
        self.observe(operation_span!("contest.results", user = user), async {
            let ContestList { record, items } = self.contest_page(user, after, limit).await?;
            let record = record.as_ref();
            let now = self.time_of(record);
            let result = |contest| ContestResult::new(contest, record, now);
            Ok(Page::new(
                items.iter().map(result).collect(),
                limit,
                |result| result.contest,
            ))
        })
        .await
    }

    /// How long the user takes to solve a problem of each difficulty: the median over the problems
    /// marked in the contests of `window`, in any state.
    ///
    /// The time of a problem runs from the previous mark in its contest, or from the start: see
    /// [`ProblemTiming`](crate::progress::ProblemTiming). Late marks count. Only the contests of the
    /// window are read, in pages. A reset of progress hides none of them: for the current epoch only,
    /// ask for contests that began within the [epoch](Self::epoch).
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn pace(&self, user: UserId, window: &PaceWindow) -> Result<Pace, Error> {
        self.observe(operation_span!("contest.pace", user = user), async {
            let parts = futures::try_join!(self.latest(user, window), self.user_time(user));
            let (contests, now) = parts?;
            Ok(pace(&contests, now))
        })
        .await
    }

    /// The user's log of attempts, ticks included, latest first, beginning after the entry `after` (the `next`
    /// of the previous page). It includes undone entries, which say when they were undone.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn attempt_history(
        &self,
        user: UserId,
        after: Option<AttemptKey>,
        limit: PageLimit,
    ) -> Result<Page<AttemptRecord, AttemptKey>, Error> {
        let span = operation_span!("contest.attempt_history", user = user);
        self.observe(span, async {
            let order = TimeOrder::LatestFirst;
            let page = AttemptPage {
                order,
                after,
                limit: limit.get() + 1,
            };
            let found = self.inner.store.list_attempts(user, page).await?;
            Ok(Page::new(found.items, limit, AttemptRecord::key))
        })
        .await
    }

    async fn contest_page(
        &self,
        user: UserId,
        before: Option<ContestId>,
        limit: PageLimit,
    ) -> Result<ContestList, Error> {
        // One more entry shows whether another page follows.
        let limit = limit.get() + 1;
        let page = ContestPage { before, limit };
        Ok(self.inner.store.list_contests(user, page).await?)
    }

    /// The contests of a window, latest first.
    async fn latest(&self, user: UserId, window: &PaceWindow) -> Result<Vec<ContestRecord>, Error> {
        let range = window.started.as_ref();
        let wanted = usize::from(window.contests);
        let (mut before, mut contests) = (None, Vec::new());
        for _ in 0..MOST_PAGES {
            let page = ContestPage {
                before,
                limit: PAGE,
            };
            let found = self.inner.store.list_contests(user, page).await?.items;
            let more = found.len() as u64 == u64::from(PAGE);
            let Some(last) = found.last() else { break };
            let passed = range.is_some_and(|range| last.started_at < range.start);
            before = Some(last.id);
            let inside = |of: &ContestRecord| range.is_none_or(|r| r.contains(&of.started_at));
            contests.extend(found.into_iter().filter(inside));
            if contests.len() >= wanted || passed || !more {
                break;
            }
        }
        contests.truncate(wanted);
        Ok(contests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_of_1_to_200_contests() {
        assert_eq!(
            [0, 1, 200, 201].map(|n| PaceWindow::latest(n).is_ok()),
            [false, true, true, false]
        );
    }
}
