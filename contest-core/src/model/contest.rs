//! Contests: what a store keeps ([`ContestRecord`]) and what a caller sees ([`Contest`]).

use std::sync::Arc;
use std::time::Duration;

use crate::id::{ContestId, ProblemId, UserId};
use crate::lifecycle::{self, LatePolicy, NotAccepting};
use crate::model::timing::{late_by, timings};
use crate::model::{Problem, ProblemTiming};
use crate::select::SelectionRecord;
use crate::time::Timestamp;

/// A contest as stored. What state it is in depends on the time: see [`ContestRecord::status`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ContestRecord {
    /// Identity.
    pub id: ContestId,
    /// Whose contest it is.
    pub user: UserId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it stops accepting work: the first instant that is too late.
    pub deadline: Timestamp,
    /// How it ended, once an end was stored. An expired contest may have none.
    pub ending: Option<Ending>,
    /// The problems, in order.
    pub problems: Vec<AssignedProblem>,
    /// How the problems were picked.
    pub selection: SelectionRecord,
    /// What becomes of marks after the deadline.
    #[cfg_attr(feature = "serde", serde(default))]
    pub late_policy: LatePolicy,
}

/// A problem of a contest, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AssignedProblem {
    /// Which problem.
    pub problem: ProblemId,
    /// When it was marked in this contest, if it is marked.
    pub completed_at: Option<Timestamp>,
}

/// The stored end of a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Ending {
    /// How it ended.
    pub kind: EndingKind,
    /// When. For an expired contest this is its deadline.
    pub at: Timestamp,
}

/// How a contest ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum EndingKind {
    /// The user finished it.
    Completed,
    /// The user gave it up.
    Abandoned,
    /// The deadline passed, and a later contest settled it.
    Expired,
}

/// The state of a contest at some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ContestStatus {
    /// Running.
    Active,
    /// Finished by the user.
    Completed,
    /// Given up by the user.
    Abandoned,
    /// The deadline passed first.
    Expired,
}

impl ContestStatus {
    /// `active`, `completed`, `abandoned` or `expired`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Abandoned => "abandoned",
            Self::Expired => "expired",
        }
    }
}

impl std::fmt::Display for ContestStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<EndingKind> for ContestStatus {
    fn from(kind: EndingKind) -> Self {
        match kind {
            EndingKind::Completed => Self::Completed,
            EndingKind::Abandoned => Self::Abandoned,
            EndingKind::Expired => Self::Expired,
        }
    }
}

impl ContestRecord {
    /// The state at `now`.
    pub fn status(&self, now: Timestamp) -> ContestStatus {
        self.ending_at(now)
            .map_or(ContestStatus::Active, |ending| ending.kind.into())
    }

    /// How it has ended by `now`, whether that end is stored or follows from the deadline.
    pub fn ending_at(&self, now: Timestamp) -> Option<Ending> {
        lifecycle::ending_at(self.ending, self.deadline, now)
    }

    /// Whether it accepts work at `now`; see [`lifecycle::check_accepting`].
    ///
    /// # Errors
    /// [`NotAccepting`] with the reason.
    pub fn check_accepting(&self, now: Timestamp) -> Result<(), NotAccepting> {
        lifecycle::check_accepting(self.ending, self.started_at, self.deadline, now)
    }

    /// Whether it accepts a mark at `now`; see [`lifecycle::check_marking`].
    ///
    /// # Errors
    /// [`NotAccepting`] with the reason.
    pub fn check_marking(&self, now: Timestamp) -> Result<(), NotAccepting> {
        let Self {
            ending,
            started_at,
            deadline,
            late_policy,
            ..
        } = *self;
        lifecycle::check_marking(ending, started_at, deadline, late_policy, now)
    }

    /// How long each marked problem took, in the order of marking.
    pub fn timings(&self) -> Vec<ProblemTiming> {
        let problems = self.problems.iter();
        let marks = problems.map(|assigned| (assigned.problem, assigned.completed_at));
        timings(self.started_at, self.deadline, marks)
    }
}

/// A contest as it stands at one instant, with its problems' details.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Contest {
    /// Identity.
    pub id: ContestId,
    /// Whose contest it is.
    pub user: UserId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it stops accepting work: the first instant that is too late.
    pub deadline: Timestamp,
    /// The state at [`Contest::as_of`].
    pub status: ContestStatus,
    /// When it ended: the deadline, if it expired.
    pub ended_at: Option<Timestamp>,
    /// The problems: easy to hard, or in the order of the slots that were asked for.
    pub problems: Vec<ContestProblem>,
    /// How the problems were picked.
    pub selection: SelectionRecord,
    /// What becomes of marks after the deadline.
    pub late_policy: LatePolicy,
    /// The instant this view was taken at.
    pub as_of: Timestamp,
}

/// A problem of a contest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ContestProblem {
    /// Place in the contest, from 1.
    pub order: u32,
    /// The problem, shared with the catalogue.
    #[cfg_attr(feature = "serde", serde(serialize_with = "serialize_shared"))]
    pub problem: Arc<Problem>,
    /// When it was marked in this contest, if it is marked.
    pub completed_at: Option<Timestamp>,
    /// What its [slot](crate::select::Slot) is worth, if it fills one with points.
    pub points: Option<u32>,
}

impl ContestProblem {
    /// How long after `deadline`, which is the contest's, it was marked; `None` when it was marked
    /// before or is not marked. At the deadline it is late by zero.
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
    /// The time left at [`Contest::as_of`]: zero when it is no longer active.
    pub fn time_remaining(&self) -> Duration {
        match self.status {
            ContestStatus::Active => self.deadline.saturating_since(self.as_of),
            _ => Duration::ZERO,
        }
    }

    /// Whether problems can be marked at [`Contest::as_of`]: while it is active, and after its
    /// deadline for as long as its [late policy](Contest::late_policy) says.
    pub fn accepts_marks(&self) -> bool {
        match self.status {
            ContestStatus::Active => self.as_of >= self.started_at,
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

    /// How long it is planned to run, extra time included.
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
