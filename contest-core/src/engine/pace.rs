//! Use case: how fast a user solves.

use std::collections::HashMap;
use std::ops::Range;

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::{ContestId, UserId};
use crate::model::{ContestRecord, Pace, PerDifficulty, SolveTimes};
use crate::store::ContestPage;
use crate::time::Timestamp;

/// How many contests are asked for at a time.
const PAGE: u32 = 50;

/// Which contests a pace is taken from: the latest, of a range of time or of all.
///
/// ```
/// use contest_core::engine::PaceWindow;
/// use contest_core::time::Timestamp;
///
/// assert_eq!(PaceWindow::default().contests(), 50);
/// let november = "2026-11-01T00:00:00Z".parse()?.."2026-12-01T00:00:00Z".parse::<Timestamp>()?;
/// let window = PaceWindow::latest(20)?.started_within(november);
/// # let _ = window;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaceWindow {
    contests: u16,
    started: Option<Range<Timestamp>>,
}

/// A number of contests outside 1 to 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{given} is not a number of contests to take a pace from: expected 1 to 200")]
#[non_exhaustive]
pub struct PaceWindowError {
    /// What was given.
    pub given: u16,
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
    /// [`PaceWindowError`] outside 1 to 200.
    pub fn latest(contests: u16) -> Result<Self, PaceWindowError> {
        if (1..=200).contains(&contests) {
            let started = None;
            Ok(Self { contests, started })
        } else {
            Err(PaceWindowError { given: contests })
        }
    }

    /// Of those that began in this range of time only, its end not included.
    #[must_use]
    pub fn started_within(mut self, range: Range<Timestamp>) -> Self {
        self.started = Some(range);
        self
    }

    /// The most contests that are looked at.
    pub fn contests(&self) -> u16 {
        self.contests
    }
}

impl Engine {
    /// How long the user takes for a problem of each difficulty: the median over the problems marked
    /// in the contests of `window`, whatever state those are in.
    ///
    /// The time of a problem is the one since the mark before it in its contest, or since the start:
    /// see [`ProblemTiming`](crate::model::ProblemTiming). Late marks count. At most the contests of
    /// the window are read, in pages; a reset of progress hides none of them, for which ask for those
    /// that began within the [epoch](Self::epoch).
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn pace(&self, user: UserId, window: &PaceWindow) -> Result<Pace, Error> {
        self.observe(operation_span!("contest.pace", user = user), async {
            let now = self.inner.clock.now();
            let records = self.latest(user, window).await?;
            let contests = records.len() as u64;
            let mut times = PerDifficulty::<Vec<_>>::default();
            for record in records {
                let contest = self.view(record, now).await?;
                let problems = contest.problems.iter();
                let difficulties: HashMap<_, _> = problems
                    .map(|entry| (entry.problem.id, entry.problem.difficulty))
                    .collect();
                for timing in contest.timings() {
                    if let Some(difficulty) = difficulties.get(&timing.problem) {
                        times[*difficulty].push(timing.spent);
                    }
                }
            }
            Ok(Pace {
                by_difficulty: times.map(SolveTimes::of),
                contests,
                as_of: now,
            })
        })
        .await
    }

    /// The contests of a window, latest first.
    async fn latest(&self, user: UserId, window: &PaceWindow) -> Result<Vec<ContestRecord>, Error> {
        let range = window.started.as_ref();
        // Ids of contests sort by the time of creation.
        let mut before = range.map(|range| ContestId::new(range.end, 0));
        let mut wanted = u32::from(window.contests);
        let mut records = Vec::new();
        while wanted > 0 {
            let limit = wanted.min(PAGE);
            let page = ContestPage { before, limit };
            let found = self.inner.store.list_contests(user, page).await?;
            let Some(last) = found.last() else { break };
            let passed = range.is_some_and(|range| last.started_at < range.start);
            let done = passed || (found.len() as u64) < u64::from(limit);
            before = Some(last.id);
            let inside = |record: &ContestRecord| {
                range.is_none_or(|range| range.contains(&record.started_at))
            };
            records.extend(found.into_iter().filter(inside));
            wanted = if done { 0 } else { wanted - limit };
        }
        Ok(records)
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
