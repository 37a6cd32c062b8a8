//! A contest as callers see it.

use std::sync::Arc;
use std::time::Duration;

use crate::catalogue::Catalogue;
use crate::id::{ContestId, RoundId, UserId};
use crate::model::{ContestStatus, Difficulty, LatePolicy, Problem};
use crate::progress::ProblemTiming;
use crate::progress::timing::{late_by, timings};
use crate::rules::{ContestDuration, ending_at};
use crate::scoring::{Attempt, Points, ProblemScore, Scoring, TotalScore};
use crate::select::SelectionRecord;
use crate::time::Timestamp;
use crate::user::{ContestRecord, UserRecord};

/// A contest as it stands at one instant, with its problems' details.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Contest {
    /// The id.
    pub id: ContestId,
    /// The user.
    #[cfg_attr(feature = "serde", serde(rename = "user_id"))]
    pub user: UserId,
    /// When it began.
    pub started_at: Timestamp,
    /// The first instant at which it no longer accepts work.
    pub deadline: Timestamp,
    /// The state at [`Contest::as_of`].
    pub status: ContestStatus,
    /// When it ended; the deadline if it expired.
    pub ended_at: Option<Timestamp>,
    /// The problems: easy to hard, or in the order of the requested slots or named problems.
    pub problems: Vec<ContestProblem>,
    /// The record of the selection.
    pub selection: SelectionRecord,
    /// The policy for marks after the deadline.
    pub late_policy: LatePolicy,
    /// The round it belongs to, if any.
    #[cfg_attr(feature = "serde", serde(rename = "round_id"))]
    pub round: Option<RoundId>,
    /// How its attempts are scored.
    pub scoring: Scoring,
    /// The score by the attempts made before its end.
    pub score: TotalScore,
    /// The instant of this view.
    #[cfg_attr(feature = "serde", serde(rename = "server_now"))]
    pub as_of: Timestamp,
}

/// A problem of a contest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ContestProblem {
    /// Its position in the contest, from 1.
    pub order: u32,
    /// The problem as it is now, shared with the catalogue.
    #[cfg_attr(feature = "serde", serde(serialize_with = "serialize_shared"))]
    pub problem: Arc<Problem>,
    /// Its difficulty when the contest was created.
    pub difficulty: Difficulty,
    /// When it was marked in this contest, if it is marked.
    pub completed_at: Option<Timestamp>,
    /// The points of its [slot](crate::select::Slot) or in its round, if it has any.
    pub points: Option<Points>,
    /// Its score.
    pub score: ProblemScore,
    /// The attempts at it, a tick included, in the order in which they were made.
    pub attempts: Vec<Attempt>,
}

impl ContestProblem {
    /// How long after `deadline`, the contest's, it was marked. `None` if it was marked earlier or is
    /// not marked. A mark exactly at the deadline is late by zero.
    pub fn late_by(&self, deadline: Timestamp) -> Option<Duration> {
        late_by(self.completed_at?, deadline)
    }
}

#[cfg(feature = "serde")]
fn serialize_shared<S: serde::Serializer>(
    problem: &Arc<Problem>,
    to: S,
) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(problem.as_ref(), to)
}

impl Contest {
    /// A contest of these problems that has just begun, like one from `create_contest`. For testing
    /// code that shows contests: change the relevant fields.
    ///
    /// ```
    /// use contest_core::prelude::*;
    ///
    /// fn headline(contest: &Contest) -> String {
    ///     let minutes = contest.time_remaining().as_secs() / 60;
    ///     let (done, all) = (contest.completed_problems(), contest.problems.len());
    ///     format!("{done} of {all} solved, {minutes} min left")
    /// }
    ///
    /// let start: Timestamp = "2026-11-24T12:00:00Z".parse()?;
    /// let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    /// let catalogue = Catalogue::neetcode150();
    /// let problems = catalogue.problems().iter().take(2).cloned();
    /// let hour = ContestDuration::from_minutes(60)?;
    /// let mut contest = Contest::begun(user, start, hour, problems);
    /// assert_eq!(headline(&contest), "0 of 2 solved, 60 min left");
    ///
    /// contest.as_of = "2026-11-24T12:10:00Z".parse()?;
    /// contest.problems[0].completed_at = Some(contest.as_of);
    /// assert_eq!(headline(&contest), "1 of 2 solved, 50 min left");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn begun(
        user: UserId,
        started_at: Timestamp,
        duration: ContestDuration,
        problems: impl IntoIterator<Item = Arc<Problem>>,
    ) -> Self {
        let problems = problems.into_iter().zip(1..);
        let problems = problems.map(|(problem, order)| ContestProblem {
            order,
            difficulty: problem.difficulty,
            problem,
            completed_at: None,
            points: None,
            score: ProblemScore::default(),
            attempts: Vec::new(),
        });
        let problems: Vec<_> = problems.collect();
        let id = ContestId::new(started_at, 0);
        let deadline = started_at + duration.as_duration();
        let listed = problems.iter().map(|entry| entry.problem.as_ref());
        let record = ContestRecord::new(id, started_at, deadline, listed);
        Self {
            id,
            user,
            started_at,
            deadline,
            status: ContestStatus::Active,
            ended_at: None,
            problems,
            selection: record.selection,
            late_policy: record.late_policy,
            round: None,
            scoring: record.scoring,
            score: TotalScore::default(),
            as_of: started_at,
        }
    }

    /// A stored contest of a user at `now`. `record` is the user's record of the same snapshot. `None`
    /// if the catalogue lacks one of its problems.
    pub fn new(
        user: UserId,
        contest: &ContestRecord,
        record: Option<&UserRecord>,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> Option<Self> {
        let ending = ending_at(contest, record, now);
        let score = contest.score();
        let problems = contest.problems.iter().zip(score.problems).zip(1..);
        let problems = problems.map(|((assigned, score), order)| {
            let mut attempts: Vec<_> = assigned.all_attempts().collect();
            attempts.sort_by_cached_key(Attempt::made);
            Some(ContestProblem {
                order,
                problem: Arc::clone(catalogue.get(assigned.problem)?),
                difficulty: assigned.difficulty,
                completed_at: assigned.mark.map(|mark| mark.at),
                points: assigned.points,
                score,
                attempts,
            })
        });
        Some(Self {
            id: contest.id,
            user,
            started_at: contest.started_at,
            deadline: contest.deadline,
            status: ending.map_or(ContestStatus::Active, |ending| ending.kind.into()),
            ended_at: ending.map(|ending| ending.at),
            problems: problems.collect::<Option<_>>()?,
            selection: contest.selection.clone(),
            late_policy: contest.late_policy,
            round: contest.round.map(|entry| entry.round),
            scoring: contest.scoring.clone(),
            score: score.total,
            as_of: now,
        })
    }

    /// The time left at [`Contest::as_of`]: zero if it is no longer active. If it starts later than
    /// that, by the clock of another process, the whole duration.
    pub fn time_remaining(&self) -> Duration {
        match self.status {
            ContestStatus::Active => self
                .deadline
                .saturating_since(self.as_of.max(self.started_at)),
            _ => Duration::ZERO,
        }
    }

    /// Whether problems can be marked at [`Contest::as_of`]: while it is active, and after its
    /// deadline for as long as its [late policy](Contest::late_policy) says.
    pub fn accepts_marks(&self) -> bool {
        match self.status {
            ContestStatus::Active => true,
            ContestStatus::Expired => self.as_of < self.late_policy.marks_until(self.deadline),
            ContestStatus::Completed | ContestStatus::Abandoned => false,
        }
    }

    /// How long each marked problem took, in the order of marking.
    pub fn timings(&self) -> Vec<ProblemTiming> {
        let problems = self.problems.iter();
        let marks = problems.map(|entry| (entry.problem.id, entry.completed_at));
        timings(self.started_at, self.deadline, marks)
    }

    /// The planned duration, extra time included.
    pub fn duration(&self) -> Duration {
        self.deadline.saturating_since(self.started_at)
    }

    /// How many problems are marked.
    pub fn completed_problems(&self) -> usize {
        self.problems
            .iter()
            .filter(|problem| problem.completed_at.is_some())
            .count()
    }
}
