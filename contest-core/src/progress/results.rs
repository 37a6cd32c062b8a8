//! What came of a contest.

use std::time::Duration;

use crate::id::ContestId;
use crate::model::ContestStatus;
use crate::progress::ProblemTiming;
use crate::progress::timing::timings;
use crate::rules::ending_at;
use crate::time::Timestamp;
use crate::user::{ContestRecord, UserRecord};

/// What came of a contest, or has so far.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ContestResult {
    /// Which contest.
    pub contest: ContestId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it stops accepting work: the first instant that is too late.
    pub deadline: Timestamp,
    /// The state at [`ContestResult::as_of`]. A contest whose deadline passed first is expired,
    /// however many of its problems are marked.
    pub status: ContestStatus,
    /// When it ended: the deadline, if it expired.
    pub ended_at: Option<Timestamp>,
    /// How many problems there are and how many are marked.
    pub problems: ProblemsResult,
    /// The points, if its problems were to give any.
    pub points: Option<PointsResult>,
    /// From its start to its end, or to [`ContestResult::as_of`] while it is active; at most to the
    /// deadline. Zero before its start.
    pub time_spent: Duration,
    /// How long each marked problem took, in the order of marking.
    pub timings: Vec<ProblemTiming>,
    /// The instant this was taken at.
    pub as_of: Timestamp,
}

/// The problems of a contest by how they went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ProblemsResult {
    /// All of them.
    pub total: u64,
    /// The marked ones, late ones included.
    pub completed: u64,
    /// The ones marked at the deadline or after.
    pub late: u64,
}

/// The points of a contest. What late ones are worth is for the host to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PointsResult {
    /// Of all problems.
    pub total: u64,
    /// Of the marked ones, late ones included.
    pub completed: u64,
    /// Of the ones marked at the deadline or after.
    pub late: u64,
}

impl ContestResult {
    /// What came of a contest by `now`. `record` is the user's, of the same instant.
    pub fn new(contest: &ContestRecord, record: Option<&UserRecord>, now: Timestamp) -> Self {
        let ending = ending_at(contest, record, now);
        let (problems, points) = count(contest);
        // It ends at its deadline at the latest.
        let until = ending.map_or(now, |ending| ending.at);
        Self {
            contest: contest.id,
            started_at: contest.started_at,
            deadline: contest.deadline,
            status: ending.map_or(ContestStatus::Active, |ending| ending.kind.into()),
            ended_at: ending.map(|ending| ending.at),
            problems,
            points,
            time_spent: until.saturating_since(contest.started_at),
            timings: contest.timings(),
            as_of: now,
        }
    }
}

fn count(contest: &ContestRecord) -> (ProblemsResult, Option<PointsResult>) {
    let mut problems = ProblemsResult::default();
    let mut points = None;
    for assigned in &contest.problems {
        let completed = u64::from(assigned.mark.is_some());
        let late = u64::from(
            assigned
                .mark
                .is_some_and(|mark| mark.at >= contest.deadline),
        );
        problems.total += 1;
        problems.completed += completed;
        problems.late += late;
        if let Some(worth) = assigned.points.map(u64::from) {
            let points: &mut PointsResult = points.get_or_insert_default();
            points.total += worth;
            points.completed += worth * completed;
            points.late += worth * late;
        }
    }
    (problems, points)
}

impl ContestRecord {
    /// How long each marked problem took, in the order of marking.
    pub fn timings(&self) -> Vec<ProblemTiming> {
        let problems = self.problems.iter();
        let marks = problems.map(|assigned| (assigned.problem, assigned.mark.map(|mark| mark.at)));
        timings(self.started_at, self.deadline, marks)
    }
}
